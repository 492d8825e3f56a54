"""Progress: how long work tells whoever waits for it, and what to pass where nobody does."""

from collections.abc import Callable

ProgressCallback = Callable[[str, float], None]
"""Called with a stage's name, and how much of it is done (0 to 1)."""


def no_progress(_stage: str, _done: float) -> None:
    """Tell nobody."""
