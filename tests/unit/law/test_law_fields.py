"""What each field of the law may hold, up to its edges, and what it is where nothing is said."""

import copy
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from comity.errors import PolicyError
from comity.law import (
    Agency,
    Agreement,
    CourtOrder,
    Disposition,
    Element,
    Limit,
    MatchingProfile,
    Safeguards,
    ServiceRecord,
    Statute,
    compute_seal,
    load_law,
)
from comity.law.agreement import OfficeAddress
from comity.law.loader import build_document

_DAYS = {"effective_from": "2025-01-01", "recorded_from": "2025-01-01", "last_checked_on": "2025-01-01"}
_WORDS = {"citation": "1 USC 1", "summary": "Words.", "sha256": compute_seal("Words."), "marks": ["S"], **_DAYS}
_TIME = "2025-08-01T00:00:00Z"
_ELEMENT = {"id": "x-1", "kind": "element", "evidence": "the rows", **_WORDS}
_CONTENTS = dict.fromkeys("ABCDEFGHIJK", "mou2025-use")
_AGREEMENT = load_law().get_agreement("irs-ice-2025").model_dump(mode="json")
_RENEWAL = {"decided_on": "2026-08-01", "months": 12, "is_unchanged": True, "certified_by": ["irs"]}

WHOLE: dict[type[BaseModel], dict[str, Any]] = {
    Element: _ELEMENT,
    Limit: {**_WORDS, "value": 0, "sha256": compute_seal("Words. = 0")},
    Statute: {"id": "x", "citation": "1 USC 1", "title": "A statute", "source": "0123456789", "elements": [_ELEMENT]},
    Agreement: _AGREEMENT,
    MatchingProfile: {"contents": _CONTENTS, "months": 18, "renewal": _RENEWAL},
    CourtOrder: {
        "id": "X1",
        "court": "D. Example",
        "case_number": "1",
        "case_name": "A case",
        "instruments": ["tro"],
        "issued_at": _TIME,
        "effective_at": _TIME,
        "binds": ["irs"],
        "prohibits": ["disclose"],
        **_WORDS,
    },
    Disposition: {"order": "X1", "how": "reversed"},
    ServiceRecord: {"party": "irs", "at": _TIME},
    Agency: {"id": "irs", "name": "Internal Revenue Service"},
    Safeguards: {"reviewed_on": "2023-11-01"},
}
"""One document of each kind that fits."""

_LONG, _HEX = "p" * 200, "0123456789abcdef" * 4
VERBS = ["request", "receive", "inspect", "disclose", "use", "copy", "distribute", "retain"]
INSTRUMENTS = [
    "tro",
    "preliminary_injunction",
    "permanent_injunction",
    "stay_705",
    "vacatur",
    "administrative_stay",
    "appellate_judgment",
    "appellate_stay",
    "mandate",
    "consent_decree",
    "counsel_entry",
]
DEEDS = ["reversed", "stayed", "vacated", "superseded", "dissolved", "expired"]

