"""Write files that only their owner may read."""

from pathlib import Path

from comity.folders import replace_file


def write_private_file(path: Path, text: str) -> None:
    """Replace a file, readable by its owner only: the new text appears whole or not at all, and survives a crash."""
    replace_file(path, text.encode())
