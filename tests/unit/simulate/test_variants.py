"""Every way of writing an address that changes no fact (law.md A15) comes to the record's own normal form."""

from collections import Counter

from comity.match.normalize.normalized_row import TEXT_COLUMNS, normalize_row
from tests.support.sample_simulation import SimulatedTables

ADDRESS = ("number", "street", "direction", "street_suffix", "unit", "state", "zip")


def normal(rows: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    people = [normalize_row(**{c: row.get(c) for c in TEXT_COLUMNS}) for row in rows]
    return [{c: getattr(person, c) for c in ADDRESS} for person in people]


def test_every_formatting_variant_has_the_records_normal_form(plain: SimulatedTables, as_sent: SimulatedTables) -> None:
    counts: Counter[str] = Counter()
    for made in (plain, as_sent):
        records = {row["record_id"]: row for row in made.records}
        chosen = [
            (sent, truth)
            for sent, truth in zip(made.requests, made.truth, strict=True)
            if truth["confirmed"] and truth["variant"]
        ]
        on_record = normal([records[str(truth["record_id"])] for _, truth in chosen])
        asked = normal([sent for sent, _ in chosen])
        for (sent, truth), one, other in zip(chosen, on_record, asked, strict=True):
            assert one == other, (truth["variant"], sent["street"], sent["street2"])
            counts[str(truth["variant"])] += 1
    assert {
        "long_words",
        "punctuation",
        "unit_hash",
        "unit_first",
        "unit_moved",
        "zip_plus_4",
        "city_alias",
        "spaces",
    } <= set(counts)
    assert counts.total() > 500
