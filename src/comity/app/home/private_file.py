"""Write and check files that only their owner may read."""

import stat
from pathlib import Path

from comity.folders import replace_file


def is_readable_by_others(path: Path) -> bool:
    """Return whether anyone but the owner has any permission on the file. Raises OSError when it is missing."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def write_private_file(path: Path, text: str) -> None:
    """Replace a file, readable by its owner only: the new text appears whole or not at all, and survives a crash."""
    replace_file(path, text.encode())
