"""What a bank must hold about a customer, as elements in data: the rule on customer identification (31 CFR 1020.220).

Guarantees: every element has its citation, sealed words, dates and marks, and the file a seal as a whole; every item
that an element names is one of the rule's own list of items; an order that adds an alternative says for which
regulators and from which day.
Does not: look at a customer's file (`comity.documents.cip`), or hold what a proposed rule would add (`law.candidate`).
Basis: 31 CFR 1020.220; 31 CFR 1020.100(b)(2)(iii).
Start at `load_identification_rule`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Self

from pydantic import Field, model_validator

from comity.law.loader import parse_document
from comity.law.provisions import CitedRecord, Element, FrozenModel, verify_file_seal, verify_one_version
from comity.law.worth import refuse_paper_law


class Person(StrEnum):
    """Whether the customer is a U.S. person as the rule defines it, which is not citizenship alone; the bank says."""

    US_PERSON = "us_person"
    NON_US_PERSON = "non_us_person"


class Regulator(StrEnum):
    """The Federal functional regulator of the bank."""

    FDIC = "fdic"
    FRB = "frb"
    NCUA = "ncua"
    OCC = "occ"
    NONE = "none"


class Part(StrEnum):
    """Which part of the rule an element belongs to."""

    INFORMATION = "information"
    VERIFICATION = "verification"
    RECORDS = "records"
    NOTICE = "notice"


class IdentificationElement(Element):
    """One thing that the rule requires. `any_of` are alternatives, each a list of items that are held together.

    `individuals` limits it to individuals (true) or to entities (false). With `when_any`, it applies only to a file
    that holds one of those items.
    """

    part: Part
    any_of: tuple[tuple[str, ...], ...] = Field(min_length=1)
    persons: tuple[Person, ...] = tuple(Person)
    individuals: bool | None = None
    when_any: tuple[str, ...] = ()


class Relief(CitedRecord):
    """An order that lets banks of some regulators meet an element in one more way."""

    id: str
    element: str
    alternative: tuple[str, ...] = Field(min_length=1)
    regulators: tuple[Regulator, ...] = Field(min_length=1)


class ItemsNotRequired(CitedRecord):
    """Items that no element asks for, with what says so."""

    id: str
    items: tuple[str, ...] = Field(min_length=1)


class Remark(CitedRecord):
    """Words that bear on the rule and are no element of it: an exclusion, or advice."""

    id: str


class IdentificationRule(FrozenModel):
    """The rule: the items that a file may hold, the elements, the orders, and what is not required."""

    id: str
    citation: str
    title: str
    source: str = Field(min_length=10)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    items: Mapping[str, str]
    elements: tuple[IdentificationElement, ...] = Field(min_length=1)
    reliefs: tuple[Relief, ...] = ()
    not_required: tuple[ItemsNotRequired, ...] = ()
    existing_customers: Remark
    advice: tuple[Remark, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def verify_seal(cls, data: Any) -> Any:
        """Raise ValueError for a file that does not have the seal in it."""
        verify_file_seal(data)
        return data

    @model_validator(mode="after")
    def verify_names(self) -> Self:
        """Raise ValueError when an item or element that is named is not there, or two versions hold together."""
        verify_one_version(self.elements)
        for item in self._named_items():
            if item not in self.items:
                raise ValueError(f"the item {item} is named, and `items` does not have it")
        required = {item for element in self.elements for group in element.any_of for item in group}
        for group in self.not_required:
            if required & set(group.items):
                raise ValueError(f"{group.id} says that an item is not required which an element asks for")
        ids = {element.id for element in self.elements}
        for relief in self.reliefs:
            if relief.element not in ids:
                raise ValueError(f"{relief.id} names an element that is not there")
        return self

    def _named_items(self) -> Iterable[str]:
        for element in self.elements:
            yield from (item for group in (*element.any_of, element.when_any) for item in group)
        for extra in self.not_required:
            yield from extra.items
        for relief in self.reliefs:
            yield from relief.alternative


@cache
def load_identification_rule() -> IdentificationRule:
    """Return the rule in the package.

    Raises:
        PolicyError: `law_invalid` for a file that is incomplete, altered, or contradicts itself.

    >>> load_identification_rule().citation
    '31 CFR 1020.220'
    """
    entry = files("comity.law") / "identification" / "cfr-31-1020-220.yaml"
    text = entry.read_text(encoding="utf-8")
    return parse_document(IdentificationRule, text, f"identification/{entry.name}", refuse=refuse_paper_law)
