"""Check an order's file before it is filed: everything that is wrong at once, in words about the order.

Guarantees: an order that is entered fits the law on file, and each of its acts says whether it is about all of an order
or a part, and each stay what it hangs on. A party that is on no file is entered by its name. What the order leaves open
is said in remarks: parties on no file, parts that free nothing, exceptions, papers that decide nothing on file.
Does not: file (`order_filings`).
Basis: docs/law-notes.md 6; ADR 0031.
Start at `draft_order`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeGuard

from pydantic import ValidationError

from comity.errors import PolicyError
from comity.law.corpus import Law
from comity.law.court_days import find_opening_time
from comity.law.court_order import CourtOrder, Instrument, ProhibitedAct
from comity.law.courts import can_share_matter, is_known_court, read_court, suggest_court
from comity.law.dispositions import DispositionKind, Extent, MatterKind, MatterOutcome, read_case_numbers
from comity.normalize.confusable_ids import find_look_alike
from comity.orders.court_times import format_court_day, is_mere_day
from comity.orders.order_fields import FIELD_EXAMPLES, FIELD_WORDS

_BANS = frozenset(
    {
        Instrument.TRO,
        Instrument.PRELIMINARY_INJUNCTION,
        Instrument.PERMANENT_INJUNCTION,
        Instrument.STAY_705,
        Instrument.CONSENT_DECREE,
        Instrument.INJUNCTION_PENDING_APPEAL,
    }
)
_DISTRICT_WORDS = re.compile(
    r"^\s*(?:[NSEWMC]\s*\.?\s*)?D\s*\.|\b(?:UNITED STATES|U\.S\.|(?:\w+ERN )?DISTRICT(?: COURT)?|OF|FOR|THE)\b"
)
_POSSIBLE_YEARS = range(1900, 2200)
_STAYS = frozenset({Instrument.APPELLATE_STAY, Instrument.ADMINISTRATIVE_STAY})
_WORDS_BY_FAULT = {
    "missing": "it is empty",
    "extra_forbidden": "there is no such field; comity orders template shows those there are",
    "timezone_aware": "a time needs its zone",
    "enum": "it is none of the words that are known here",
    "string_type": "words are wanted; put a number, a day, or yes and no in quotes",
    "tuple_type": "a list is wanted, in square brackets, even for one item",
    "model_type": "it has fields of its own, each with a name and a colon",
    "model_attributes_type": "it has fields of its own, each with a name and a colon",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_too_short": "it is too short",
    "string_too_long": "it is too long",
    "string_pattern_mismatch": "it is not written as such a value is",
    "too_short": "it needs one item at least",
}
_WORDS_BY_KIND_OF_FAULT = (
    ("datetime", "a day or a time is wanted, a time with its zone"),
    ("date", "a day is wanted"),
    ("int", "a whole number is wanted"),
    ("greater", "the number is too small"),
    ("less", "the number is too large"),
)
_KNOWN_WORDS: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "instruments": Instrument,
        "prohibits": ProhibitedAct,
        "how": DispositionKind,
        "extent": Extent,
        "matter": MatterKind,
        "outcome": MatterOutcome,
    }
)
"""The fields that take one of a few words."""
_OTHER_FAULT = "it is not written as such a value is"
_SPREAD_DISTRICTS = frozenset({"WY"})
"""States whose district reaches into others (28 USC 131: Yellowstone), so that its name does not say all of them."""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order that can be filed, and what should be known about it first."""

    order: CourtOrder
    remarks: tuple[str, ...]


def draft_order(
    document: Mapping[str, Any],
    law: Law,
    *,
    at: datetime,
    past_ids: Collection[str] = (),
    is_preview: bool = False,
) -> OrderDraft:
    """Return an order's file as an order that fits the law on file.

    Args:
        document: the order's fields, as in `law/orders`; empty ones are left out, and a mere day is its midnight UTC.
            `recorded_from` becomes the day of `at`, whatever the file says.
        law: as on file.
        at: now.
        past_ids: the ids of orders that were entered and withdrawn, which stand for them for good.
        is_preview: take an order that is still to come, and say in a remark that it cannot be filed yet.

    Raises:
        PolicyError: `order_refused`, with everything that is wrong.
    """
    fields = _remove_empty(document) or {}
    fields["recorded_from"] = at.astimezone(UTC).date()
    fields = _date_to_times(_complete_districts(_move_unlisted_parties(fields, law)))
    faults = [*_list_form_faults(fields), *_list_law_faults(fields, law, past_ids)]
    is_to_come = _is_to_come(fields, at)
    if is_to_come and not is_preview:
        faults.append("issued_at: that is still to come. An order is entered once it is issued.")
    if faults:
        raise _refused_error(list(dict.fromkeys(faults)))
    order = CourtOrder.model_validate(fields)
    issued_on = format_court_day(order.issued_at, order.court)
    early = (f"This is a trial: the paper cannot be filed before it is issued, on {issued_on}.",) if is_to_come else ()
    return OrderDraft(order, (*early, *list_remarks(order, law)))


