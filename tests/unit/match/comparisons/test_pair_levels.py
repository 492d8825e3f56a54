"""A pair has the levels that it has alone, whatever pairs come before it."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from comity.match.comparison_vectors import compare_pairs
from comity.match.comparisons import COMPARISONS
from comity.match.encode_requests import encode_requests
from comity.model.request_fields import REQUESTS_SCHEMA
from tests.support.match_records import build_index_with, make_record

STREETS = (
    "4120 Oak St", "4120A Oak St", "4210 Oak St Apt 2", "4120 Oak Ave Apt 3", "4120 Oka St Apt 2", "PO Box 4120",
    "7 Vine St",
)  # fmt: skip
TINS = ("", "900123456", "900123457", "900321456", "900888777")
ZIPS = ("62701", "62702", "61820")


def test_pairs_after_others_have_the_levels_they_have_alone(tmp_path: Path) -> None:
    """Neighbors in one house, one street and one town follow each other, and so do their exact opposites."""
    rng = np.random.default_rng(20260102)
    addresses = [(street, zip5) for street in STREETS for zip5 in ZIPS]
    records = [
        make_record(f"r{n}", first_name="Ada", last_name="Alder", street=street, zip=zip5, tin=TINS[n % 4])
        for n, (street, zip5) in enumerate(addresses)
    ]
    rows = [
        {"row": n, "request_id": f"q{n}", "first_name": "Ada", "last_name": "Alder", "street": street, "zip": zip5}
        | {"city": "Springfield", "state": "IL", "tax_year": "2023", "tin": TINS[n % 5]}
        for n, (street, zip5) in enumerate(addresses)
    ]
    with build_index_with(tmp_path, *records) as index:
        requests = encode_requests(index, pa.Table.from_pylist(rows, schema=REQUESTS_SCHEMA))
        # One side changes at a time, so that most pairs repeat part of the pair before them.
        sides = np.empty((2, 1500), np.int64)
        sides[:, 0] = 0
        for pair in range(1, sides.shape[1]):
            sides[:, pair] = sides[:, pair - 1]
            sides[rng.integers(2), pair] = rng.integers(len(addresses))
        asked, on_record = sides
        ids = on_record.astype(np.uint64)
        together = compare_pairs(index, requests, asked, ids)
        alone = [compare_pairs(index, requests, asked[i : i + 1], ids[i : i + 1]) for i in range(len(asked))]
        for name in COMPARISONS:
            assert together[name].tolist() == [int(pair[name][0]) for pair in alone], name
        for name in ("number", "street", "unit", "place", "tin"):
            assert len(set(together[name].tolist())) > 2, f"{name}: the pairs reach several levels"
