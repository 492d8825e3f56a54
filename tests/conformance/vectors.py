"""Find public test vectors, and count how many were accepted and refused."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

VECTORS_FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors"
COUNT_LINES: list[str] = []
"""The lines of `report_counts`, for the end of the test output (conftest.py)."""

VectorResult = tuple[str, bool, bool]
"""A vector's name, whether it should be accepted, and whether it was."""


def find_vectors(suite: str) -> Path:
    """Return the folder of a suite; without it, fail the test in CI and skip it elsewhere."""
    folder = VECTORS_FOLDER / suite
    if not folder.is_dir():
        message = f"the public vectors of {suite} are not in {VECTORS_FOLDER}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


def report_counts(suite: str, results: Sequence[VectorResult], remark: str = "") -> None:
    """Record the counts, and fail with the name of every vector that was wrongly accepted or refused."""
    good = [is_accepted for _, is_good, is_accepted in results if is_good]
    bad = [is_accepted for _, is_good, is_accepted in results if not is_good]
    counts = f"{sum(good):>4} of {len(good):>4} accepted   {bad.count(False):>4} of {len(bad):>4} refused"
    COUNT_LINES.append(f"{suite:<42} {counts}   {remark}".rstrip())
    wrong = [name for name, is_good, is_accepted in results if is_good != is_accepted]
    assert not wrong, f"{suite}: {len(wrong)} of {len(results)} wrongly accepted or refused: {wrong}"
