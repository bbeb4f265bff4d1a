"""Values as TOML, as Estran writes the files that people read: a plan, a perimeter, a decision, a column map."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any


def toml_text(values: Mapping[str, Any]) -> str:
    """A TOML file: values, then a block for each dictionary and for each one of a list of them, in their order.

    A dictionary inside a block stays on one line, unless it holds dictionaries alone. None, and what is empty but a
    text, are left out.
    """
    return "\n".join(_lines(values)) + "\n"


def _lines(values: Mapping[str, Any], place: str = "") -> list[str]:
    lines, blocks = [], list[str]()
    for key, value in values.items():
        name = place + _key(key)
        if value in (None, [], {}):
            continue
        if isinstance(value, list) and isinstance(value[0], dict):
            for one in value:
                blocks += ["", f"[[{name}]]", *_lines(one, f"{name}.")]
        elif isinstance(value, dict) and all(isinstance(one, dict) for one in value.values()):
            for inner, one in value.items():
                blocks += ["", f"[{name}.{_key(inner)}]", *_lines(one, f"{name}.{_key(inner)}.")]
        elif isinstance(value, dict) and not place:
            blocks += ["", f"[{name}]", *_lines(value, f"{name}.")]
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return lines + blocks


def _key(key: object) -> str:
    return str(key) if re.fullmatch("[a-z0-9_-]+", str(key)) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    """A value; a text is written as in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
