"""Other people's test vectors: where they are, what to do when they are not, and the count of what was judged."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

VECTORS_FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors"
COUNT_LINES: list[str] = []
"""What `counted` said, for the end of the test output (conftest.py)."""

VectorResult = tuple[str, bool, bool]
"""A vector's name, whether it ought to be accepted, and whether it was."""


def find_vectors(suite: str) -> Path:
    """The folder of a suite; without it the test fails in CI and is skipped, saying so, elsewhere."""
    folder = VECTORS_FOLDER / suite
    if not folder.is_dir():
        message = f"the public vectors of {suite} are not in {VECTORS_FOLDER}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


def report_counts(suite: str, judged: Sequence[VectorResult], remark: str = "") -> None:
    """Say the count, and fail naming every vector that was judged wrongly."""
    good = [accepted for _, wanted, accepted in judged if wanted]
    bad = [accepted for _, wanted, accepted in judged if not wanted]
    said = f"{sum(good):>4} of {len(good):>4} accepted   {bad.count(False):>4} of {len(bad):>4} refused"
    COUNT_LINES.append(f"{suite:<42} {said}   {remark}".rstrip())
    wrong = [name for name, wanted, accepted in judged if wanted != accepted]
    assert not wrong, f"{suite}: {len(wrong)} of {len(judged)} judged wrongly: {wrong}"
