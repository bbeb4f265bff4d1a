"""How many examples a property test draws: a fifth in `make check`, all of them in `make slow`."""

import os

LONG = "ESTRAN_LONG" in os.environ


def examples(many: int) -> int:
    """The examples to draw of those that a property deserves."""
    return many if LONG else max(2, many // 5)
