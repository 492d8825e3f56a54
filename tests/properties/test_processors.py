"""Evidence is the same on a processor without vector extensions, to the last bit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__  # type: ignore[import-not-found]  # NumPy says it nowhere else

from tests.support.match_records import make_neighbors, make_record, write_records

ROOT = Path(__file__).parents[2]
OLD_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(__cpu_dispatch__),
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F",
}
"""No vector extension beyond those that every processor of the family has, in NumPy, numba and the C library."""


def compute_apart(folder: Path, *, processor: dict[str, str]) -> dict[str, Any]:
    """Return what `tests.support.evidence_digest` prints on a processor; its machine code is kept in the folder."""
    environment = {**os.environ, **processor, "NUMBA_CACHE_DIR": str(folder / "machine-code")} if processor else None
    command = [sys.executable, "-m", "tests.support.evidence_digest", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=ROOT)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.slow
def test_an_old_processor_computes_the_same_evidence(tmp_path: Path) -> None:
    family = [
        make_record(f"f{i}", first_name=name, last_name="Okonkwo", street="9 Twin Ct", tin=f"90055000{i}")
        for i, name in enumerate(("Robert", "Roberta", "Rob", "Robert"))
    ]
    write_records(tmp_path / "records.parquet", [*family, *make_neighbors(300)])
    here = compute_apart(tmp_path, processor={})
    there = compute_apart(tmp_path, processor=OLD_PROCESSOR)
    assert set(there.pop("processor")) < set(here.pop("processor"))
    assert len(here["evidence"]) == len(family) + 300
    assert there == here
