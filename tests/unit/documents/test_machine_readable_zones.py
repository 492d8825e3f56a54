"""Machine-readable zones: every case a compliance officer can read, and properties that hold for all zones."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.documents.mrz import zone_batch
from comity.documents.mrz.dates import read_birth_date, read_expiry_date
from comity.documents.mrz.digits import VALUES, compute_digit, failing_digits, substitutions_unseen
from comity.documents.mrz.layouts import LAYOUTS, TD3, Layout, uncovered_fields
from comity.documents.mrz.state_codes import certificate_countries, is_known_code
from comity.documents.mrz.zone import MAX_CHARACTERS, ZoneFault, parse_zone, propose_repairs
from comity.model.finding import Outcome

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "documents" / "machine_readable_zones.yaml").read_text(encoding="utf-8")
)
SPECIMEN = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
ZONE_CHARACTERS = "".join(VALUES)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_zone(case: dict[str, Any]) -> None:
    zone = parse_zone(case["text"])
    assert (zone.layout.name if zone.layout else None) == case.get("layout")
    assert list(dict.fromkeys(fault.fault.value for fault in zone.faults)) == case.get("faults", [])
    assert list(zone.failing_digits) == case.get("failing_digits", [])
    if "repairs" in case:
        assert [[repair.line, repair.column] for repair in propose_repairs(zone)] == case["repairs"]


@pytest.mark.parametrize(
    ("field", "case"),
    [(field, case) for field in ("birth", "expiry") for case in CASES["dates"][field]],
    ids=lambda given: given["name"] if isinstance(given, dict) else given,
)
def test_date(field: str, case: dict[str, Any]) -> None:
    read = {"birth": read_birth_date, "expiry": read_expiry_date}[field](case["text"], CASES["dates"]["as_of"])
    expected = {"wrong": Outcome.NOT_MET, "unknown": Outcome.UNDETERMINED}.get(case["day"], Outcome.MET)
    assert read.outcome is expected
    assert read.day == (case["day"] if isinstance(case["day"], date) else None)


def test_a_long_number_is_put_together() -> None:
    zone = parse_zone("I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<")
    assert zone.number == "D23145890734"


def test_names_come_apart_at_the_double_filler() -> None:
    assert parse_zone("\n".join(SPECIMEN)).names == ("ERIKSSON", "ANNA MARIA")
    assert parse_zone("\n".join(("P<UTOARKFREITH".ljust(44, "<"), SPECIMEN[1]))).names == ("ARKFREITH", "")


def test_a_text_over_the_cap_is_not_read() -> None:
    zone = parse_zone("<" * (MAX_CHARACTERS + 1))
    assert [fault.fault for fault in zone.faults] == [ZoneFault.TOO_LARGE]


def test_a_zone_prints_nothing_of_its_person() -> None:
    zone = parse_zone("\n".join(SPECIMEN))
    assert "ERIKSSON" not in repr(zone)
    assert "L898902C3" not in repr((zone, propose_repairs(zone), read_birth_date("740812", date(2026, 1, 1))))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_no_digit_covers_name_sex_nationality_or_issuer(layout: Layout) -> None:
    assert {"name", "sex", "nationality", "issuer"} <= set(uncovered_fields(layout))
    assert not {"number", "birth", "expiry"} & set(uncovered_fields(layout))


@pytest.mark.parametrize(
    "lines",
    [
        SPECIMEN,
        (SPECIMEN[0], "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<8"),
        ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"),
        ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
    ],
)
def test_changes_that_keep_every_digit_are_counted_as_trying_each_would(lines: tuple[str, ...]) -> None:
    layout = parse_zone("\n".join(lines)).layout
    assert layout is not None
    for fields in (("number", "optional"), ("name",), ("birth", "nationality")):
        tried = [
            failing_digits(layout, (*lines[: span.line], changed, *lines[span.line + 1 :]))
            for span in (layout.fields[name] for name in fields)
            for column in range(span.first, span.end)
            for other in VALUES
            if (changed := lines[span.line][:column] + other + lines[span.line][column + 1 :]) != lines[span.line]
        ]
        assert substitutions_unseen(layout, lines, fields) == (sum(not failing for failing in tried), len(tried))


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault_of_ours(text: str) -> None:
    zone = parse_zone(text)
    assert zone.layout is not None or zone.faults
    propose_repairs(zone)


@given(st.data(), st.sampled_from(list(LAYOUTS.values())))
@settings(max_examples=300, deadline=None)  # the first example compiles
def test_a_batch_is_judged_as_each_zone_alone(data: st.DataObject, layout: Layout) -> None:
    characters = ZONE_CHARACTERS + "<<<<<<0123456789_a"
    texts = data.draw(
        st.lists(
            st.text(characters, min_size=layout.size, max_size=layout.size).map(lambda text: _fit(text, layout)),
            max_size=4,
        )
    )
    masks = zone_batch.check_zones(zone_batch.as_bytes(texts, layout), layout)
    for text, mask in zip(texts, masks.tolist(), strict=True):
        assert zone_batch.names_of_mask(mask, layout) == failing_digits(layout, _lines(text, layout))


def test_a_batch_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="88 characters"):
        zone_batch.as_bytes(["short"], TD3)
    with pytest.raises(ValueError, match="88 columns"):
        zone_batch.check_zones(np.zeros((1, 72), np.uint8), TD3)


def test_every_single_change_is_seen_or_counted_as_unseen() -> None:
    """Of all changes of one character that the digits cover, those that keep the value modulo 10 alone pass."""
    for column, read in enumerate(SPECIMEN[1]):
        for other in VALUES:
            if other == read:
                continue
            changed = SPECIMEN[1][:column] + other + SPECIMEN[1][column + 1 :]
            is_covered = column not in {10, 11, 12, 20}
            is_digit_place = column in {9, 19, 27, 42, 43}
            same = VALUES[other] % 10 == VALUES[read] % 10 and not is_digit_place
            passes = not failing_digits(TD3, (SPECIMEN[0], changed))
            assert passes == (not is_covered or same), (column, other)


def test_codes_of_states() -> None:
    assert is_known_code("D")
    assert is_known_code("UTO")
    assert is_known_code("XXA")
    assert not is_known_code("DEU")
    assert not is_known_code("QQQ")
    assert certificate_countries("D") == ("DE", "D")
    assert certificate_countries("XXA") == ()
    assert certificate_countries("QQQ") == ()


def test_digits_of_the_standard() -> None:
    assert compute_digit("520727") == "3"
    assert compute_digit("AB2134<<<") == "5"
    assert compute_digit("a") is None


def _lines(text: str, layout: Layout) -> tuple[str, ...]:
    return tuple(text[start : start + layout.line_length] for start in range(0, layout.size, layout.line_length))


def _fit(text: str, layout: Layout) -> str:
    """Make about half of the digits agree, so that both answers are common."""
    lines = list(_lines(text, layout))
    for digit in layout.digits:
        covered = "".join(span.text(tuple(lines)) for span in digit.covers)
        right = compute_digit(covered)
        if right is not None and sum(map(ord, covered)) % 2:
            line = lines[digit.place.line]
            lines[digit.place.line] = line[: digit.place.first] + right + line[digit.place.end :]
    return "".join(lines)
