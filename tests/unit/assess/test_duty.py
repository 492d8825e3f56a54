"""What a rule would ask of a customer, by what the file says; and that accepting more never asks for more."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.assess.assessment import RuleAssessment, assess_cells
from comity.assess.cells import CellLayout, Cells
from comity.assess.duty import Duty, judge_cells
from comity.assess.rates import load_statistics
from comity.law.candidate import AccountKind, NumberKind, Terms
from comity.law.worth import load_evidence_table
from tests.unit.assess.bank import AS_OF, INPUTS, SETTLED, counts_of, customer, rule, write_csv

TABLE = load_evidence_table()
LINK = {"name_rule": "link"}
EXACT = {"name_rule": "exact"}
LISTED = {"noncitizens": ["foreign-passport"]}
NEW = {"who": {"natural_persons_only": True, "opened_from": "2026-01-01"}}


@pytest.mark.parametrize(
    ("terms", "changes", "duty"),
    [
        ({}, {}, "settled"),
        ({}, {"document_expires_on": "2026-11-28"}, "settled"),
        ({}, {"document_expires_on": "2026-11-27"}, "must_act"),
        ({}, {"document_expires_on": ""}, "unknown"),
        ({}, {"document_kind": "real-id"}, "must_act"),
        ({}, {"document_kind": "other"}, "must_act"),
        ({}, {"document_kind": ""}, "unknown"),
        ({}, {"details_kept": "no"}, "must_act"),
        ({}, {"details_kept": ""}, "unknown"),
        ({}, {"verified": "no"}, "must_act"),
        ({}, {"verified": ""}, "unknown"),
        ({}, {"details_kept": "", "verified": "no"}, "must_act"),
        ({}, {"kind": "organization", "document_kind": "other"}, "out_of_scope"),
        ({}, {"kind": "", "document_kind": "other"}, "unknown"),
        ({}, {"former_name_on_file": "yes"}, "settled"),
        (LINK, {"former_name_on_file": "yes"}, "unknown"),
        (EXACT, {"former_name_on_file": "yes"}, "must_act"),
        (EXACT, {"former_name_on_file": ""}, "unknown"),
        ({}, {"number_kind": "alien_card", "document_kind": "foreign-passport"}, "not_addressed"),
        ({}, {"number_kind": "itin", "document_kind": "foreign-passport"}, "must_act"),
        (LISTED, {"number_kind": "alien_card", "document_kind": "foreign-passport"}, "settled"),
        (LISTED, {"number_kind": "alien_card", "document_kind": "real-id"}, "must_act"),
        (NEW, {"document_kind": "real-id", "opened_on": "2025-12-31"}, "out_of_scope"),
        (NEW, {"document_kind": "real-id", "opened_on": "2026-01-01"}, "must_act"),
        (NEW, {"document_kind": "real-id", "opened_on": ""}, "unknown"),
        (
            {"shows": ["us-birth-certificate"]},
            {"document_kind": "us-birth-certificate", "document_expires_on": ""},
            "settled",
        ),
    ],
)
def test_the_duty_of_one_customer(tmp_path: Path, terms: dict[str, Any], changes: dict[str, str], duty: str) -> None:
    counts = counts_of(write_csv(tmp_path / "a.csv", [{**SETTLED, **changes}]), rule(**terms))
    assert counts[duty] == 1, counts


@pytest.mark.parametrize(
    ("exception", "changes", "duty"),
    [
        ({"exempts": True, "who": {"opened_before": "2020-01-01"}}, {}, "out_of_scope"),
        ({"exempts": True, "who": {"opened_before": "2019-01-01"}}, {}, "must_act"),
        ({"exempts": True, "who": {"opened_before": "2020-01-01"}}, {"opened_on": ""}, "unknown"),
        ({"exempts": True, "who": {"number_kinds": ["ssn"]}}, {}, "out_of_scope"),
        ({"also_shows": ["driver-license"], "who": {"number_kinds": ["ssn"]}}, {}, "settled"),
        ({"also_shows": ["driver-license"], "who": {"number_kinds": ["itin"]}}, {}, "must_act"),
    ],
)
def test_an_exception_asks_less_of_those_it_reaches(
    tmp_path: Path, exception: dict[str, Any], changes: dict[str, str], duty: str
) -> None:
    excepted = rule(exceptions=[{"id": "one", "summary": "An exception.", **exception}])
    counts = counts_of(write_csv(tmp_path / "a.csv", [customer("a", **changes)]), excepted)
    assert counts[duty] == 1, counts


def test_minors_entities_and_non_us_persons_are_counted_and_not_estimated(tmp_path: Path) -> None:
    rows = [
        customer("minor", birth_year="2010"), customer("of-age-this-year", birth_year="2008"),
        customer("next-year", birth_year="2009"),
        customer("entity", kind="organization"), customer("non-us", number_kind="passport"), customer("adult"),
    ]  # fmt: skip
    everyone = rule(who={}, **LISTED)
    counts = counts_of(write_csv(tmp_path / "a.csv", rows), everyone)
    assert (counts["must_act"], counts["not_estimable"], counts["estimable"]) == (6, 4, 2)


_KINDS = sorted(TABLE.kinds)
_some_kinds = st.frozensets(st.sampled_from(_KINDS), min_size=1, max_size=5)
_whos = st.fixed_dictionaries(
    {},
    optional={
        "opened_from": st.sampled_from(["2000-01-01", "2020-01-01"]),
        "opened_before": st.sampled_from(["2021-01-01", "2026-01-01"]),
        "natural_persons_only": st.booleans(),
        "account_kinds": st.lists(st.sampled_from(list(AccountKind)), min_size=1, unique=True),
        "number_kinds": st.lists(st.sampled_from(list(NumberKind)), min_size=1, unique=True),
    },
)
_names = st.sampled_from(["exact", "link", "silent"])
_layout = CellLayout(
    tuple(date(year, 1, 1) for year in (2000, 2020, 2021, 2026)), CellLayout.for_rules([], TABLE, AS_OF).kinds, AS_OF
)


@st.composite
def _cells(draw: st.DrawFn) -> Cells:
    """Some cells of every kind, with up to a hundred thousand customers each."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    parts = {name: random.integers(0, size, 300) for name, size in _layout.sizes.items()}
    counts = random.integers(1, draw(st.sampled_from([2, 50, 100_000])), 300)
    return Cells(_layout, parts, counts)


