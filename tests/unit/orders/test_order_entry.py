"""An order's file is checked before it is filed: every fault at once, in words; and what it would change is shown."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.errors import PolicyError
from comity.law import CourtOrder, compute_seal, load_law
from comity.law.loader import parse_yaml
from comity.orders.order_entry import OrderDraft, draft_order
from comity.orders.order_fields import FIELD_EXAMPLES, FIELD_WORDS, PAPER_KINDS, render_template
from comity.orders.order_preview import PreviewPeriod, preview_confirmation, preview_order
from tests.support.rule_cases import build_order

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
STAY = {"order": "O2", "how": "stayed", "effective_at": AT, "hangs_on": {"matter": "appeal", "case": "26-5006"}}
VACATUR = {"order": "O2", "how": "vacated", "effective_at": AT}
BAN = {"binds": ["irs"], "prohibits": ["disclose"]}


def draft(**fields: Any) -> OrderDraft:
    return draft_order(build_order({"id": "X1", "dated": DAY, **fields}), load_law(), at=NOW)


def list_faults(**fields: Any) -> list[str]:
    """Return the faults that an order's file is refused for."""
    with pytest.raises(PolicyError) as refused:
        draft(**fields)
    assert refused.value.code == "order_refused"
    return [line.strip() for line in refused.value.message.splitlines()[1:]]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an act that does not say all or part": (
        {"instruments": ["mandate"], "acts_on": [{"order": "O2", "how": "reversed", "extent": None}]},
        "all or part?",
    ),
    "a stay that hangs on nothing": (
        {"instruments": ["appellate_stay"], "acts_on": [{**STAY, "hangs_on": None}]},
        "what does the stay hang on?",
    ),
    "a stay that stays nothing": ({"instruments": ["administrative_stay"]}, "names the order that it stays"),
    "a part that is empty": (
        {"instruments": ["appellate_stay"], "acts_on": [{**STAY, "extent": "part", "part": {"parties": None}}]},
        "say which part",
    ),
    "a part about somebody whom the order does not bind": (
        {"instruments": ["appellate_stay"], "acts_on": [{**STAY, "part": {"parties": ["ice"]}}]},
        "O2 does not bind ice",
    ),
    "a part about a case in which it was not entered": (
        {"instruments": ["appellate_stay"], "acts_on": [{**STAY, "part": {"cases": ["25-cv-1"]}}]},
        "was not entered in a case that the part names",
    ),
    "a modification of the whole": (
        {"instruments": ["clarification"], "acts_on": [{"order": "O2", "how": "modified", "effective_at": AT}]},
        "modified in part",
    ),
    "an order that is not on file": (
        {"instruments": ["appellate_stay"], "acts_on": [{**STAY, "order": "O77"}]},
        "O77 is not on file",
    ),
    "an order that acts on itself": (
        {"instruments": ["appellate_stay"], "acts_on": [{**STAY, "order": "X1"}]},
        "does not act on itself",
    ),
    "an id that is taken": ({"id": "O3", "instruments": ["tro"], **BAN}, "id: an order of that id is on file"),
    "an agreement that is not on file": (
        {"instruments": ["tro"], **BAN, "agreements": ["none-such"]},
        "no agreement none-such is on file",
    ),
    "a restraining order that forbids nothing": ({"instruments": ["tro"]}, "prohibits: such a paper forbids something"),
    "an order of tomorrow": (
        {"instruments": ["tro"], **BAN, "issued_at": NOW + timedelta(days=1)},
        "still to come",
    ),
    "a time without a zone": (
        {"instruments": ["tro"], **BAN, "effective_at": datetime(2026, 11, 20, 9)},  # noqa: DTZ001
        "a time needs its zone",
    ),
    "a field that nobody knows": ({"instruments": ["tro"], **BAN, "surprise": 1}, "there is no such field"),
    "a word that is none of those known": ({"instruments": ["decree"], **BAN}, "none of the words"),
    "a matter that a paper cannot decide so": (
        {"instruments": ["denial"], "decides": [{"matter": "motion", "case": "25-1", "outcome": "affirmed"}]},
        "a motion is granted",
    ),
    "a district in another state": (
        {"instruments": ["tro"], **BAN, "districts": [{"name": "D. Mass.", "states": ["IL"]}]},
        "D. Mass. lies in MA",
    ),
    "a part in a district in another state": (
        {
            "instruments": ["appellate_stay"],
            "acts_on": [{**STAY, "part": {"districts": [{"name": "Northern District of Illinois", "states": ["TX"]}]}}],
        },
        "lies in IL",
    ),
    "an act on an order that was issued later": (
        {"instruments": ["vacatur"], "issued_at": date(2025, 11, 20), "acts_on": [{**VACATUR, "effective_at": AT}]},
        "issued before O2 was",
    ),
    "an end before its beginning": (
        {"instruments": ["tro"], **BAN, "expires_at": DAY - timedelta(days=1)},
        "expires_at: that lies before",
    ),
    "no words": ({"instruments": ["tro"], **BAN, "summary": ""}, "summary: it is empty"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_draft_order__refuses(what: str) -> None:
    fields, fault = REFUSED[what]
    assert any(fault in line for line in list_faults(**fields)), what


def test_draft_order__says_all_that_is_wrong_at_once() -> None:
    acts = [{**STAY, "extent": None, "hangs_on": None}, {**STAY, "order": "O77"}]
    faults = list_faults(instruments=["appellate_stay"], acts_on=acts, court="", citation="", agreements=["none-such"])
    expected = ("court", "citation", "none-such", "number 1: all or part", "number 1: what does", "number 2: order O77")
    assert [any(word in fault for fault in faults) for word in expected] == [True] * len(expected)
    assert len(faults) == len(set(faults))


def test_draft_order__reads_a_mere_day_as_its_first_moment() -> None:
    stay = {**STAY, "effective_at": DAY, "hangs_on": {"matter": "day", "until": date(2026, 12, 1)}}
    order = draft(instruments=["appellate_stay"], acts_on=[stay], effective_at=DAY).order
    assert order.effective_at == order.acts_on[0].effective_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert order.acts_on[0].hangs_on is not None
    assert order.acts_on[0].hangs_on.until == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["D. Mass.", "District of Massachusetts", "D. Mass", "Boston Division"])
