"""The entry point `estran`: everything Estran does, from the command line, in the order of the help.

The exit statuses are those of `endings.py`. A command imports what it needs when it runs: the help waits for no heavy
library.
"""

from functools import partial

from estran.cli.app import ARGUMENTS, app
from estran.cli.endings import end_in_words

# Each file adds its commands; the order of the help is this one.
from estran.cli import walk, reading, serving, years, fleet, knowledge, exports  # noqa: F401 # isort: skip


def main() -> None:
    """Run the command line; whatever happens, the end is a status and words for a person, never a traceback."""
    end_in_words(partial(app, ARGUMENTS, prog_name="estran", standalone_mode=False), as_json="--json" in ARGUMENTS)
