"""Two time axes, seals, matching profiles: what an element says on a day, as it was known on another."""

from datetime import date
from typing import Any

import pytest
import yaml

from comity.errors import PolicyError
from comity.law import Agreement, Element, Statute, compute_seal, find_version_in_force, load_law
from comity.law.loader import assemble_law, build_document, parse_document
from comity.law.matching_profile import REQUIRED_CONTENTS, MatchingProfile
from comity.law.seal import seal_whole_yaml, seal_yaml

DAY = date(2026, 1, 1)


def _element(words: str = "One.", **more: Any) -> Element:
    fields = {
        "id": "x-1",
        "citation": "1 USC 1",
        "kind": "element",
        "summary": words,
        "sha256": compute_seal(words),
        "effective_from": "2025-01-01",
        "recorded_from": "2025-01-01",
        "last_checked_on": "2025-01-01",
        "marks": ["S"],
        "evidence": "the rows",
    }
    return Element.model_validate({**fields, **more})


def _statute(*elements: Element) -> Statute:
    data = {"id": "x", "citation": "1 USC 1", "title": "A statute", "source": "a test of the loader"}
    return build_document(Statute, {**data, "elements": [e.model_dump() for e in elements]}, "a file")


def test_an_element_holds_from_its_day_until_the_day_it_ends() -> None:
    element = _element(effective_to="2026-01-02")
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1), date(2026, 1, 2)]
    assert [find_version_in_force([element], day) is not None for day in days] == [False, True, True, False]
    assert find_version_in_force([], DAY) is None


def test_what_was_recorded_later_replaces_what_was_recorded_earlier() -> None:
    old = _element("Old.")
    new = _element("New.", effective_from="2025-06-01", recorded_from="2026-03-01")
    for versions in ([old, new], [new, old]):
        assert find_version_in_force(versions, DAY) is new
        assert find_version_in_force(versions, DAY, known_on=date(2026, 2, 28)) is old
        assert find_version_in_force(versions, DAY, known_on=date(2026, 3, 1)) is new
        assert find_version_in_force(versions, date(2025, 5, 31)) is old
        assert find_version_in_force(versions, DAY, known_on=date(2024, 12, 31)) is None


def test_two_versions_of_one_element_that_hold_together_do_not_load() -> None:
    first = _element("First.", effective_to="2026-01-01")
    assert len(_statute(first, _element("Second.", effective_from="2026-01-01")).elements) == 2
    assert len(_statute(_element("Second.", effective_from="2026-01-01"), first).elements) == 2
    assert len(_statute(first, _element("Mended.", recorded_from="2025-02-01")).elements) == 2
    assert len(_statute(first, _element("Another.", id="x-2")).elements) == 2
    for other in (
        _element("Second.", effective_from="2025-12-31"),
        _element("Second."),
        _element(effective_from="2024-01-01"),
    ):
        for pair in ((first, other), (other, first), (_element("Z.", id="z-1"), other, first)):
            with pytest.raises(PolicyError, match="two versions of x-1"):
                _statute(*pair)


def test_two_versions_of_a_clause_that_hold_together_do_not_load() -> None:
    agreement = load_law().get_agreement("irs-ice-2025").model_dump(mode="json")
    agreement["elements"].append(agreement["elements"][0])
    with pytest.raises(PolicyError, match="two versions of mou2025-scope"):
        build_document(Agreement, agreement, "a file")


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": None},
        {"text": "One."},
        {"summary": ""},
        {"sha256": "0" * 64},
        {"effective_to": "2025-01-01"},
        {"effective_to": "2024-01-01"},
        {"citation": "1"},
        {"citation": None},
        {"marks": []},
        {"evidence": ""},
        {"surprise": 1},
    ],
)
def test_an_element_without_words_seal_citation_or_dates_in_order_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        _element(**changes)


