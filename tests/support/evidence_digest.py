"""Print what a processor computes, to be compared: `python -m tests.support.evidence_digest FOLDER`.

FOLDER has the records, as Parquet. Printed are the features of the processor that NumPy and numba use, digests of
powers and logarithms, the fingerprint of an index built here, and its evidence for requests about every record.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from llvmlite import binding
from numba.core import config
from numpy._core._multiarray_umath import __cpu_features__  # type: ignore[import-not-found]  # NumPy says it nowhere else

from comity.columns.binary_powers import compute_exp2, compute_log2
from comity.match import Index, build_index, match_requests
from comity.match.index.reader import FREQUENCY_TABLES
from tests.support.match_records import make_requests
from tests.support.powers_table import HOSTILE_LOGARITHMS, HOSTILE_POWERS, draw_logarithms, draw_powers

ASKED = ("first_name", "middle_name", "last_name", "street", "city", "state", "zip", "tin")


def describe_processor() -> list[str]:
    """Return the vector extensions in use."""
    is_generic = getattr(config, "CPU_NAME", None) == "generic"
    by_numba = [] if is_generic else [str(binding.get_host_cpu_name())]
    return [*sorted(name for name, is_used in __cpu_features__.items() if is_used), *by_numba]


def compute_digests(folder: Path) -> dict[str, object]:
    """Return what must be the same on every processor."""
    digests: dict[str, object] = {}
    for name, compute, values in (
        ("exp2", compute_exp2, (*HOSTILE_POWERS, *draw_powers(50_000))),
        ("log2", compute_log2, (*HOSTILE_LOGARITHMS, *draw_logarithms(50_000))),
    ):
        digests[name] = hashlib.sha256(compute(np.array(values)).tobytes()).hexdigest()
    records = folder / "records.parquet"
    rows = pq.read_table(records).to_pylist()
    requests = make_requests(*({column: row[column] for column in ASKED} for row in rows))
    with tempfile.TemporaryDirectory(dir=folder) as built:
        build_index([records], Path(built) / "index", threads=1)
        with Index.open(Path(built) / "index") as index:
            evidence = match_requests(index, requests)
            digests["index"] = index.fingerprint
            digests |= {name: index.frequencies[name] for name in FREQUENCY_TABLES}
    return digests | {"evidence": [list(map(repr, row.values())) for row in evidence.to_pylist()]}


if __name__ == "__main__":
    json.dump({"processor": describe_processor(), **compute_digests(Path(sys.argv[1]))}, sys.stdout)