def test_draft_order__takes_a_district_of_its_state_or_one_that_names_none(name: str) -> None:
    assert draft(instruments=["tro"], **BAN, districts=[{"name": name, "states": ["MA"]}]).order.districts


def test_draft_order__binds_whom_it_can_and_names_the_others() -> None:
    drafted = draft(
        instruments=["tro"], binds=["Internal Revenue Service", "Bureau of the Mint"], prohibits=["disclose"]
    )
    assert (drafted.order.binds, drafted.order.binds_by_name) == (("irs",), ("Bureau of the Mint",))
    assert any("Bureau of the Mint is on no file" in remark for remark in drafted.remarks)
    assert not any("Internal Revenue" in remark for remark in drafted.remarks)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"instruments": ["tro"], **BAN}, "within 14 days"),
        ({"instruments": ["tro"], **BAN, "exceptions": ["as a court orders"]}, "open nothing by themselves"),
        ({"instruments": ["tro"], **BAN, "statutes": ["the Act"]}, "cannot be read"),
        (
            {"instruments": ["appellate_stay"], "acts_on": [{**STAY, "part": {"in_words": "as to the members"}}]},
            "frees no batch",
        ),
        (
            {
                "instruments": ["appellate_stay"],
                "acts_on": [{**STAY, "part": {"districts": [{"name": "N.D. Ill.", "states": ["IL"]}]}}],
            },
            "N.D. Ill.",
        ),
        (
            {"instruments": ["denial"], "decides": [{"matter": "motion", "case": "25-1", "outcome": "denied"}]},
            "No stay on file hangs on",
        ),
        ({"instruments": ["vacatur"], "court": "9th Cir.", "acts_on": [VACATUR]}, "9th Cir. is another court"),
        ({"instruments": ["vacatur"], "court": "D.D.C.", "acts_on": [VACATUR]}, "this paper names other cases"),
        ({"instruments": ["tro"], **BAN, "court": "D. Masss."}, "Is it D. Mass.?"),
        ({"instruments": ["tro"], **BAN, "court": "The Court"}, "counts as any court"),
    ],
)
def test_draft_order__says_what_the_order_leaves_open(fields: dict[str, Any], words: str) -> None:
    assert any(words in remark for remark in draft(**fields).remarks)


def test_preview_order__shows_what_stops_the_agreement_before_and_after() -> None:
    order = draft(instruments=["appellate_stay"], court="D.C. Cir.", acts_on=[STAY]).order
    (agreement,) = preview_order(load_law(), order)
    both, one = ("O2", "O3"), ("O3",)
    lapses_at = datetime(2026, 12, 29, tzinfo=UTC)  # thirty days after it was entered
    assert agreement.periods[1:] == (
        PreviewPeriod(AT, both, both, one),
        PreviewPeriod(lapses_at, both, both, both),
    )
    pending = replace(load_law(), orders={**load_law().orders, "X1": order}, pending=frozenset({"X1"}))
    confirmation = preview_confirmation(pending, "X1")[0].periods
    assert [(period.now, period.confirmed) for period in confirmation[1:]] == [(both, one), (both, both)]
    denial = draft(instruments=["denial"]).order
    assert preview_order(load_law(), denial)[0].periods == ()
    keeping = draft(instruments=["tro"], binds=["ice"], prohibits=["delete"]).order
    assert preview_order(load_law(), keeping)[0].periods == ()
    ban = draft(instruments=["tro"], **BAN).order
    with_ban = preview_order(load_law(), ban)[0].periods[-1]
    assert with_ban.now == both
    assert set(with_ban.entered) == set(with_ban.confirmed) == {"O2", "O3", "X1"}


