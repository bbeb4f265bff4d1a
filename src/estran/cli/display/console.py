"""The terminal that results are printed to, and the parts their tables share."""

import json
import sys
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Column, Table

BAR = 24  # characters of the longest bar
_PAGE = 200  # characters of a line of a file

plain_table = partial(Table, box=None, header_style="bold")
numbers = partial(Column, justify="right")
folded = partial(Column, overflow="fold")


def console(*, stderr: bool = False) -> Console:
    """The terminal of the person, or a wide page when the text goes to a file or to another command."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=True, width=None if stream.isatty() else _PAGE)


def print_json(value: Any) -> None:
    """Print a summary for machines, on one line."""
    print(json.dumps(value, ensure_ascii=False))
