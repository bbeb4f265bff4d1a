"""The terminal that results are printed to, and the parts their tables share."""

import sys

from rich.console import Console

BAR = 24  # characters of the longest bar
_PAGE = 200  # characters of a line of a file


def console() -> Console:
    """The terminal of the person, or a wide page when the text goes to a file or to another command."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PAGE)
