"""Match pairs of records and requests, each pair at an address of its own, and return what the policy makes of them."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from comity.decide import determine_outcomes
from comity.law import find_population, load_law
from comity.match import Index, match_requests
from comity.model.request_fields import REQUESTS_SCHEMA
from comity.pipeline import derive_match_policy
from comity.reference.zip_codes import load_zip_table
from tests.support.look_alikes import Name, NamePair
from tests.support.match_records import build_index_with, make_record

AGREEMENT = "irs-ice-2025"


def match_pairs(folder: Path, pairs: Sequence[NamePair]) -> list[str]:
    """Return the outcome of each pair: match, review or non_match."""
    places = [row for row in load_zip_table().to_pylist() if row["kind"] == "STANDARD"]
    records, requests = [], []
    for number, pair in enumerate(pairs):
        place = places[(number * 97 + 13) % len(places)]
        address = {"street": f"{100 + number} Walden St"} | {part: place[part] for part in ("city", "state", "zip")}
        records.append(make_record(f"r{number}", **_fields(pair.record), **address))
        requests.append(
            {"row": number, "request_id": f"q{number}", "tax_year": "2023", **_fields(pair.request), **address}
        )
    with build_index_with(folder, *records) as index:
        return determine_pairs(index, pa.Table.from_pylist(requests, schema=REQUESTS_SCHEMA))


def determine_pairs(index: Index, requests: pa.Table) -> list[str]:
    """Return the outcome of each request under the shipped agreement."""
    agreement = load_law().get_agreement(AGREEMENT)
    evidence = match_requests(index, requests, shares=find_population(agreement).least_favorable)
    outcomes: list[str] = determine_outcomes(evidence, derive_match_policy(agreement))["outcome"].to_pylist()
    return outcomes


def _fields(name: Name) -> dict[str, str]:
    return {"first_name": name.first, "middle_name": name.middle, "last_name": name.last, "suffix": name.suffix}