FIELDS: list[tuple[type[BaseModel], str, list[Any], list[Any]]] = [
    (Element, "citation", ["1 US"], ["1 U", None]),
    (Element, "evidence", ["rows"], ["row", None]),
    (Element, "id", ["a1", "0-Ab"], ["a", "A1", "-a", "a_b", "a1 b", ""]),
    (Element, "kind", ["element", "exception", "bar"], ["rule", "ELEMENT"]),
    (Element, "marks", [["USC"], ["S", "INF", "GK"]], [[], ["usc"]]),
    (Element, "deciding", ["one", "all"], ["none", "ONE"]),
    (Limit, "value", [0], [-1, None]),
    (Statute, "source", ["0123456789"], ["012345678"]),
    (Statute, "elements", [[_ELEMENT]], [[]]),
    (Agreement, "id", ["a", "0-b"], ["A", "-a", "a_b", ""]),
    *(
        (Agreement, name, [_AGREEMENT[name][:1]], [[]])
        for name in ("authorities", "rests_on", "offices", "statutes", "elements_answered", "needs", "elements")
    ),
    (Agreement, "serves", [["benefits"]], [["locating"], ["BENEFITS"]]),
    (Agreement, "attestations.0.max_age_days", [0, None], [-1]),
    (Agreement, "statutes.0.days_after_final_order", [0, None], [-1]),
    (Agreement, "match_policy.tolerated_error", [0.001, 0.999], [0, 1]),
    (Agreement, "match_policy.confirm_probability", [0.5, 1], [0.499, 1.001]),
    (Agreement, "match_policy.review_probability", [0.001], [0]),
    (Agreement, "match_policy.citation", ["1 US"], ["1 U"]),
    (MatchingProfile, "months", [1], [0]),
    (MatchingProfile, "renewal.months", [1], [0]),
    (MatchingProfile, "cost_benefit", ["done", "waived", None], ["DONE", "no"]),
    (CourtOrder, "id", ["X", "x" * 64, "O2_a.b-c"], ["x" * 65, "1X", "X 1", ""]),
    (CourtOrder, "prohibits", [[verb] for verb in VERBS], [[verb.upper()] for verb in VERBS]),
    (CourtOrder, "instruments", [[name] for name in INSTRUMENTS], [[], *([name.upper()] for name in INSTRUMENTS)]),
    (CourtOrder, "pdf_sha256", [_HEX, None], [_HEX[:-1], _HEX + "0", _HEX.upper()]),
    (CourtOrder, "districts", [[{"name": "D. Mass.", "states": ["MA"]}]], [[{"name": "D. Mass.", "states": []}]]),
    (Disposition, "how", DEEDS, [deed.upper() for deed in DEEDS]),
    (Disposition, "stated_in", ["at 1", None], ["at "]),
    (ServiceRecord, "party", ["x", _LONG], ["", _LONG + "p"]),
    (ServiceRecord, "person", [_LONG, None], [_LONG + "p"]),
    (ServiceRecord, "how", [_LONG, None], [_LONG + "p"]),
    (ServiceRecord, "proof_sha256", [_HEX, None], [_HEX[:-1], _HEX + "0", _HEX.upper()]),
    (Agency, "id", ["a", "a-1"], ["1a", "A", "a_b", ""]),
]


def _with(model: type[BaseModel], path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(WHOLE[model])
    at: Any = data
    *parts, last = path.split(".")
    for part in parts:
        at = at[int(part) if part.isdigit() else part]
    at[last] = value
    return data


@pytest.mark.parametrize(("model", "path", "fit", "do_not"), FIELDS, ids=[f"{m.__name__}.{p}" for m, p, _, _ in FIELDS])
def test_a_field_takes_what_fits_and_nothing_else(
    model: type[BaseModel], path: str, fit: list[Any], do_not: list[Any]
) -> None:
    for value in fit:
        model.model_validate(_with(model, path, value))
    for value in do_not:
        with pytest.raises(ValidationError):
            model.model_validate(_with(model, path, value))


SILENT: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Element, {"text": None, "effective_to": None, "decided_by": (), "deciding": "one"}),
    (Statute, {"figures": {}}),
    (MatchingProfile, {"approved_on": None, "cost_benefit": None, "sent_to_congress_on": None, "breaches": ()}),
    (Agency, {"also": (), "parent": None, "safeguards": None}),
    (Safeguards, {"findings": ()}),
    (Disposition, {"effective_at": None, "stated_in": None}),
    (ServiceRecord, {"person": None, "how": None, "proof_sha256": None}),
    (
        CourtOrder,
        {
            "docket_number": None,
            "judges": (),
            "expires_at": None,
            "statutes": (),
            "agreements": (),
            "protected_class": None,
            "plaintiffs": (),
            "districts": (),
            "covers_data_already_disclosed": False,
            "exceptions": (),
            "acts_on": (),
            "served": (),
            "next_report_on": None,
            "pdf_sha256": None,
            "sources": (),
        },
    ),
]


@pytest.mark.parametrize(("model", "said"), SILENT, ids=[model.__name__ for model, _ in SILENT])
def test_what_is_not_said_is_nothing(model: type[BaseModel], said: dict[str, Any]) -> None:
    found = model.model_validate(WHOLE[model])
    assert {name: getattr(found, name) for name in said} == said