def list_remarks(order: CourtOrder, law: Law) -> tuple[str, ...]:
    """Return what an order leaves open, or does less than a reader may expect; `law` is that beside the order.

    Both persons are shown the same: whoever enters the order, and whoever confirms it.
    """
    return tuple(_iterate_remarks(order, law))


def _is_to_come(fields: Mapping[str, Any], at: datetime) -> bool:
    issued_at = fields.get("issued_at")
    return isinstance(issued_at, datetime) and issued_at.tzinfo is not None and issued_at > at


def _remove_empty(value: Any) -> Any:
    """Return plain data without the fields that were left empty; None when nothing is left."""
    if isinstance(value, Mapping):
        parts = {name: _remove_empty(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    if isinstance(value, list | tuple):
        return [part for part in map(_remove_empty, value) if part is not None]
    return None if isinstance(value, str) and not value.strip() else value


def _date_to_times(value: Any, name: str = "") -> Any:
    """Return plain data in which a mere day stands for its first moment, UTC, where a time is wanted."""
    if isinstance(value, Mapping):
        return {key: _date_to_times(part, str(key)) for key, part in value.items()}
    if isinstance(value, list):
        return [_date_to_times(part) for part in value]
    is_time = name.endswith("_at") or name == "until"
    if is_time and isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(0), UTC)
    return value


def _complete_districts(value: Any, name: str = "") -> Any:
    """Return plain data in which a district that is given by its name has the state that its name ends in."""
    if isinstance(value, Mapping):
        return {key: _complete_districts(part, str(key)) for key, part in value.items()}
    if isinstance(value, list):
        return [_complete_district(part) if name == "districts" else _complete_districts(part) for part in value]
    return value


def _complete_district(district: Any) -> Any:
    """Return a district with its name and states, or as it is if its name does not say in which state it lies."""
    fields = {"name": district} if isinstance(district, str) else district
    if not isinstance(fields, Mapping) or "states" in fields or not isinstance(fields.get("name"), str):
        return fields
    state = _find_state(fields["name"])
    return {**fields, "states": [state]} if state and state not in _SPREAD_DISTRICTS else fields


def _move_unlisted_parties(fields: dict[str, Any], law: Law) -> dict[str, Any]:
    """Return the fields with each party as the id of an agency on file, or by name where there is none."""
    parties = _as_texts(fields.get("binds"))
    if not parties:
        return fields
    found = {party: party if party in law.agencies else law.find_agency(party) for party in parties}
    ids = [agency if isinstance(agency, str) else agency.id for agency in found.values() if agency is not None]
    names = [party for party, agency in found.items() if agency is None]
    names += [name for name in _as_texts(fields.get("binds_by_name")) if name not in names]
    return fields | {"binds": list(dict.fromkeys(ids))} | ({"binds_by_name": names} if names else {})


def _list_form_faults(fields: Mapping[str, Any]) -> Iterator[str]:
    try:
        CourtOrder.model_validate(fields)
    except ValidationError as fault:
        for error in fault.errors(include_input=False, include_url=False, include_context=False):
            value = _find_value(fields, error["loc"])
            if error["type"] == "too_short" and _as_items(value):
                continue  # it has items, and what is wrong with each is said
            yield _describe_form_fault(error["loc"], error["type"], error["msg"], value)


def _find_value(fields: Any, location: Sequence[int | str]) -> Any:
    """Return the value at a place of plain data; for a place that is missing, that of what should hold it."""
    for part in location:
        is_item = isinstance(part, int) and len(_as_items(fields)) > part
        if not is_item and not (isinstance(fields, Mapping) and part in fields):
            break
        fields = fields[part]
    return fields


def _suggest_word(name: str, value: Any) -> str:
    """Return the word that is meant by one that is not known, as a sentence; '' when none is near."""
    if name == "states" and isinstance(value, Mapping):
        nearest = suggest_court(str(value.get("name")))
        return f" No state can be read from the district's name. Is it {nearest}?" if nearest else ""
    if name not in _KNOWN_WORDS or not isinstance(value, str):
        return ""
    words = [str(word) for word in _KNOWN_WORDS[name]]
    written = "_".join(value.casefold().replace("-", " ").split())
    nearest = next(iter(get_close_matches(written, words, n=1, cutoff=0.75)), "")
    return f" Write {nearest}." if nearest else ""


def _describe_form_fault(location: Sequence[int | str], kind: str, message: str, value: Any) -> str:
    """Return what is wrong with a field, and what the field asks for."""
    names = [str(part) for part in location if isinstance(part, str)]
    number = next((part + 1 for part in location if isinstance(part, int)), None)
    words = message.removeprefix("Value error, ") if kind == "value_error" else _find_fault_words(kind)
    if not names:
        return f"{words}."
    where = " of ".join(reversed(names)) + (f" (number {number})" if number else "")
    asks = FIELD_WORDS.get(names[-1], "")
    example = f" Example: {names[-1]}: {FIELD_EXAMPLES[names[-1]]}" if names[-1] in FIELD_EXAMPLES else ""
    return f"{where}: {words}.{_suggest_word(names[-1], value)} {asks}".rstrip() + example


def _find_fault_words(kind: str) -> str:
    """Return what is wrong with a field's form, in words about the file."""
    by_start = (words for start, words in _WORDS_BY_KIND_OF_FAULT if kind.startswith(start))
    return _WORDS_BY_FAULT.get(kind) or next(by_start, _OTHER_FAULT)


def _list_law_faults(fields: Mapping[str, Any], law: Law, past_ids: Collection[str]) -> Iterator[str]:
    """Yield what does not fit the law on file, or is not said; of fields that have the right form."""
    for agreement in _as_texts(fields.get("agreements")):
        if agreement not in law.agreements:
            on_file = ", ".join(sorted(law.agreements))
            yield f"agreements: no agreement {agreement} is on file. On file: {on_file}. None named means all."
    yield from _list_id_faults(str(fields.get("id") or ""), law, past_ids)
    issued_at, expires_at = fields.get("issued_at"), fields.get("expires_at")
    if _is_time(issued_at) and _is_time(expires_at) and _is_over(expires_at, issued_at, str(fields.get("court"))):
        yield "expires_at: that lies before `issued_at`. No order ends before it is issued; correct one of them."
    instruments = set(_as_texts(fields.get("instruments")))
    acts = [act for act in _as_items(fields.get("acts_on")) if isinstance(act, Mapping)]
    if any(time.year not in _POSSIBLE_YEARS for time in _iterate_times(fields)):
        yield f"a time lies before {_POSSIBLE_YEARS[0]} or after {_POSSIBLE_YEARS[-1]}. Correct the year."
    if not fields.get("summary") and not fields.get("text"):
        yield f"summary: it is empty, and so is `text`. {FIELD_WORDS['summary']}"
    if instruments & _BANS and not fields.get("prohibits"):
        yield f"prohibits: such a paper forbids something. {FIELD_WORDS['prohibits']}"
    if instruments & _BANS and not fields.get("binds") and not fields.get("binds_by_name"):
        yield f"binds: such a paper binds somebody. {FIELD_WORDS['binds']}"
    if instruments & _STAYS and not any(act.get("how") == DispositionKind.STAYED for act in acts):
        yield "acts_on: a stay names the order that it stays, with how: stayed."
    yield from _list_district_faults(fields)
    for number, act in enumerate(acts, 1):
        for fault in _list_act_faults(act, fields, law):
            yield f"acts_on, number {number}: {fault}"


def _list_id_faults(order_id: str, law: Law, past_ids: Collection[str]) -> Iterator[str]:
    if order_id in law.orders:
        yield "id: an order of that id is on file. One id stands for one order, for good; give another."
    elif order_id in past_ids:
        yield "id: an order of that id was withdrawn. One id stands for one order, for good; give another."
    elif (alike := find_look_alike(order_id, (*law.orders, *past_ids))) is not None:
        yield f"id: it looks like {alike}, which is on file, or was: one would be taken for the other. Give another."


def _list_act_faults(act: Mapping[str, Any], fields: Mapping[str, Any], law: Law) -> Iterator[str]:
    target_id, is_stay = str(act.get("order", "")), act.get("how") == DispositionKind.STAYED
    target = law.orders.get(target_id)
    if target_id == str(fields.get("id")):
        yield "an order does not act on itself."
    elif target is not None and _is_before(fields.get("issued_at"), target, str(fields.get("court"))):
        issued_on = format_court_day(target.issued_at, target.court)
        yield (
            f"the paper was issued before {target_id} was, on {issued_on}, so it cannot act on it. "
            "Correct `issued_at`, or the order that it names."
        )
    elif target_id and target_id not in law.orders:
        yield f"order {target_id} is not on file. Enter that one first, or correct the id."
    if "extent" not in act and "part" not in act:
        yield (
            "all or part? Write `extent: whole` if it is about all of that order; else `extent: part`, with `part` by "
            "parties, districts, statutes, cases or in_words. A paper as to one defendant or one district is a part."
        )
    if is_stay and "hangs_on" not in act:
        yield (
            "what does the stay hang on? Write `hangs_on` with matter (motion, appeal, certiorari or day) and case or "
            "until. Without it nobody could say when the order binds again."
        )
    part = act.get("part")
    if isinstance(part, Mapping) and target is not None and target.bound_parties:
        yield from _list_part_faults(part, target)


def _is_before(issued_at: Any, target: CourtOrder, court: str) -> bool:
    """Return whether a paper was issued before an order; a mere day lasts until its end where the court sits."""
    return _is_time(issued_at) and _is_over(issued_at, target.issued_at, court)


def _is_over(day: datetime, at: datetime, court: str) -> bool:
    """Return whether a time is over at another; a mere day lasts until its end where the court sits."""
    are_days = is_mere_day(day) and is_mere_day(at)
    return bool((day if are_days else find_opening_time(day, court)) < at)


def _is_time(value: Any) -> TypeGuard[datetime]:
    """Return whether a value is a time with its zone, of a year that a court writes."""
    return isinstance(value, datetime) and value.tzinfo is not None and value.year in _POSSIBLE_YEARS


def _list_part_faults(part: Mapping[str, Any], target: CourtOrder) -> Iterator[str]:
    if strangers := [party for party in _as_texts(part.get("parties")) if party not in target.bound_parties]:
        bound = ", ".join(target.bound_parties)
        yield f"{target.id} does not bind {', '.join(strangers)}, so no part of it is about them. It binds {bound}."
    cases = read_case_numbers(", ".join(target.cases))
    if any(not read_case_numbers(case) <= cases for case in _as_texts(part.get("cases"))):
        yield f"{target.id} was not entered in a case that the part names. Its cases: {', '.join(target.cases)}."


def _iterate_remarks(order: CourtOrder, law: Law) -> Iterator[str]:
    """Yield what the order leaves open, or what does less than a reader may expect."""
    for party in law.list_unlisted_parties(order):
        yield (
            f"{party} is on no file as an agency. It may belong to either side of any agreement that the order is "
            "about, so those are stopped, until two persons put it on file (comity law add)."
        )
    if not any(character.isdigit() for character in order.case_number):
        yield (
            f"case_number: {order.case_number} is no case number, so no part or matter can be matched with the order "
            "by its case. If the court has given none yet, look again before anybody confirms it."
        )
    for act in order.acts_on:
        if act.part is not None and (unread_part := _list_unread(act.part.statutes)):
            yield f"The citation {unread_part[0]} cannot be read, so the part of {act.order} by statute frees no batch."
    if unread := _list_unread(order.statutes):
        yield f"The citation {unread[0]} cannot be read, so the order counts for every statute."
    if order.exceptions:
        yield "Its exceptions open nothing by themselves. Two persons can clear a batch under one: comity orders except"
    if Instrument.TRO in order.instruments and order.expires_at is None:
        yield "A restraining order mostly ends within 14 days (Fed. R. Civ. P. 65(b)(2)); say when in `expires_at`."
    yield from _iterate_remarks_on_courts(order, law)
    for act in order.acts_on:
        part = act.part
        if part is None:
            continue
        if part.in_words is not None:
            yield f"The part of {act.order} said in words frees no batch: no request says whether it lies within."
        if names := [district.name for district in part.districts if not district.is_whole_state]:
            yield f"An address names its state and not its district, so as to {', '.join(names)} no batch is freed."
    yield from _iterate_remarks_on_decisions(order, law)


def _iterate_remarks_on_courts(order: CourtOrder, law: Law) -> Iterator[str]:
    """Yield that the court is none that is known, and which orders acted on are another court's or of other cases."""
    if not is_known_court(order.court):
        nearest = suggest_court(order.court)
        meant = f" Is it {nearest}?" if nearest else ""
        yield (
            f"court: no federal court is cited so. It counts as any court, and its days end by the latest clock.{meant}"
        )
    for target in (law.orders[act.order] for act in order.acts_on):
        where = f"{target.id} is an order of {target.court} in {', '.join(target.cases)}"
        if not can_share_matter(order.court, target.court):
            yield (
                f"{where}. {order.court} is another court, neither above nor below it: see that the paper names that "
                "order before anybody confirms it."
            )
        elif read_court(order.court) == read_court(target.court) and not _share_case(order, target):
            yield (
                f"{where}, and this paper names other cases: see that it names that order before anybody confirms it, "
                "and write the further cases in `cases_also`."
            )


def _share_case(order: CourtOrder, other: CourtOrder) -> bool:
    return not read_case_numbers(", ".join(order.cases)).isdisjoint(read_case_numbers(", ".join(other.cases)))


def _iterate_remarks_on_decisions(order: CourtOrder, law: Law) -> Iterator[str]:
    """Yield which stays end with what the order decides; none, or one of that number in another court, is said too."""
    stays = [
        (acting, act.hangs_on) for acting in law.orders.values() for act in acting.acts_on if act.hangs_on is not None
    ]
    for decision in order.decides:
        matter = f"the {decision.matter} in {decision.case}"
        ended = [a.id for a, on in stays if decision.is_same_as(on, court=order.court, other_court=a.court)]
        elsewhere = [a for a, on in stays if decision.is_same_as(on, court=a.court, other_court=a.court)]
        if ended and decision.ends_stay:
            yield f"It ends what hangs on {matter}: {', '.join(ended)}."
        elif not ended:
            yield f"No stay on file hangs on {matter}, so deciding it changes nothing."
        for acting in elsewhere if not ended else ():
            yield (
                f"{acting.id}, of {acting.court}, hangs on one of that number. One number in two courts is two "
                f"matters; if it is this one, write its court: heard_by: {_quote_court(acting.court)}"
            )


def _quote_court(court: str) -> str:
    return '"' + " ".join(court.replace('"', "").split()) + '"'


def _list_district_faults(value: Any) -> Iterator[str]:
    """Yield each district, at any depth, whose name is that of another state than those it is said to lie in."""
    if isinstance(value, Mapping):
        for district in _as_items(value.get("districts")):
            name, states = (district.get("name"), district.get("states")) if isinstance(district, Mapping) else ("", ())
            state = _find_state(name) if isinstance(name, str) else None
            if state and states and state not in _as_texts(states):
                yield f"districts: {name} lies in {state}, which is not among its `states`."
    for item in value.values() if isinstance(value, Mapping) else _as_items(value):
        yield from _list_district_faults(item)


def _find_state(district: str) -> str | None:
    """Return the state that a district's name ends in; None or '' when none can be read from it."""
    from comity.gates.text.place_parts import parse_state  # noqa: PLC0415  takes seconds to import

    words = _DISTRICT_WORDS.sub(" ", district.upper())
    parts = words.replace(".", " ").split()
    return parse_state(("" if all(len(part) == 1 for part in parts) else " ").join(parts))  # N.Y. is NY


def _list_unread(statutes: Sequence[str]) -> list[str]:
    """Return the statutes whose citation cannot be read."""
    if not statutes:
        return []
    from comity.gates.text.citations import extract_citations  # noqa: PLC0415  takes seconds to import

    return [statute for statute in statutes if not extract_citations(statute)]


def _as_texts(value: Any) -> list[str]:
    """Return the texts in a list, for a field that may not have its right form yet."""
    return [item for item in _as_items(value) if isinstance(item, str)]


def _as_items(value: Any) -> Sequence[Any]:
    """Return the items of a list; none of anything else."""
    return value if isinstance(value, list | tuple) else ()


def _iterate_times(value: Any) -> Iterator[datetime]:
    """Yield every time in plain data."""
    if isinstance(value, datetime):
        yield value
    for item in value.values() if isinstance(value, Mapping) else _as_items(value):
        yield from _iterate_times(item)


def _refused_error(faults: Sequence[str]) -> PolicyError:
    lines = "".join(f"\n  {number}. {fault}" for number, fault in enumerate(faults, 1))
    count = "One thing is" if len(faults) == 1 else f"{len(faults)} things are"
    return PolicyError(
        "order_refused",
        f"The order cannot be entered as its file is. {count} missing or wrong:{lines}",
        "Nothing was filed. Each field is explained by: comity orders template KIND",
    )
