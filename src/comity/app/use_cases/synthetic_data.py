"""Say whether the records that a service answers from are synthetic, without opening the index.

The pages ask, and the process that serves them never loads what matches: so the index's own statement is read from its
file (`index.json`), and not by `comity.match`, which takes seconds to import.

Guarantees: True only when every segment says that it was simulated; anything unreadable is False.
Start at `is_index_synthetic`.
"""

import json
from pathlib import Path


def is_index_synthetic(index: Path) -> bool:
    """Return whether an index says that all its records are synthetic."""
    try:
        segments = json.loads((index / "index.json").read_text(encoding="utf-8"))["segments"]
        return bool(segments) and all(segment["synthetic"] is True for segment in segments)
    except (OSError, ValueError, KeyError, TypeError):
        return False
