"""What is written to the logs, without what opens a page: tokens of links, codes of workshops or of a provider."""

import logging
import re

# First words of the addresses that hold a secret: everything after them is cut.
SECRET_PATHS = ("a", "ecole", "elus", "mot-de-passe")
SECRET_VALUES = ("code", "csrfmiddlewaretoken", "id_token", "password", "session", "state", "token")
CUT = "…"
# The slash may be written %2F, and an address may hold several of them.
_PATHS = re.compile(rf"((?:(?<![\w-])|%2F)(?:{'|'.join(SECRET_PATHS)})(?:/|%2F)+)[^\s\"'<>)\]]+", re.IGNORECASE)
_VALUES = re.compile(rf"(\b(?:{'|'.join(SECRET_VALUES)})(?:=|%3D))[^\s\"'<>&;)\]]+", re.IGNORECASE)


def cut_secrets(text: str) -> str:
    """A text without the secrets of the addresses that it holds: « /ecole/… »."""
    return _VALUES.sub(rf"\1{CUT}", _PATHS.sub(rf"\1{CUT}", text))


class DiscreetFormatter(logging.Formatter):
    """Writes a line of a log, its traceback included, without secrets: every handler of the portal has it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return cut_secrets(super().format(record))
