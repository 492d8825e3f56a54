"""The type of progress callbacks, and one that does nothing."""

from collections.abc import Callable

ProgressCallback = Callable[[str, float], None]
"""Called with a stage's name, and how much of it is done (0 to 1)."""


def no_progress(_stage: str, _done: float) -> None:
    """Ignore progress."""
