"""Parse hand-labeled United States addresses, and hold the form rule (A07) to them.

The labels are public (datamade/usaddress). A few of the addresses are themselves damaged ("Route 313 RR 313 Box"), so
the tests expect a share.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from bench.parser import PARTS, measure_agreement
from bench.parser import read_labelled_addresses as labelled_parts
from comity import gates, law
from comity.model.batch import Batch, Manifest
from comity.model.history import History
from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA
from tests.conformance.vectors import COUNT_LINES, find_vectors
from tests.support.batch_folders import make_manifest, make_row
from tests.support.workspace import AUGUST_2025

MAX_WRONG_SHARE = 0.012
PLACE = ("PlaceName", "StateName", "ZipCode", "CountryName")
NOT_STREET = (*PLACE, "Recipient", "BuildingName", "LandmarkName")


def read_requests(folder: Path) -> Iterator[tuple[dict[str, str], bool]]:
    """Yield each address with its city and state as a request, and whether its labels say that it is complete."""
    for name in ("test_labeled.xml", "training_labeled.xml"):
        for address in ET.parse(folder / name).getroot():
            parts = [(part.tag, (part.text or "").strip()) for part in address]
            tags = {tag for tag, _ in parts}
            city, state, code = (" ".join(t for tag, t in parts if tag == place).strip(" ,.") for place in PLACE[:3])
            street = " ".join(text for tag, text in parts if tag not in NOT_STREET).strip(" ,")
            if street and code and len(state) == 2:
                complete = {"AddressNumber", "StreetName"} <= tags or "USPSBoxID" in tags
                yield make_row(street=street, street2="", city=city, state=state.upper(), zip=code), complete


def test_labelled_addresses_are_not_refused_for_their_form() -> None:
    requests = list(read_requests(find_vectors("usaddress")))
    assert len(requests) > 800
    columns = {name: pa.array([r[name] or None for r, _ in requests], pa.string()) for name in REQUEST_FIELDS}
    table = pa.table({"row": pa.array(range(1, len(requests) + 1), pa.int32()), **columns}, schema=REQUESTS_SCHEMA)
    batch = Batch(Manifest.model_validate(make_manifest()), "m", "r", "k", table, ())
    rows = gates.evaluate_gates(batch, law=law.load_law(), at=AUGUST_2025, history=History()).row_findings
    refused = (rows.not_met >> rows.rules.index("a07_number_and_street")) & 1
    complete = [bool(refused[i]) for i, (_, is_complete) in enumerate(requests) if is_complete]
    incomplete = [bool(refused[i]) for i, (_, is_complete) in enumerate(requests) if not is_complete]
    passed, refused_count = complete.count(False), incomplete.count(True)
    counts = f"{passed:>4} of {len(complete):>4} accepted   {refused_count:>4} of {len(incomplete):>4} refused"
    COUNT_LINES.append(f"{'usaddress complete and incomplete':<42} {counts}   by A07 alone; a share, see the test")
    assert complete.count(True) <= MAX_WRONG_SHARE * len(complete)
    assert incomplete.count(True) > len(incomplete) / 2


MIN_AGREEMENT = {"number": 0.98, "street": 0.92, "unit": 0.85, "box": 0.9}
"""Shares of agreement; docs/results/parser.md lists by kind what does not agree, most of it for good reasons."""


@pytest.mark.parametrize("file", ["test_labeled.xml", "training_labeled.xml"])
def test_the_parser_finds_the_parts_that_people_labelled(file: str) -> None:
    counts, _ = measure_agreement(labelled_parts(find_vectors("usaddress"), file))
    print(f"usaddress {file}: " + ", ".join(f"{p} {counts[p][1]} of {counts[p][0]}" for p in PARTS))  # noqa: T201
    assert all(total > 25 for total, _ in counts.values())
    assert not {part for part, (total, good) in counts.items() if good < MIN_AGREEMENT[part] * total}