@pytest.mark.parametrize("kind", PAPER_KINDS)
def test_render_template__is_refused_as_it_is_and_filed_once_filled_in(kind: str) -> None:
    document = parse_yaml(render_template(kind), kind)
    with pytest.raises(PolicyError, match="court: it is empty"):
        draft_order(document, load_law(), at=NOW)
    words = {"court": "D. Mass.", "case_number": "1:26-cv-1", "case_name": "A v. B", "citation": "D. Mass., 1 Nov 2026"}
    filled = document | words | {"id": "X1", "summary": "An order that exists only in a test.", "issued_at": DAY}
    filled |= {name: build_order({"dated": DAY})[name] for name in ("sha256", "effective_from", "last_checked_on")}
    filled["effective_at"] = DAY
    if "prohibits" in filled:
        filled |= BAN
    for act in filled.get("acts_on") or ():
        is_part = act["extent"] == "part"
        act |= {
            "order": "O2",
            "extent": "part" if is_part else "whole",
            "part": {"parties": ["irs"]} if is_part else None,
        }
        if "stated_in" not in act:
            act["effective_at"] = DAY
        if "hangs_on" in act:
            act["hangs_on"] |= {"matter": "appeal", "case": "26-5006"}
    for decision in filled.get("decides") or ():
        decision |= {"matter": "appeal", "case": "26-5006", "outcome": "dismissed"}
    order = draft_order(filled, load_law(), at=NOW).order
    assert order.instruments == (PAPER_KINDS[kind].instrument,)


def test_field_words__explain_every_field_that_a_template_has() -> None:
    for kind in PAPER_KINDS:
        names = {line.strip(" -").partition(":")[0] for line in render_template(kind).splitlines() if "#" not in line}
        assert names <= FIELD_WORDS.keys()


@pytest.mark.parametrize("kind", PAPER_KINDS)
def test_render_template__filled_in_with_its_own_examples_can_be_entered(kind: str) -> None:
    lines: list[str] = []
    for line in render_template(kind).splitlines():
        example = lines[-1].partition("# Example:  ")[2] if lines else ""
        is_empty = line.endswith(":") and "#" not in line
        lines.append(line.removesuffix(line.strip(" -")) + example if is_empty and example else line)
    document = parse_yaml("\n".join(lines), kind)
    entered_fields = build_order({"dated": DAY})
    document |= {name: entered_fields[name] for name in ("effective_from", "last_checked_on")}
    document["sha256"] = compute_seal(document["summary"])
    for act in document.get("acts_on") or ():
        act["extent"] = "part" if "part" in act else "whole"
    order = draft_order(document, load_law(), at=NOW).order
    assert order.judges == ("Jane Roe", "John Doe")
    names = {line.strip(" -").partition(":")[0] for line in lines if line.endswith(":") and "#" not in line}
    assert names <= {"acts_on", "part", "hangs_on", "decides"}  # those are laid out, field by field


@pytest.mark.parametrize("name", ["judges", "binds", "prohibits", "docket_number", "districts", "plaintiffs"])
@pytest.mark.parametrize("value", [12, True, {"a": 1}, [12], [[]], 1.5])
def test_draft_order__says_in_plain_words_how_a_value_is_written(name: str, value: Any) -> None:
    faults = list_faults(**{"instruments": ["tro"], **BAN, name: value})
    (fault,) = [fault for fault in faults if f"{name}:" in fault.partition(" ")[2] or f"{name} (" in fault]
    assert f"Example: {name}: {FIELD_EXAMPLES[name]}" in fault or "Example: states: [MA]" in fault
    assert not re.search(r"valid (?:tuple|string|dictionary)|instance of|[Ii]nput", "".join(faults))


@pytest.mark.parametrize(
    ("name", "state"),
    [("D. Mass.", "MA"), ("N.D. Ill.", "IL"), ("S.D.N.Y.", "NY"), ("D.D.C.", "DC"), ("D. Maryland", "MD")],
)
def test_draft_order__reads_the_state_of_a_district_given_by_its_name(name: str, state: str) -> None:
    for district in (name, {"name": name}):
        (found,) = draft(instruments=["tro"], **BAN, districts=[district]).order.districts
        assert (found.name, found.states) == (name, (state,))
    stay = {**STAY, "extent": "part", "part": {"districts": [name]}}
    part = draft(instruments=["appellate_stay"], acts_on=[stay]).order.acts_on[0].part
    assert part is not None
    assert part.districts[0].states == (state,)


