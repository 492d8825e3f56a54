"""Blocking rules: which records a request is compared with. Every candidate pair comes through the address (promise 1).

A blocking key is a hash of the tax year, at least two parts of the address and, for some rules, a part of the name.
Requests and records with the same key are candidate pairs. A key that leads to more than the rule's `max_block_size`
records (a tower, a shelter, a mail drop) is hot and is not followed; its records are reached by the fallback rules,
which add a name to the same address. The limit depends on the index alone, so a request's candidates never depend on
the batch.

Guarantees: no rule lacks an address (`BlockingRule` refuses one without two address parts); a request is paired with
at most `MAX_BLOCK_SIZE` records per rule.
Does not: say how likely a pair is.
Basis: ADR 0010 for the rules limited to small indexes.
Start at `BLOCKING_RULES`.
"""

import zlib
from dataclasses import dataclass

from comity.match.kernels.key_hashes import BUILDING_NAME, NAMED_STREET, PREFIX, SORTED_CHARS, WITHOUT_HYPHENS

MAX_BLOCK_SIZE = 300
"""No blocking key leads to more records than this."""
BROAD_MAX_BLOCK_SIZE = 50
"""No key of a rule that forgives errors in two parts leads to more records than this."""
SMALL_INDEX_RECORDS = 3_000_000
"""In a larger index nearly all keys of the broad rules would be hot."""


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A part of a blocking key: the first `prefix_length` letters of a normalized column, by `kind`.

    `match/kernels/key_hashes.py` defines the kinds.
    """

    column: str
    prefix_length: int = 250
    kind: int = PREFIX


ADDRESS_KEY_PARTS = {
    "number": KeyPart("number", kind=WITHOUT_HYPHENS),
    "street": KeyPart("street"),
    "street_named": KeyPart("street", kind=NAMED_STREET),
    "zip": KeyPart("zip"),
    "zip3": KeyPart("zip", 3),
    "city": KeyPart("city"),
    "state": KeyPart("state"),
    "street4": KeyPart("street", 4, NAMED_STREET),
    "city4": KeyPart("city", 4),
    "street6": KeyPart("street", 6, NAMED_STREET),
    "building": KeyPart("building", 6, BUILDING_NAME),
    "zip_digits": KeyPart("zip", kind=SORTED_CHARS),
}
"""Parts of an address. `street_named` skips post office boxes: without its number a box is no address."""
IDENTIFYING_PARTS = {"number", "street", "street_named", "street4", "street6", "building"}
"""Every rule has one of these and another part of the address."""
NAME_KEY_PARTS = {"surname": KeyPart("surname", 4), "first": KeyPart("first", 6), "first4": KeyPart("first", 4)}
KEY_PARTS = ADDRESS_KEY_PARTS | NAME_KEY_PARTS


@dataclass(frozen=True, slots=True)
class BlockingRule:
    """Pair requests and records of one tax year that agree on all these key parts.

    Attributes:
        name: identifies the rule; part of the index's fingerprint.
        address_parts: at least two, one of them in `IDENTIFYING_PARTS`.
        name_parts: parts of the person's name, if any.
        fallback_of: the rule whose hot keys this one replaces; only records under those keys have entries.
        key_space: rules with the same key space share one postings file and match each other's keys.
        max_records: the rule serves only indexes of at most this many records; None serves all.
        max_block_size: a key of more records than this is hot.

    Raises:
        RuntimeError: the rule would find people by name.
    """

    name: str
    address_parts: tuple[str, ...]
    name_parts: tuple[str, ...] = ()
    fallback_of: str | None = None
    key_space: str | None = None
    max_records: int | None = None
    max_block_size: int = MAX_BLOCK_SIZE

    def __post_init__(self) -> None:
        if len(self.address_parts) < 2 or not IDENTIFYING_PARTS & set(self.address_parts):
            raise RuntimeError(f"the blocking rule {self.name} would find people by name")

    @property
    def key_parts(self) -> tuple[str, ...]:
        """Return the parts of the key, address first."""
        return self.address_parts + self.name_parts

    @property
    def postings_name(self) -> str:
        """Return the name of the postings file, which all rules of one key space share."""
        return self.key_space or self.name

    @property
    def hash_seed(self) -> int:
        """Return the seed that separates the keys of different key spaces."""
        return zlib.crc32(self.postings_name.encode())


def _broad(name: str, *address_parts: str, key_space: str | None = None) -> BlockingRule:
    """Return a rule that forgives errors in two parts at once, which only a small index can afford."""
    return BlockingRule(
        name,
        address_parts,
        key_space=key_space,
        max_records=SMALL_INDEX_RECORDS,
        max_block_size=BROAD_MAX_BLOCK_SIZE,
    )


BLOCKING_RULES = (
    BlockingRule("address", ("number", "street", "zip3")),
    BlockingRule("address_city", ("number", "street", "city")),
    BlockingRule("street_city_surname", ("street_named", "city"), ("surname",)),
    BlockingRule("number_city_surname", ("number", "city"), ("surname",)),
    BlockingRule("street_name", ("street_named", "state"), ("surname", "first"), max_records=SMALL_INDEX_RECORDS),
    BlockingRule("street_first", ("street_named", "zip"), ("first",)),
    BlockingRule("number_first", ("number", "zip"), ("first",), max_records=SMALL_INDEX_RECORDS),
    BlockingRule("address_surname", ("number", "street", "zip3"), ("surname",), fallback_of="address", key_space="hot"),
    BlockingRule("address_first", ("number", "street", "zip3"), ("first4",), fallback_of="address", key_space="hot"),
    _broad("broad_street_zip", "street4", "zip_digits"),
    _broad("broad_number_zip", "number", "zip_digits"),
    _broad("broad_number_city", "number", "city4"),
    _broad("broad_building", "building", "zip_digits", key_space="building"),
    _broad("broad_building_street", "street6", "zip_digits", key_space="building"),
    _broad("broad_street_city", "street4", "city4"),
)


def select_rules(record_count: int) -> tuple[BlockingRule, ...]:
    """Return the rules that serve an index of `record_count` records."""
    return tuple(rule for rule in BLOCKING_RULES if rule.max_records is None or record_count <= rule.max_records)


def group_by_postings_file(rules: tuple[BlockingRule, ...]) -> dict[str, tuple[BlockingRule, ...]]:
    """Group rules by the postings file they share, in order of first appearance."""
    return {
        name: tuple(rule for rule in rules if rule.postings_name == name)
        for name in dict.fromkeys(rule.postings_name for rule in rules)
    }
