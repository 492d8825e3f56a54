"""Blocking: which records a request is compared with. Every candidate pair comes through the address (promise 1).

A blocking rule hashes the tax year, at least two parts of the address and, for some rules, a part of the name into one
64-bit key. Where more than `HOT` records share a key of the address alone (a tower, a shelter, a mail drop), that key
is not kept: its records are reached by the rules that add a name to the same address. The bound depends on the index
alone, so a request's candidates never depend on the batch.

Guarantees: no rule lacks an address part (a `BlockingRule` without two cannot be made); a request meets at most
`HOT` records per rule.
Does not: say how likely a pair is.
Start at `RULES`.
"""

from dataclasses import dataclass

HOT = 300
"""No blocking key leads to more records than this."""
BROAD_HOT = 50
"""No key of a broad rule leads to more records than this."""
BROAD_RECORDS = 3_000_000
"""Broad rules serve indexes of no more records than this: in a larger one nearly all of their keys would be hot."""

ADDRESS_PARTS = {
    "number": "number",
    "street": "street",
    "zip": "zip",
    "zip3": "left(zip, 3)",
    "city": "city",
    "state": "state",
    "street4": "left(street, 4)",
    "city4": "left(city, 4)",
    "street6": "left(street, 6)",
    "building": "CASE WHEN regexp_matches(unit, '^[A-Z]{5}') THEN left(unit, 6) END",
    "zip_digits": "list_aggregate(list_sort(string_split(zip, '')), 'string_agg', '')",
}
STREET_PARTS = tuple(ADDRESS_PARTS[part] for part in ("street", "street4", "street6"))
IDENTIFYING = {"number", "street", "street4", "street6", "building"}
"""Every rule has one of these, and another part of the address."""
NAME_PARTS = {
    "surname": "left(surname, 4)",
    "first": "left(first, 6)",
    "first4": "left(first, 4)",
}


@dataclass(frozen=True, slots=True)
class BlockingRule:
    """Records and requests of one tax year that agree on all these parts are compared.

    `when_hot` rules are kept only for records whose key under the rule of that name is hot. Rules of one `family`
    share their keys: a surname meets a given name, should the request have swapped them. A broad rule forgives errors in
    two parts at once, which only a small index can afford.
    """

    name: str
    address: tuple[str, ...]
    person: tuple[str, ...] = ()
    when_hot: str | None = None
    family: str | None = None
    is_broad: bool = False

    def __post_init__(self) -> None:
        if len(self.address) < 2 or not IDENTIFYING & set(self.address):
            raise RuntimeError(f"the blocking rule {self.name} would find people by name")

    @property
    def key(self) -> str:
        """SQL for the key of a row of `people`; null when a part is missing."""
        address = [ADDRESS_PARTS[p] for p in self.address]
        if "number" not in self.address:  # without its number a post office box is no address: half a town has one
            boxless = "nullif(street, 'POBOX')"
            address = [part.replace("street", boxless) if part in STREET_PARTS else part for part in address]
        parts = address + [NAME_PARTS[p] for p in self.person]
        present = " AND ".join(f"{p} IS NOT NULL" for p in parts)
        return f"CASE WHEN {present} THEN hash('{self.family or self.name}', tax_year, {', '.join(parts)}) END"


RULES = (
    BlockingRule("address", ("number", "street", "zip3")),
    BlockingRule("address_city", ("number", "street", "city")),
    BlockingRule("street_city_surname", ("street", "city"), ("surname",)),
    BlockingRule("number_city_surname", ("number", "city"), ("surname",)),
    BlockingRule("street_name", ("street", "state"), ("surname", "first")),
    BlockingRule("street_first", ("street", "zip"), ("first",)),
    BlockingRule("number_first", ("number", "zip"), ("first",)),
    BlockingRule("address_surname", ("number", "street", "zip3"), ("surname",), when_hot="address", family="hot"),
    BlockingRule("address_first", ("number", "street", "zip3"), ("first4",), when_hot="address", family="hot"),
    BlockingRule("broad_street_zip", ("street4", "zip_digits"), is_broad=True),
    BlockingRule("broad_number_zip", ("number", "zip_digits"), is_broad=True),
    BlockingRule("broad_number_city", ("number", "city4"), is_broad=True),
    BlockingRule("broad_building", ("building", "zip_digits"), family="building", is_broad=True),
    BlockingRule("broad_building_street", ("street6", "zip_digits"), family="building", is_broad=True),
    BlockingRule("broad_street_city", ("street4", "city4"), is_broad=True),
)


def all_keys(people: str, row: str, *, broad: bool = True) -> str:
    """Every key of every row: (rule, key, row); those of broad rules only if asked for."""
    selects = [
        f"SELECT {i} AS rule, {rule.key} AS key, {row} FROM {people}"
        for i, rule in enumerate(RULES)
        if broad or not rule.is_broad
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(selects)}) WHERE key IS NOT NULL"


def hot_keys(keys: str) -> str:
    """The keys that lead to more records than their rule's bound."""
    broad = ", ".join(str(i) for i, rule in enumerate(RULES) if rule.is_broad)
    return f"""
        SELECT key, any_value(rule) AS rule, count(*) AS records FROM {keys}
        GROUP BY key HAVING count(*) > CASE WHEN any_value(rule) IN ({broad}) THEN {BROAD_HOT} ELSE {HOT} END"""


def kept_keys(keys: str, hot: str) -> str:
    """The keys worth keeping, in their order: not the hot ones, and those of `when_hot` rules only where they serve."""
    names = [rule.name for rule in RULES]
    spare = [(i, names.index(rule.when_hot)) for i, rule in enumerate(RULES) if rule.when_hot]
    serves = " AND ".join(
        f"(rule <> {i} OR record_no IN (SELECT record_no FROM {keys} JOIN {hot} h USING (key) WHERE h.rule = {of}))"
        for i, of in spare
    )
    return f"SELECT key, record_no FROM {keys} WHERE key NOT IN (SELECT key FROM {hot}) AND {serves} ORDER BY key, record_no"


def candidate_pairs(request_keys: str, keys: str) -> str:
    """Each request with each record that shares a key with it, once."""
    return f"SELECT DISTINCT q.row, k.record_no FROM {request_keys} q JOIN {keys} k USING (key)"