def _assess(cells: Cells, *terms: dict[str, Any]) -> tuple[RuleAssessment, ...]:
    rules = [rule(id=f"rule-{place}", **given_terms) for place, given_terms in enumerate(terms)]
    return assess_cells(cells, rules, INPUTS, load_statistics(), TABLE).rules


def _shut_out(assessed: RuleAssessment) -> list[float]:
    families = {reading.family: reading for reading in assessed.readings}
    readings = [families.get(family, families.get("")) for family in load_statistics().readings()]
    return [
        end
        for reading in readings
        if reading is not None
        for name in ("without_document", "none_at_all")
        for end in (reading.figures[name].low, reading.figures[name].high)
    ]


@settings(max_examples=20, deadline=None)
@given(_cells(), _whos, _some_kinds, st.sampled_from(_KINDS), _names)
def test_accepting_one_more_kind_never_shuts_more_out(
    cells: Cells, who: dict[str, Any], shows: frozenset[str], more: str, name_rule: str
) -> None:
    terms: dict[str, Any] = {"who": {k: _plain(v) for k, v in who.items()}, "name_rule": name_rule}
    less, wider = _assess(cells, {**terms, "shows": sorted(shows)}, {**terms, "shows": sorted(shows | {more})})
    assert all(after <= before for before, after in zip(_shut_out(less), _shut_out(wider), strict=True))
    for count in ("must_act", "estimable"):
        assert wider.counts[count].low <= less.counts[count].low


