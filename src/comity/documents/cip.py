"""What a bank holds about one customer, element by element, against the rule on customer identification.

Guarantees: every element that applies is held, missing, or met by one of several ways, with its citation; every item
held that no element asks for is named as held without being required. Only the names of items are read, never their
values.
Does not: judge whether what is held is true, or whether procedures are adequate: examiners look at programs, not at
one file. Nothing proposed is an element here.
Basis: 31 CFR 1020.220.
Start at `review_customer_file`; `customer_file` reads what the bank says.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from comity.documents.customer_file import CustomerFile, CustomerKind, customer_file_invalid
from comity.law.identification import IdentificationElement, IdentificationRule
from comity.law.provisions import CitedRecord


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


def review_customer_file(described: CustomerFile, rule: IdentificationRule, as_of: date) -> FileReview:
    """Return how every element that applies stands, by the rule of the day on which the account was opened.

    Whether the rule reaches the customer comes first: one with an account already, whom the bank believes it knows, is
    outside of it on whatever day the account was opened, by the law of that day or else of `as_of`.

    Raises:
        RequestError: `customer_file_invalid` when the law on file does not speak of that day.
    """
    day = described.opened_on
    excludes = any(rule.existing_customers.is_in_force_on(known_on) for known_on in (day, as_of))
    if described.is_known_customer and excludes:
        return FileReview(_reviews_of_extras(described, rule, set()), rule.existing_customers)
    in_force = [element for element in rule.elements if element.is_in_force_on(day)]
    if not in_force:
        first = min(element.effective_from for element in rule.elements)
        raise customer_file_invalid(
            [f"the account was opened before {first}, from which the law on file vouches for the rule"]
        )
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
