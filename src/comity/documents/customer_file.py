"""What a bank says about one customer's file: who the customer is under the rule, and the names of the items held.

    customer: individual          person: us_person       regulator: occ      opened_on: 2026-09-01
    is_known_customer: no         holds: [name, tin]      or    holds: {name: yes, tin: no}

Guarantees: every fault is told at once, with its field and line and without a value; a yes-or-no fact is yes or no by a
word of the list or a fault; only names of items are read, never what is held.
Start at `read_customer_file`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from comity.documents.mrz.dates import read_paper_date
from comity.documents.typed_words import ACCEPTED_WORDS, read_yes_or_no
from comity.errors import RequestError
from comity.law.identification import IdentificationRule, Person, Regulator
from comity.plain_files import read_plain_file
from comity.plain_yaml import YamlFault, find_key_lines, parse_plain_yaml

MAX_FILE_BYTES = 64_000


class CustomerKind(StrEnum):
    """Whom the account is for."""

    INDIVIDUAL = "individual"
    ENTITY = "entity"


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """What a bank says about one file. `opened_on` is the day on which the account was opened."""

    customer: CustomerKind
    person: Person
    regulator: Regulator
    opened_on: date
    holds: frozenset[str]
    is_known_customer: bool = False


LISTS: Mapping[str, type[StrEnum]] = {"customer": CustomerKind, "person": Person, "regulator": Regulator}
FIELDS = (*LISTS, "opened_on", "is_known_customer", "holds")

Lines = Mapping[tuple[str, ...], int]


def read_customer_file(path: Path, rule: IdentificationRule, as_of: date) -> CustomerFile:
    """Return the description of a customer's file (YAML or JSON), as it is known on a day.

    Raises:
        RequestError: `customer_file_invalid`, with every fault; no value of the file is in the message.
    """
    try:
        data = read_plain_file(path, MAX_FILE_BYTES)
        if len(data) > MAX_FILE_BYTES:
            raise customer_file_invalid([f"the file is larger than {MAX_FILE_BYTES:,} bytes"])
        text = data.decode("utf-8-sig")
        described, lines = parse_plain_yaml(text, as_text=True), find_key_lines(text)
    except FileNotFoundError:
        raise customer_file_invalid(["there is no file of that name"]) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise customer_file_invalid(["it cannot be read as UTF-8 text, or is no plain file"]) from fault
    except YamlFault as fault:
        raise customer_file_invalid([f"it is not YAML or JSON that is read here: {fault}"]) from None
    if not isinstance(described, dict):
        raise customer_file_invalid(["it is not a list of fields, each with its value"])
    faults = [
        *_find_field_faults(described, lines, as_of),
        *_find_item_faults(described.get("holds"), lines, rule.items),
    ]
    if faults:
        items = rule.items if any("item" in fault for fault in faults) else ()
        raise customer_file_invalid(faults, items)
    return _build_customer_file(described)


def customer_file_invalid(faults: Iterable[str], items: Iterable[str] = ()) -> RequestError:
    """Return the refusal of a description with these faults; `items` are named where one was not known."""
    hint = f"Give {', '.join(FIELDS)}; list only the names of items, never their values."
    hint += f" Items: {', '.join(sorted(items))}." if items else ""
    message = (
        f"The description of the customer's file cannot be used: {'; '.join(faults)}. So no element was looked at."
    )
    return RequestError("customer_file_invalid", message, hint)


def _find_field_faults(described: Mapping[Any, Any], lines: Lines, as_of: date) -> Iterator[str]:
    strangers = [lines[name,] for name in described if name not in FIELDS]
    if strangers:
        yield f"{_lines(strangers)} give fields that are unknown here"
    for name in FIELDS:
        value = described.get(name)
        if name not in described:
            if name != "is_known_customer":
                yield f"`{name}` is missing"
        elif name in LISTS:
            if value not in set(LISTS[name]):
                yield f"`{name}` (line {lines[name,]}) is one of {', '.join(LISTS[name])}"
        elif name == "opened_on":
            day = read_paper_date(value.strip()) if isinstance(value, str) else None
            if day is None:
                yield f"`opened_on` (line {lines[name,]}) is no day of the calendar, written YYYY-MM-DD"
            elif day > as_of:
                yield f"`opened_on` (line {lines[name,]}) lies after {as_of}, the day of the review"
        elif name == "is_known_customer" and (not isinstance(value, str) or read_yes_or_no(value) is None):
            yield f"`{name}` (line {lines[name,]}) is {ACCEPTED_WORDS}"


def _find_item_faults(holds: Any, lines: Lines, items: Mapping[str, str]) -> Iterator[str]:
    if holds is None:
        return
    line = lines["holds",]
    if isinstance(holds, dict):
        strangers = [lines["holds", name] for name in holds if name not in items]
        if strangers:
            yield f"{_lines(strangers)} name items that the rule does not know"
        for name, answer in holds.items():
            if name in items and (not isinstance(answer, str) or read_yes_or_no(answer) is None):
                yield f"the item `{name}` (line {lines['holds', name]}) is {ACCEPTED_WORDS}: say whether it is held"
    elif not isinstance(holds, list) or not all(isinstance(item, str) for item in holds):
        yield f"`holds` (line {line}) is a list of names of items, or each item with yes or no"
    elif strangers := [place for place, item in enumerate(holds, 1) if item.strip() not in items]:
        places = ", ".join(map(str, strangers[:10]))
        yield f"`holds` (line {line}) has {len(strangers)} names that are no items of the rule (number {places})"


def _lines(lines: list[int]) -> str:
    return f"{'lines' if len(lines) > 1 else 'line'} {', '.join(map(str, lines[:10]))}"


def _build_customer_file(described: Mapping[str, Any]) -> CustomerFile:
    opened_on = read_paper_date(described["opened_on"].strip())
    assert opened_on is not None
    holds = described["holds"]
    held = [name for name, answer in holds.items() if read_yes_or_no(answer)] if isinstance(holds, dict) else holds
    return CustomerFile(
        CustomerKind(described["customer"]), Person(described["person"]), Regulator(described["regulator"]), opened_on,
        frozenset(item.strip() for item in held), read_yes_or_no(described.get("is_known_customer", "no")) is True,
    )  # fmt: skip
