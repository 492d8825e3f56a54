"""Other people's test vectors: where they are, and what to do when they are not."""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors"


def vectors(suite: str) -> Path:
    """The folder of a suite; without it the test fails in CI and is skipped, saying so, elsewhere."""
    folder = FOLDER / suite
    if not folder.is_dir():
        message = f"the public vectors of {suite} are not in {FOLDER}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


def counted(suite: str, good: int, bad: int, wrong: list[str]) -> None:
    """Say the count, and fail naming every vector that was judged wrongly."""
    total = good + bad
    print(f"{suite}: {total - len(wrong)} of {total} as published ({good} to accept, {bad} to refuse)")  # noqa: T201
    assert not wrong, f"{suite}: {len(wrong)} of {total} judged wrongly: {wrong}"
