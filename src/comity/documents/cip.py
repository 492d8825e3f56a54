"""What a bank holds about one customer, element by element, against the rule on customer identification.

Guarantees: every element that applies is held, missing, or met by one of several ways, with its citation; every item
held that no element asks for is named as held without being required. Only the names of items are read, never their
values.
Does not: judge whether what is held is true, or whether procedures are adequate: examiners look at programs, not at
one file. Nothing proposed is an element here.
Basis: 31 CFR 1020.220.
Start at `read_customer_file`, then `review_customer_file`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from comity.errors import RequestError
from comity.law.identification import IdentificationElement, IdentificationRule, Person, Regulator
from comity.law.provisions import CitedRecord, FrozenModel
from comity.plain_files import read_plain_file
from comity.plain_yaml import YamlFault, parse_plain_yaml

MAX_FILE_BYTES = 64_000


class CustomerKind(StrEnum):
    """Whom the account is for."""

    INDIVIDUAL = "individual"
    ENTITY = "entity"


class CustomerFile(FrozenModel):
    """What a bank says about one file: who the customer is under the rule, and the names of the items held."""

    customer: CustomerKind
    person: Person
    regulator: Regulator
    opened_on: date
    is_known_customer: bool = False
    holds: frozenset[str]


class Holding(StrEnum):
    """How one element or item stands."""

    REQUIRED_HELD = "REQUIRED_HELD"
    REQUIRED_MISSING = "REQUIRED_MISSING"
    ONE_OF = "ONE_OF"  # required, with several ways to meet it, of which at least one is held
    NOT_REQUIRED_BUT_HELD = "NOT_REQUIRED_BUT_HELD"


@dataclass(frozen=True, slots=True)
class ElementReview:
    """How one element or item stands. `items` are those held, or, where it is missing, those that would meet it."""

    id: str
    part: str
    holding: Holding
    items: tuple[str, ...]
    citation: str
    words: str
    needs_counsel: bool

    def as_facts(self) -> dict[str, Any]:
        """Return the review as documents and commands show it."""
        return {
            "element": self.id, "part": self.part, "holding": self.holding.value, "items": list(self.items),
            "citation": self.citation, "words": self.words, "counsel_must_confirm": self.needs_counsel,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileReview:
    """The review of one file. `excluded_by` is set when the rule does not reach the customer: nothing is required."""

    elements: tuple[ElementReview, ...]
    excluded_by: CitedRecord | None = None

    def items(self, holding: Holding) -> tuple[str, ...]:
        """Return the ids of the elements, or the names of items not required, that stand so."""
        return tuple(review.id for review in self.elements if review.holding is holding)


def read_customer_file(path: Path, rule: IdentificationRule) -> CustomerFile:
    """Return the description of a customer's file (YAML or JSON).

    Raises:
        RequestError: `customer_file_invalid`; no value of the file is in the message.
    """
    try:
        data = read_plain_file(path, MAX_FILE_BYTES)
        if len(data) > MAX_FILE_BYTES:
            raise _invalid([f"the file is larger than {MAX_FILE_BYTES:,} bytes"])
        described = CustomerFile.model_validate(parse_plain_yaml(data.decode("utf-8")))
    except (OSError, UnicodeDecodeError) as fault:
        raise _invalid(["it cannot be read as UTF-8 text, or is no plain file"]) from fault
    except YamlFault as fault:
        raise _invalid([f"it is not YAML or JSON that is read here: {fault}"]) from None
    except ValidationError as fault:
        raise _invalid(_fields_at_fault(fault)) from None
    unknown = len(described.holds - set(rule.items))
    if unknown:
        raise _invalid([f"`holds` has {unknown} names that are no items of the rule"], rule.items)
    return described


def _fields_at_fault(fault: ValidationError) -> list[str]:
    """Return the fields at fault that are ours; other names are the sender's and may be values."""
    our_fields = set(CustomerFile.model_fields)
    names = [str(error["loc"][0]) if error["loc"] else "" for error in fault.errors(include_input=False)]
    strangers = sum(name not in our_fields for name in names)
    faults = [f"`{name}` is missing or not of its form" for name in dict.fromkeys(names) if name in our_fields]
    return faults + ([f"{strangers} keys are unknown, or the file is not a mapping"] if strangers else [])


