"""Compile some of the kernels by running them on a few synthetic rows: `python -m comity.app.kernel_tasks TASK`.

Does not: decide whether anything has to be compiled; `kernel_cache` does, and runs the tasks.
Start at `TASKS`.
"""

import csv
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from comity.columns.hash_sets import build_hash_set
from comity.columns.strings import StringView
from comity.gates import evaluate_gates
from comity.law import load_law
from comity.match import Index, build_index, match_requests
from comity.match.comparisons import COMPARISONS, PairPart
from comity.match.comparisons.pair_levels import SCRATCH_BYTES
from comity.match.index.reader import build_equivalent_names
from comity.match.kernels.address_view import AddressView, KnownPlaces, UnitView
from comity.match.kernels.name_relations import NameView, fields_are_reversed
from comity.match.records_source import RECORD_COLUMNS
from comity.model.batch import Batch, Manifest
from comity.model.history import History
from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA
from comity.normalize.encode import encode_table

SAMPLE_ROWS = 64
"""Rows of the samples: enough that they are encoded as columns, and not row by row."""
SAMPLE_DAY = datetime(2025, 8, 7, tzinfo=UTC)


def compile_names() -> None:
    """Compile the comparisons of names, and the kernels of the rules."""
    name = NameView(*[_empty_string()] * len(NameView._fields))
    equivalent = build_equivalent_names((("A", "B"),))
    fields_are_reversed(name, name)
    _compile_comparisons(PairPart.NAME, (name, name, False, equivalent, equivalent))
    manifest = Manifest.model_validate(
        {
            "batch_id": "sample", "requester": "ICE", "agreement": "irs-ice-2025", "created_at": SAMPLE_DAY,
            "signer": {"name": "Sample", "office": "Sample"}, "statutory_authority": "26 USC 6103(i)(2)",
            "officers": [], "attestations": [], "sha256": "0" * 64, "synthetic": True,
        }
    )  # fmt: skip
    batch = Batch(manifest, "0" * 64, "0" * 64, None, _sample_requests(), ())
    evaluate_gates(batch, law=load_law(), at=SAMPLE_DAY, history=History())


def compile_addresses() -> None:
    """Compile the comparisons of addresses, and the kernels that encode tables."""
    scratch = np.empty(SCRATCH_BYTES, np.uint8)
    hash_set = build_hash_set(np.ones(1, np.uint64))
    known = KnownPlaces(hash_set, hash_set, hash_set, hash_set)
    address = AddressView(*[_empty_string()] * len(AddressView._fields))
    _compile_comparisons(PairPart.ADDRESS, (address, address, scratch.ctypes.data, known))
    unit = UnitView(True, *[_empty_string()] * (len(UnitView._fields) - 1))
    _compile_comparisons(PairPart.UNIT, (unit, unit))
    encode_table(_sample_requests())


def compile_pairs() -> None:
    """Compile the rest, index, look-up and the loop over pairs, by matching a few requests with a few records."""
    with tempfile.TemporaryDirectory(prefix="comity-") as folder:
        records, built = Path(folder) / "records.csv", Path(folder) / "index"
        with records.open("w", newline="", encoding="ascii") as file:
            writer = csv.writer(file)
            writer.writerow(RECORD_COLUMNS)
            writer.writerows(zip(*_sample_columns(RECORD_COLUMNS, "").values(), strict=True))
        build_index([records], built, threads=1)
        with Index.open(built) as index:
            match_requests(index, _sample_requests())


TASKS = {"names": compile_names, "addresses": compile_addresses, "pairs": compile_pairs}


def _compile_comparisons(part: PairPart, arguments: tuple[Any, ...]) -> None:
    """Compile each comparison of one part of a pair by calling it with empty values of the part's parameters."""
    values = dict(zip(part.parameters, arguments, strict=True))
    for comparison in COMPARISONS.values():
        if comparison.part is part:
            comparison.compile()(*(values[name] for name in comparison.parameters))


def _empty_string() -> StringView:
    return StringView(0, 0)


def _sample_requests() -> pa.Table:
    columns = _sample_columns(REQUEST_FIELDS, "sample")
    return pa.table({"row": list(range(1, SAMPLE_ROWS + 1)), **columns}, schema=REQUESTS_SCHEMA)


def _sample_columns(names: Sequence[str], filler: str) -> dict[str, list[str]]:
    """Return these columns for synthetic people at boxes and at plain street lines with and without units."""
    units = ("", " Apt 4", " Unit B", " Fl 2")
    patterns: dict[str, Callable[[int], str]] = {
        "record_id": lambda n: f"r{n}",
        "request_id": lambda n: f"q{n}",
        "first_name": lambda n: f"Sample{chr(65 + n % 26)}",
        "middle_name": lambda n: "Q" if n % 3 else "",
        "last_name": lambda n: f"Person{chr(65 + n % 20)}",
        "suffix": lambda n: "" if n % 9 else "Jr",
        "tin": lambda n: f"9{n:08d}",
        "street": lambda n: f"{100 + n} N Oak St{units[n % 4]}" if n % 8 else f"PO Box {n}",
        "street2": lambda _: "",
        "city": lambda _: "Springfield",
        "state": lambda _: "IL",
        "zip": lambda _: "62701",
        "tax_year": lambda _: "2023",
    }
    return {name: [patterns[name](n) if name in patterns else filler for n in range(SAMPLE_ROWS)] for name in names}


if __name__ == "__main__":
    TASKS[sys.argv[1]]()