def test_an_agreement_is_silent_where_nothing_is_said() -> None:
    said = {
        "requesters_also": (),
        "effective_to": None,
        "serves": (),
        "matching": None,
        "population": None,
        "delegates": (),
        "attestations": (),
        "earliest_final_order": None,
        "office_addresses": (),
    }
    data = {name: value for name, value in WHOLE[Agreement].items() if name not in said}
    data["offices"] = [{"title": "Head", "element": "mou2025-signers"}]
    data["statutes"] = [{"citation": "1 USC 1", "element": "mou2025-use"}]
    data["match_policy"] = {
        name: value for name, value in data["match_policy"].items() if name not in {"confirm_probability", "citation"}
    } | {"citation": "clause 1", "review_probability": 0.5}
    agreement = Agreement.model_validate(data)
    assert {name: getattr(agreement, name) for name in said} == said
    assert agreement.offices[0].also == ()
    offense = agreement.statutes[0]
    assert (offense.also, offense.days_after_final_order, offense.paragraphs_without_delay) == ((), None, ())
    assert agreement.match_policy.confirm_probability == 0.5


def test_the_law_is_frozen_closed_trimmed_and_silent_about_what_it_refuses() -> None:
    agency = Agency.model_validate({"id": "irs", "name": "  Internal Revenue Service "})
    assert agency.name == "Internal Revenue Service"
    with pytest.raises(ValidationError):
        agency.name = "Another"
    with pytest.raises(ValidationError) as caught:
        Agency.model_validate({"id": "Secret-1", "name": "x", "more": "Secret-2"})
    assert "more" in str(caught.value)
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize("figure", [{}, {"value": None}, {"value": -1}])
def test_a_limit_without_a_figure_does_not_load_whatever_its_seal(figure: dict[str, Any]) -> None:
    sealed = {**_WORDS, **figure, "sha256": compute_seal(f"Words. = {figure.get('value')}")}
    with pytest.raises(ValidationError) as refused:
        Limit.model_validate(sealed)
    assert [fault["loc"] for fault in refused.value.errors()] == [("value",)]


def test_an_agreement_with_matching_rests_on_the_statute_of_matching() -> None:
    matching = _AGREEMENT | {"matching": WHOLE[MatchingProfile]}
    assert Agreement.model_validate(matching | {"rests_on": ["usc-26-6103", "usc-5-552a"]}).matching is not None
    with pytest.raises(ValidationError, match="rests on usc-5-552a too"):
        Agreement.model_validate(matching)


@pytest.mark.parametrize("instruments", [{}, {"instruments": []}])
def test_an_order_that_forbids_nothing_says_what_it_is_all_the_same(instruments: dict[str, Any]) -> None:
    denial = {
        name: value for name, value in WHOLE[CourtOrder].items() if name not in {"instruments", "prohibits", "binds"}
    }
    assert CourtOrder.model_validate(denial | {"instruments": ["denial"]}).prohibits == ()
    with pytest.raises(ValidationError) as refused:
        CourtOrder.model_validate(denial | instruments)
    assert [fault["loc"] for fault in refused.value.errors()] == [("instruments",)]


OFFICE = {"street": "500 12th St SW", "city": "Washington", "state": "DC", "zip": "20536"}


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"street": "ICE Headquarters"}, "number"),
        ({"street": "500"}, "street"),
        ({"street": ""}, "number, street"),
        ({"street": "\u4e2d\u6587"}, "number"),
        ({"city": "", "zip": ""}, "city, zip"),
        ({"city": "", "state": ""}, None),
        ({"zip": "none"}, "zip"),
        ({"zip": "20536-0001"}, None),
        ({"street": "P.O. Box 12"}, None),
        ({"street": "1 Federal Plaza, Suite 100"}, None),
        ({"street": "N8780 Ferncliff Rd"}, None),
    ],
)
def test_an_office_has_every_part_by_which_rows_are_compared(changes: dict[str, str], missing: str | None) -> None:
    """An office without a number would be the address of every row that has none (A12)."""
    if missing is None:
        OfficeAddress.model_validate(OFFICE | changes)
        return
    with pytest.raises(ValidationError, match=f"an office's address must have a {missing} that can be read") as refused:
        OfficeAddress.model_validate(OFFICE | changes)
    assert not [value for value in changes.values() if len(value) > 4 and value in str(refused.value)]


def test_an_agreement_with_an_office_that_cannot_be_read_does_not_load() -> None:
    shipped = next(iter(load_law().agreements.values())).model_dump(mode="json")
    shipped["office_addresses"][0]["street"] = "Headquarters"
    with pytest.raises(PolicyError) as refused:
        build_document(Agreement, shipped, "agreements/x.yaml")
    assert refused.value.code == "law_invalid"
    assert "office_addresses.0" in refused.value.message