def _invalid(faults: Iterable[str], items: Iterable[str] = ()) -> RequestError:
    hint = f"Give {', '.join(CustomerFile.model_fields)}; list only the names of items, never their values."
    hint += f" Items: {', '.join(sorted(items))}." if items else ""
    message = (
        f"The description of the customer's file cannot be used: {'; '.join(faults)}. So no element was looked at."
    )
    return RequestError("customer_file_invalid", message, hint)


def review_customer_file(described: CustomerFile, rule: IdentificationRule) -> FileReview:
    """Return how every element that applies stands, by the rule of the day on which the account was opened.

    Raises:
        RequestError: `customer_file_invalid` when the law on file does not speak of that day.
    """
    day = described.opened_on
    if described.is_known_customer and rule.existing_customers.is_in_force_on(day):
        return FileReview(_reviews_of_extras(described, rule, set()), rule.existing_customers)
    in_force = [element for element in rule.elements if element.is_in_force_on(day)]
    if not in_force:
        first = min(element.effective_from for element in rule.elements)
        raise _invalid([f"the account was opened before {first}, from which the law on file vouches for the rule"])
    applying = [element for element in in_force if _applies(element, described)]
    alternatives = {element.id: _alternatives(element, described, rule) for element in applying}
    required = [_review_element(element, alternatives[element.id], described.holds) for element in applying]
    required_items = {item for groups in alternatives.values() for group in groups for item in group}
    return FileReview((*required, *_reviews_of_extras(described, rule, required_items)))


def _applies(element: IdentificationElement, described: CustomerFile) -> bool:
    is_individual = described.customer is CustomerKind.INDIVIDUAL
    return (
        described.person in element.persons
        and element.individuals in {None, is_individual}
        and (not element.when_any or bool(described.holds & set(element.when_any)))
    )


def _alternatives(
    element: IdentificationElement, described: CustomerFile, rule: IdentificationRule
) -> tuple[tuple[str, ...], ...]:
    """Return the ways to meet an element, those of orders in force for the bank's regulator included."""
    relief = [
        order.alternative
        for order in rule.reliefs
        if order.element == element.id
        and described.regulator in order.regulators
        and order.is_in_force_on(described.opened_on)
    ]
    return (*element.any_of, *relief)


def _review_element(
    element: IdentificationElement, alternatives: tuple[tuple[str, ...], ...], holds: frozenset[str]
) -> ElementReview:
    ways_met = [group for group in alternatives if holds.issuperset(group)]
    listed = ways_met or alternatives
    holding = Holding.ONE_OF if ways_met and len(alternatives) > 1 else Holding.REQUIRED_HELD
    return ElementReview(
        element.id, element.part.value, holding if ways_met else Holding.REQUIRED_MISSING,
        tuple(dict.fromkeys(item for group in listed for item in group)),
        element.citation, element.text_or_summary, element.has_unconfirmed_words,
    )  # fmt: skip


def _reviews_of_extras(
    described: CustomerFile, rule: IdentificationRule, required_items: set[str]
) -> tuple[ElementReview, ...]:
    """Return one review for each item held that no element asks for, in the rule's own order of items."""
    sources = {item: piece for piece in rule.not_required for item in piece.items}
    reviews = []
    for item in rule.items:
        if item not in described.holds or item in required_items:
            continue
        source = sources.get(item)
        summary = source.text_or_summary if source else "No element that applies to this customer asks for it."
        citation = source.citation if source else rule.citation
        doubtful = source.has_unconfirmed_words if source else False
        reviews.append(
            ElementReview(item, "extra", Holding.NOT_REQUIRED_BUT_HELD, (item,), citation, summary, doubtful)
        )
    return tuple(reviews)