@settings(max_examples=20, deadline=None)
@given(_cells(), _whos, _whos, _some_kinds, _some_kinds, _names, st.booleans())
def test_an_exception_never_adds_to_those_who_must_act(
    cells: Cells,
    who: dict[str, Any],
    excepted: dict[str, Any],
    shows: frozenset[str],
    also: frozenset[str],
    name_rule: str,
    exempts: bool,
) -> None:
    terms: dict[str, Any] = {
        "who": {k: _plain(v) for k, v in who.items()},
        "name_rule": name_rule,
        "shows": sorted(shows),
    }
    effect: dict[str, Any] = {"exempts": True} if exempts else {"also_shows": sorted(also)}
    exception = {"id": "one", "summary": "An exception.", "who": {k: _plain(v) for k, v in excepted.items()}, **effect}
    plain, with_one = _assess(cells, terms, {**terms, "exceptions": [exception]})
    for count in ("must_act", "may_act"):
        assert with_one.counts[count].low <= plain.counts[count].low


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    _whos,
    st.lists(st.tuples(_whos, st.booleans(), _some_kinds), max_size=3),
    _some_kinds,
    _names,
    st.booleans(),
)
def test_a_blank_is_unknown_unless_every_way_of_filling_it_in_agrees(
    seed: int, who: dict[str, Any], excepted: list[Any], shows: frozenset[str], name_rule: str, listed: bool
) -> None:
    random = np.random.default_rng(seed)
    exempts = random.random() < 0.3  # exceptions of both kinds for one customer would contradict each other
    exceptions = [
        {"id": f"e{n}", "summary": "An exception.", "who": {k: _plain(v) for k, v in whom.items()}}
        | ({"exempts": True} if exempts else {"also_shows": sorted(also)})
        for n, (whom, _, also) in enumerate(excepted)
    ]
    terms = rule(
        who={k: _plain(v) for k, v in who.items()}, shows=sorted(shows), name_rule=name_rule, exceptions=exceptions,
        **(LISTED if listed else {}),
    ).terms(AS_OF)  # fmt: skip
    sizes = _layout.sizes
    for _ in range(15):
        whole = {name: int(random.integers(1, size)) for name, size in sizes.items()}
        blanks = [str(name) for name in random.choice([n for n in sizes if n != "state"], 2, replace=False)]
        fillings = [
            {**whole, blanks[0]: first, blanks[1]: second}
            for first in range(1, sizes[blanks[0]])
            for second in range(1, sizes[blanks[1]])
        ]
        _check_blank({**whole, **dict.fromkeys(blanks, 0)}, fillings, terms)


def _check_blank(blank: dict[str, int], fillings: list[dict[str, int]], terms: Terms) -> None:
    parts = {name: np.array([row[name] for row in (blank, *fillings)]) for name in blank}
    judged = judge_cells(terms, Cells(_layout, parts, np.ones(1 + len(fillings), np.int64)), TABLE)
    known = {Duty(int(duty)) for duty in judged.duty[1:]} - {
        Duty.UNKNOWN
    }  # a former name leaves the rule of links open
    is_open = Duty.UNKNOWN in judged.duty[1:]
    if not blank["expiry"]:  # papers without a date need none, so that a blank there is no gap
        return
    if len(known) > 1:
        assert judged.duty[0] == Duty.UNKNOWN
    elif not is_open and blank["document_kind"]:
        assert judged.duty[0] == next(iter(known))
    assert judged.may_act[0] >= judged.may_act[1:].any()


def test_seventy_exceptions_that_widen_a_rule_are_each_its_own(tmp_path: Path) -> None:
    for reached, duty in (("trust", "must_act"), ("individual", "settled")):
        exceptions = [
            {
                "id": f"e{n}",
                "summary": "An exception.",
                "also_shows": ["us-passport-card"],
                "who": {"account_kinds": ["individual"]},
            }
            for n in range(69)
        ]
        last = {
            "id": "last",
            "summary": "An exception.",
            "also_shows": ["driver-license"],
            "who": {"account_kinds": [reached]},
        }
        path = write_csv(tmp_path / "a.csv", [customer("a", document_kind="driver-license")])
        counts = counts_of(path, rule(exceptions=[*exceptions, last]))
        assert counts[duty] == 1


@pytest.mark.parametrize(
    ("changes", "duty"),
    [
        ({"number_kind": "", "document_kind": "real-id"}, "unknown"),
        ({"number_kind": "passport", "kind": "", "document_kind": "real-id"}, "unknown"),
        ({"kind": ""}, "unknown"),
        ({"opened_on": ""}, "settled"),
    ],
)
def test_a_blank_is_put_with_neither_side(tmp_path: Path, changes: dict[str, str], duty: str) -> None:
    assert counts_of(write_csv(tmp_path / "a.csv", [{**SETTLED, **changes}]), rule())[duty] == 1


def _plain(value: Any) -> Any:
    return [str(part) for part in value] if isinstance(value, list) else value
