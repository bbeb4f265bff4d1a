"""The key that signs sessions and links: made once in the data folder when no variable gives one."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def secret_key(data: Path) -> str:
    """The key of the data folder, made on first use and readable by its owner alone."""
    path = data / "secret.key"
    data.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=data, prefix=".secret-") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            # Whole at once, and the first one stays: two processes that start together share it.
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text("ascii").strip()