def test_words_are_a_quotation_or_a_summary() -> None:
    assert _element(summary=None, text="One.").text_or_summary == "One."
    assert _element().text_or_summary == "One."
    assert _element(effective_to="2025-01-02").effective_to == date(2025, 1, 2)
    assert [_element(marks=[mark]).has_unconfirmed_words for mark in ("USC", "S", "INF", "GK")] == [
        False,
        False,
        True,
        True,
    ]
    assert _element(marks=["USC", "INF"]).has_unconfirmed_words


def _profile(**more: Any) -> dict[str, Any]:
    return {"contents": dict.fromkeys("ABCDEFGHIJK", "mou2025-use"), "months": 18, **more}


def test_review_may_start_where_confirmation_does() -> None:
    policy = load_law().get_agreement("irs-ice-2025").match_policy.model_dump(mode="json")
    both = {"confirm_probability": 0.6, "review_probability": 0.6}
    assert _agreement(match_policy=policy | both).match_policy.review_probability == 0.6
    with pytest.raises(PolicyError, match="must not be above"):
        _agreement(match_policy=policy | both | {"review_probability": 0.61})


def test_a_matching_profile_has_a_clause_for_every_item() -> None:
    assert MatchingProfile.model_validate(_profile()).renewal is None
    for letter in REQUIRED_CONTENTS:
        contents = {item: "mou2025-use" for item in REQUIRED_CONTENTS if item != letter}
        with pytest.raises(ValueError, match="each of the items"):
            MatchingProfile.model_validate(_profile(contents=contents))
    with pytest.raises(ValueError, match="each of the items"):
        MatchingProfile.model_validate(_profile(contents=dict.fromkeys([*REQUIRED_CONTENTS, "L"], "mou2025-use")))


def _agreement(**changes: Any) -> Agreement:
    return build_document(
        Agreement, {**load_law().get_agreement("irs-ice-2025").model_dump(mode="json"), **changes}, "a file"
    )


def test_an_agreement_with_a_matching_profile_rests_on_the_privacy_act() -> None:
    rests_on = ["usc-26-6103", "usc-5-552a"]
    assert _agreement(matching=_profile(), rests_on=rests_on).matching is not None
    with pytest.raises(PolicyError, match="rests on usc-5-552a"):
        _agreement(matching=_profile())


def test_dates_of_an_agreement_are_in_order_and_its_attestations_distinct() -> None:
    assert not _agreement(effective_to="2025-04-08").is_in_force_on(date(2025, 4, 8))
    assert _agreement(effective_to="2025-04-08").is_in_force_on(date(2025, 4, 7))
    for changes in ({"effective_to": "2025-04-07"}, {"effective_to": "2025-04-06"}):
        with pytest.raises(PolicyError, match="must come after"):
            _agreement(**changes)
    twice = [{"id": "x", "meaning": "Stated", "element": "mou2025-use"}] * 2
    with pytest.raises(PolicyError, match="two attestations"):
        _agreement(attestations=twice)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"rests_on": ["usc-99-1"]}, "the statute usc-99-1"),
        (
            {"matching": _profile(contents=dict.fromkeys(REQUIRED_CONTENTS, "nowhere")), "rests_on": ["usc-5-552a"]},
            "the element nowhere",
        ),
        ({"custodian": "nobody"}, "the agency nobody"),
        ({"requester": "nobody"}, "the agency nobody"),
        ({"requesters_also": ["nobody"]}, "the agency nobody"),
        ({"offices": [{"title": "Head", "element": "nowhere"}]}, "the element nowhere"),
        ({"attestations": [{"id": "x", "meaning": "Stated", "element": "nowhere"}]}, "the element nowhere"),
        ({"statutes": [{"citation": "1 USC 1", "element": "nowhere"}]}, "the element nowhere"),
    ],
)
def test_a_reference_that_leads_nowhere_does_not_load(changes: dict[str, Any], what: str) -> None:
    law = load_law()
    with pytest.raises(PolicyError, match=what):
        assemble_law(law.statutes.values(), [_agreement(**changes)], law.orders.values(), law.agencies.values())


