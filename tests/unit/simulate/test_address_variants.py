"""Every way of writing an address that changes no fact (failure mode A15) has the record's own normal form."""

from collections import Counter

from comity.normalize.normalized_row import TEXT_COLUMNS, normalize_row
from comity.simulate.scenarios import VARIANT_SHARES
from tests.support.sample_simulation import SimulatedTables

ADDRESS_FIELDS = ("number", "street", "direction", "street_suffix", "unit", "state", "zip")


def normalize_addresses(rows: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    normalized = [normalize_row(**{column: row.get(column) for column in TEXT_COLUMNS}) for row in rows]
    return [{field: getattr(row, field) for field in ADDRESS_FIELDS} for row in normalized]


def test_every_formatting_variant_has_the_records_normal_form(plain: SimulatedTables, as_sent: SimulatedTables) -> None:
    counts: Counter[str] = Counter()
    for simulated in (plain, as_sent):
        records = {row["record_id"]: row for row in simulated.records}
        chosen = [
            (request, truth)
            for request, truth in zip(simulated.requests, simulated.truth, strict=True)
            if truth["confirmed"] and truth["variant"]
        ]
        on_record = normalize_addresses([records[str(truth["record_id"])] for _, truth in chosen])
        in_request = normalize_addresses([request for request, _ in chosen])
        for (request, truth), left, right in zip(chosen, on_record, in_request, strict=True):
            assert left == right, (truth["variant"], request["street"], request["street2"])
            counts[str(truth["variant"])] += 1
    assert counts.keys() >= VARIANT_SHARES.keys()
    assert counts.total() > 500
