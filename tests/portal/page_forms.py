"""The forms of the portal as its pages show them: where each leads, its fields, what a person would write in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.urls import resolve

# What stands in an empty field, by the type or the input mode of its element.
WRITTEN = {
    "date": "2025-03-01",
    "email": "quelqu.un@essai.fr",
    "numeric": "3",
    "decimal": "2,5",
    "url": "https://a.fr/",
}


@dataclass
class Field:
    """A field: its name, the type of its element, the values it offers and those it holds."""

    name: str
    kind: str
    offered: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    @property
    def plain(self) -> list[str]:
        """What a person who fills everything in would send: what it holds, else the first choice, else a text."""
        if self.kind in ("file", "submit", "checkbox", "multiple"):
            return self.held
        return (
            [value for value in self.held if value]
            or [value for value in self.offered if value][:1]
            or [WRITTEN.get(self.kind, "Essai")]
        )


@dataclass
class Form:
    """A form: its address, its method, its fields by name; a button with a name is a field too."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """The same for the forms of the rows of a list: its view, its method, its fields without their numbers."""
        names = sorted({re.sub(r"[0-9]+|(?<=-)[0-9a-f]{6,}", "", name) for name in self.fields})
        return (resolve(self.action.partition("?")[0]).view_name, self.method, *names)

    @property
    def buttons(self) -> list[dict[str, list[str]]]:
        """What each of the buttons sends with the form; one that sends nothing, if there is none with a name."""
        return [
            {one.name: [value]} for one in self.fields.values() if one.kind == "submit" for value in one.offered
        ] or [{}]

    def filled(self) -> dict[str, list[str]]:
        """All fields but the files and the buttons, as a person would send them."""
        sent = {one.name: one.plain for one in self.fields.values()}
        return {name: values for name, values in sent.items() if values}


class _Forms(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: dict[str, Form] = {}
        self.open: Form | None = None
        self.select: Field | None = None
        self.textarea: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            place = urlsplit(urljoin(self.address, given.get("action", "")))
            path = f"{place.path}?{place.query}" if place.query else place.path
            self.open = Form(path, given.get("method", "get").lower())
            self.forms[given.get("id") or str(len(self.forms))] = self.open
        owner = self.forms.get(given.get("form", ""), self.open)
        if owner is None:
            return
        if tag == "option" and self.select:
            value = given.get("value", "")
            self.select.offered.append(value)
            if "selected" in given:
                self.select.held.append(value)
        if tag not in ("input", "select", "textarea", "button") or not given.get("name"):
            return
        kind = given.get("inputmode") or given.get("type") or ("submit" if tag == "button" else "text")
        kind = ("multiple" if "multiple" in given else "select") if tag == "select" else kind
        one = owner.fields.setdefault(given["name"], Field(given["name"], kind))
        if tag == "select":
            self.select = one
        elif tag == "textarea":
            self.textarea = one
        elif kind in ("checkbox", "radio", "submit"):
            value = given.get("value", "on")
            one.offered.append(value)
            if "checked" in given:
                one.held.append(value)
        elif given.get("value"):
            one.held.append(given["value"])

    def handle_data(self, data: str) -> None:
        if self.textarea and data.strip():
            self.textarea.held.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.textarea = None


def forms_of(address: str, answered: Any) -> list[Form]:
    """The forms of a page that was answered."""
    if answered.streaming or not answered["Content-Type"].startswith("text/html"):
        return []
    parser = _Forms(address)
    parser.feed(answered.content.decode())
    return list(parser.forms.values())
