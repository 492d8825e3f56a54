"""Blocking rules: which records a request is compared with. Every candidate pair comes through the address (promise 1).

A blocking rule names the tax year, at least two parts of the address and, for some rules, a part of the name. Records
and requests that agree on all of them meet. Where more than `HOT` records share a key of the address alone (a tower, a
shelter, a mail drop), that key is not followed: its records are reached by the rules that add a name to the same
address. The bound depends on the index alone, so a request's candidates never depend on the batch.

Guarantees: no rule lacks an address part (a `BlockingRule` without two cannot be made); a request meets at most
`HOT` records per rule.
Does not: say how likely a pair is.
Start at `RULES`.
"""

import zlib
from dataclasses import dataclass

from comity.match.kernels.key_hashes import BUILDING_NAME, NAMED_STREET, PREFIX, SORTED_CHARS

MAX_BLOCK_SIZE = 300
"""No blocking key leads to more records than this."""
BROAD_MAX_BLOCK_SIZE = 50
"""No key of a broad rule leads to more records than this."""
BROAD_MAX_RECORDS = 3_000_000
"""Broad rules serve indexes of no more records than this: in a larger one nearly all of their keys would be hot."""


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A part of a key: the first `letters` of a column of the normal form, by `kind` (compiled/hashing.py has the kinds)."""

    column: str
    prefix_length: int = 250
    kind: int = PREFIX


ADDRESS_KEY_PARTS = {
    "number": KeyPart("number"),
    "street": KeyPart("street"),
    "street_named": KeyPart("street", kind=NAMED_STREET),
    "zip": KeyPart("zip"),
    "zip3": KeyPart("zip", 3),
    "city": KeyPart("city"),
    "state": KeyPart("state"),
    "street4": KeyPart("street", 4, NAMED_STREET),
    "city4": KeyPart("city", 4),
    "street6": KeyPart("street", 6, NAMED_STREET),
    "building": KeyPart("unit", 6, BUILDING_NAME),
    "zip_digits": KeyPart("zip", kind=SORTED_CHARS),
}
"""`street_named`: without its number a post office box is no address, half a town has one."""
IDENTIFYING_PARTS = {"number", "street", "street_named", "street4", "street6", "building"}
"""Every rule has one of these, and another part of the address."""
NAME_KEY_PARTS = {"surname": KeyPart("surname", 4), "first": KeyPart("first", 6), "first4": KeyPart("first", 4)}


@dataclass(frozen=True, slots=True)
class BlockingRule:
    """Records and requests of one tax year that agree on all these parts are compared.

    `when_hot` rules are kept only for records whose key under the rule of that name is hot. Rules of one `family`
    share their keys: a surname meets a given name, should the request have swapped them. A broad rule forgives errors in
    two parts at once, which only a small index can afford; so is a rule that hardly ever finds what the others do not.
    """

    name: str
    address_parts: tuple[str, ...]
    name_parts: tuple[str, ...] = ()
    fallback_of: str | None = None
    key_space: str | None = None
    is_broad: bool = False
    is_for_small_index: bool = False

    def __post_init__(self) -> None:
        if len(self.address_parts) < 2 or not IDENTIFYING_PARTS & set(self.address_parts):
            raise RuntimeError(f"the blocking rule {self.name} would find people by name")

    @property
    def key_parts(self) -> tuple[str, ...]:
        """The parts of the key, the address first."""
        return self.address_parts + self.name_parts

    @property
    def postings_name(self) -> str:
        """The name of the file of its keys, which the rules of a family share."""
        return self.key_space or self.name

    @property
    def hash_seed(self) -> int:
        """What tells this rule's keys from another's."""
        return zlib.crc32(self.postings_name.encode())

    @property
    def max_block_size(self) -> int:
        """The number of records beyond which a key is hot."""
        return BROAD_MAX_BLOCK_SIZE if self.is_broad else MAX_BLOCK_SIZE


BLOCKING_RULES = (
    BlockingRule("address", ("number", "street", "zip3")),
    BlockingRule("address_city", ("number", "street", "city")),
    BlockingRule("street_city_surname", ("street_named", "city"), ("surname",)),
    BlockingRule("number_city_surname", ("number", "city"), ("surname",)),
    BlockingRule("street_name", ("street_named", "state"), ("surname", "first"), is_for_small_index=True),
    BlockingRule("street_first", ("street_named", "zip"), ("first",)),
    BlockingRule("number_first", ("number", "zip"), ("first",), is_for_small_index=True),
    BlockingRule("address_surname", ("number", "street", "zip3"), ("surname",), fallback_of="address", key_space="hot"),
    BlockingRule("address_first", ("number", "street", "zip3"), ("first4",), fallback_of="address", key_space="hot"),
    BlockingRule("broad_street_zip", ("street4", "zip_digits"), is_broad=True),
    BlockingRule("broad_number_zip", ("number", "zip_digits"), is_broad=True),
    BlockingRule("broad_number_city", ("number", "city4"), is_broad=True),
    BlockingRule("broad_building", ("building", "zip_digits"), key_space="building", is_broad=True),
    BlockingRule("broad_building_street", ("street6", "zip_digits"), key_space="building", is_broad=True),
    BlockingRule("broad_street_city", ("street4", "city4"), is_broad=True),
)


def select_rules(rows: int) -> tuple[BlockingRule, ...]:
    """The rules of an index of so many records."""
    return tuple(
        rule for rule in BLOCKING_RULES if rows <= BROAD_MAX_RECORDS or not (rule.is_broad or rule.is_for_small_index)
    )


def group_by_postings_file(rules: tuple[BlockingRule, ...]) -> dict[str, tuple[BlockingRule, ...]]:
    """The rules by the file of their keys."""
    return {
        name: tuple(r for r in rules if r.postings_name == name)
        for name in dict.fromkeys(r.postings_name for r in rules)
    }
