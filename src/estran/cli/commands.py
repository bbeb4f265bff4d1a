"""The entry point `estran`: everything Estran does, from the command line.

Exit status: 0 done; 1 done, but rows were rejected or set aside; 2 the call or the input cannot be used.
"""

import sys

# In the order of the help.
from estran.cli import catalogue, computing, exports, results, serving, years  # noqa: F401 — register commands
from estran.cli.app import ARGUMENTS, app
from estran.cli.messages import print_problems
from estran.common.problems import CannotUse


def main() -> None:
    """Run the command line; an input that cannot be used ends with status 2 and never with a traceback."""
    try:
        app(ARGUMENTS)
    except CannotUse as error:
        print_problems(error.problems, len(error.problems))
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
