"""Progress: how long work tells whoever waits for it, and what to pass where nobody does."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with a stage's name, and how much of it is done (0 to 1)."""


def silent(_stage: str, _done: float) -> None:
    """Tell nobody."""
