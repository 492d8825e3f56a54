"""Write and check files that only their owner may read."""

import os
import stat
from pathlib import Path


def is_readable_by_others(path: Path) -> bool:
    """Return whether anyone but the owner has any permission on the file. Raises OSError when it is missing."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def write_private_file(path: Path, text: str) -> None:
    """Replace a file, readable by its owner only: the new text appears whole or not at all, and survives a crash."""
    partial = path.with_name(path.name + ".part")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