@pytest.mark.parametrize("name", ["Boston Division", "D. Wyo.", "D. Mass. and D. Me.", "the District", "D. Nowhere"])
def test_draft_order__asks_for_the_states_of_a_district_whose_name_does_not_say_them(name: str) -> None:
    faults = list_faults(instruments=["tro"], **BAN, districts=[name])
    assert any("states of districts" in fault and "two letters each" in fault for fault in faults)


GARBAGE: list[Any] = [
    5,
    True,
    "x",
    "\udc80",
    "\0",
    [],
    [[]],
    [{}],
    {},
    {"a": {"b": []}},
    [5],
    date(1, 1, 1),
    10**400,
    1.5,
]


@pytest.mark.parametrize("field", sorted(set(FIELD_WORDS) & CourtOrder.model_fields.keys()))
def test_draft_order__refuses_or_takes_whatever_is_in_a_field(field: str) -> None:
    whole = build_order({"id": "X1", "dated": DAY, "instruments": ["tro"], **BAN})
    for value in GARBAGE:
        with suppress(PolicyError):
            draft_order({**whole, field: value}, load_law(), at=NOW)


@pytest.mark.parametrize("name", [*STAY, "part", "extent"])
def test_draft_order__refuses_or_takes_whatever_is_in_an_act(name: str) -> None:
    for value in GARBAGE:
        with suppress(PolicyError):
            draft(instruments=["appellate_stay"], acts_on=[{**STAY, name: value}])
        with suppress(PolicyError):
            draft(instruments=["appellate_stay"], acts_on=[{**STAY, "hangs_on": {"matter": value, "case": value}}])
        with suppress(PolicyError):
            draft(instruments=["appellate_stay"], acts_on=[{**STAY, "part": {"parties": value, "cases": value}}])


@pytest.mark.parametrize("year", [1, 1899, 2200, 9999])
def test_draft_order__refuses_a_year_that_no_court_writes(year: int) -> None:
    stay = {**STAY, "hangs_on": {"matter": "day", "until": datetime(year, 12, 31, tzinfo=UTC)}}
    assert any("Correct the year" in fault for fault in list_faults(instruments=["appellate_stay"], acts_on=[stay]))


def test_the_guide_lists_every_kind_of_paper() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "court-orders.md").read_text(encoding="utf-8")
    listed = guide.partition("Kinds of paper:")[2].partition("\n\n")[0]
    assert re.findall(r"`([\w-]+)`", listed) == list(PAPER_KINDS)


@pytest.mark.parametrize("court", ["D.C. Cir.", "U.S."])
def test_draft_order__says_nothing_of_a_court_above(court: str) -> None:
    remarks = draft(instruments=["vacatur"], court=court, acts_on=[VACATUR]).remarks
    assert not [remark for remark in remarks if "O2" in remark or remark.startswith("court:")]


def test_draft_order__takes_a_paper_of_the_very_day_of_the_order_on_which_it_acts() -> None:
    issued_at = load_law().orders["O2"].issued_at.date()
    act = {**VACATUR, "effective_at": AT}
    assert draft(instruments=["vacatur"], court="D.D.C.", issued_at=issued_at, acts_on=[act]).order.acts_on


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"instruments": ["TRO"], **BAN}, "Write tro."),
        ({"instruments": ["Preliminary Injunction"], **BAN}, "Write preliminary_injunction."),
        ({"instruments": ["tro"], **BAN, "prohibits": ["discloses"]}, "Write disclose."),
        ({"instruments": ["tro"], **BAN, "districts": ["D. Masss."]}, "Is it D. Mass.?"),
        ({"instruments": ["vacatur"], "acts_on": [{**VACATUR, "how": "extended"}]}, "with how: superseded"),
    ],
)
def test_draft_order__names_the_word_that_is_meant(fields: dict[str, Any], words: str) -> None:
    faults = list_faults(**fields)
    assert any(words in fault for fault in faults)
    assert not any("one item at least" in fault for fault in faults), "the list has an item"


def test_draft_order__takes_an_order_of_its_own_last_day() -> None:
    ends_on = datetime(2026, 11, 20, tzinfo=UTC)
    entered = draft(instruments=["tro"], **BAN, court="D. Mass.", issued_at=AT, effective_at=AT, expires_at=ends_on)
    assert entered.order.expires_at == ends_on
    assert any(
        "expires_at" in fault for fault in list_faults(instruments=["tro"], **BAN, expires_at=date(2026, 11, 19))
    )