def test_no_statutes_agreements_or_agencies_is_no_law() -> None:
    law = load_law()
    parts: list[Any] = [list(part.values()) for part in (law.statutes, law.agreements, law.orders, law.agencies)]
    for at, what in ((0, "statutes"), (1, "agreements"), (3, "agencies")):
        fewer = [[] if number == at else part for number, part in enumerate(parts)]
        with pytest.raises(PolicyError, match=f"{what}: none is on file"):
            assemble_law(*fewer)
    lonely = [agency.model_copy(update={"parent": None}) for agency in law.agencies.values()]
    assert not assemble_law(parts[0], parts[1], [], lonely).orders
    with pytest.raises(PolicyError, match="the agency nobody"):
        assemble_law(parts[0], parts[1], [], [*lonely, lonely[0].model_copy(update={"id": "x", "parent": "nobody"})])
    with pytest.raises(PolicyError, match="two entries carry the id O1"):
        assemble_law(parts[0], parts[1], [*parts[2], law.orders["O1"]], parts[3])


FILE = """\
# A comment stays.
id: x
citation: 1 USC 1
title: A statute
source: a test of the seals
figures:
  days: {value: 30, citation: 1 USC 1, summary: Days., sha256: x, effective_from: 2025-01-01,
         recorded_from: 2025-01-01, last_checked_on: 2025-01-01, marks: [GK]}
elements:
  - id: x-1
    citation: 1 USC 1
    kind: element
    summary: >-
      Words over
      two lines.
    effective_from: 2025-01-01
    recorded_from: 2025-01-01
    last_checked_on: 2025-01-01
    marks: [S]
    evidence: the rows
  - {id: x-2, citation: 1 USC 1, kind: bar, text: Quoted words, effective_from: 2025-01-01,
     recorded_from: 2025-01-01, last_checked_on: 2025-01-01, marks: [S], evidence: the rows}
"""


def test_sealing_fills_in_the_seals_and_nothing_else() -> None:
    sealed = seal_yaml(FILE, "a file")
    statute = parse_document(Statute, sealed, "a file")
    assert statute.figures["days"].sha256 == compute_seal("Days. = 30")
    assert [e.sha256 for e in statute.elements] == [compute_seal("Words over two lines."), compute_seal("Quoted words")]
    assert seal_yaml(sealed, "a file") == sealed
    with pytest.raises(PolicyError, match="sha256"):
        parse_document(Statute, FILE, "a file")
    plain, filled = yaml.safe_load(FILE), yaml.safe_load(sealed)
    for element in filled["elements"]:
        del element["sha256"]
    filled["figures"]["days"]["sha256"] = "x"
    assert plain == filled
    assert sealed.startswith("# A comment stays.\n")
    assert seal_yaml(sealed.replace("two lines", "three lines"), "a file") != sealed


def test_what_is_no_yaml_cannot_be_sealed() -> None:
    with pytest.raises(PolicyError, match="a file is not YAML"):
        seal_yaml("a: [", "a file")
    assert seal_yaml("", "a file") == ""


def test_every_shipped_file_is_sealed_as_it_stands() -> None:
    from importlib.resources import files

    for kind in ("statutes", "agreements", "orders", "agencies"):
        for entry in (files("comity.law") / kind).iterdir():
            text = entry.read_text(encoding="utf-8")
            assert seal_yaml(text, entry.name) == text, entry.name


def test_every_shipped_file_on_papers_is_sealed_whole_as_it_stands() -> None:
    from importlib.resources import files

    for kind in ("documents", "candidates", "identification"):
        for entry in (files("comity.law") / kind).iterdir():
            text = entry.read_text(encoding="utf-8")
            assert seal_whole_yaml(text, entry.name) == text, entry.name


def test_every_statute_says_where_it_was_read() -> None:
    assert all("docs/law-notes.md" in statute.source for statute in load_law().statutes.values())
