"""Decide who lives with whom: 256 seats to a block of people, in layouts that repeat.

People are numbered from 0. Each run of 256 is a *block* (a few streets, part of an apartment building, a rural
delivery route, a wall of post office boxes, or a few group quarters), and 20 blocks are a cycle. A block takes one of
8 layouts; a layout says for each seat in which dwelling and family it is, what kind of person sits there, whether that
person files, with whom, and from whom the name comes. So a person's household follows from the person's number alone.

Guarantees: always the same table; it does not depend on the seed (which layout a block takes does).
Does not: model age, sex, income or any group.
Start at `STREET_DWELLINGS`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

BLOCK_SIZE = 256
"""People in a block."""

LAYOUTS_PER_KIND = 8
"""Layouts of each kind of block."""

BLOCK_CYCLE = (
    *("street", "apartments", "apartments+", "street", "street", "rural", "street", "street", "boxes", "street"),
    *("street", "apartments", "apartments+", "street", "street", "rural", "street", "street", "group", "street"),
)
"""Kinds of block, in the order in which they repeat; `+` continues the building before it."""


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """One seat of a dwelling. Fields that end in index point at an earlier member of the dwelling by position.

    `role` is what the person files as (None: no return); `primary_index` is the primary of the joint return;
    `surname_rule` is family, own, or married (usually the family's surname).
    """

    person_kind: str
    role: str | None = "primary"
    family: int = 0
    primary_index: int | None = None
    surname_rule: str = "family"
    namesake_index: int | None = None
    same_initial_index: int | None = None
    suffix: str | None = None


def _couple(family: int = 0, first: int = 0) -> tuple[HouseholdMember, HouseholdMember]:
    primary = HouseholdMember("taxpayer", family=family)
    return primary, HouseholdMember("spouse", "spouse", family=family, primary_index=first, surname_rule="married")


def _children(count: int, family: int = 0) -> tuple[HouseholdMember, ...]:
    return (HouseholdMember("child", None, family=family),) * count


_SINGLE_ADULT = (HouseholdMember("taxpayer"),)
_COUPLE = _couple()
_SENIOR_AND_JUNIOR = (
    HouseholdMember("taxpayer", suffix="Sr"),
    HouseholdMember("spouse", "spouse", primary_index=0, surname_rule="married"),
    HouseholdMember("junior", namesake_index=0, suffix="Jr"),
)

STREET_DWELLINGS: Mapping[tuple[HouseholdMember, ...], int] = {
    _SINGLE_ADULT: 12,
    _COUPLE: 14,
    (HouseholdMember("taxpayer"), HouseholdMember("taxpayer", surname_rule="married")): 3,
    (*_COUPLE, *_children(1)): 9,
    (*_COUPLE, *_children(2)): 12,
    (*_COUPLE, *_children(3)): 5,
    (*_SINGLE_ADULT, *_children(1)): 5,
    (*_SINGLE_ADULT, *_children(2)): 4,
    (*_COUPLE, HouseholdMember("parent", None)): 3,
    (*_COUPLE, *_children(2), HouseholdMember("parent", None, surname_rule="own")): 3,
    (*_COUPLE, HouseholdMember("nonfiler", None)): 3,
    (*_COUPLE, HouseholdMember("payee", "payee")): 2,
    _SENIOR_AND_JUNIOR: 4,
    (*_SENIOR_AND_JUNIOR[:2], HouseholdMember("junior", None, namesake_index=0, suffix="Jr")): 2,
    (HouseholdMember("taxpayer"), HouseholdMember("sibling_same_initial", same_initial_index=0)): 3,
    (*_COUPLE, HouseholdMember("taxpayer"), HouseholdMember("sibling_same_initial", None, same_initial_index=2)): 2,
    (*_COUPLE, *_children(1), *_couple(1, 3), *_children(1, 1)): 3,
    (*_COUPLE, *_couple(1, 2), HouseholdMember("taxpayer", family=2), *_children(2, 2)): 1,
    (HouseholdMember("roommate"), HouseholdMember("roommate", family=1), HouseholdMember("roommate", family=2)): 3,
    (HouseholdMember("nonfiler", None),): 2,
}
"""Dwelling on a street -> its weight."""

APARTMENT_DWELLINGS: Mapping[tuple[HouseholdMember, ...], int] = {
    _SINGLE_ADULT: 40,
    _COUPLE: 22,
    (*_COUPLE, *_children(1)): 9,
    (*_SINGLE_ADULT, *_children(1)): 8,
    (HouseholdMember("roommate"), HouseholdMember("roommate", family=1)): 9,
    (*_COUPLE, HouseholdMember("parent", None)): 2,
    (HouseholdMember("taxpayer"), HouseholdMember("sibling_same_initial", same_initial_index=0)): 2,
    (HouseholdMember("nonfiler", None),): 6,
    (HouseholdMember("payee", "payee"),): 2,
}

_SHELTER = tuple(HouseholdMember("shelter", "primary" if seat % 3 == 0 else None, family=seat) for seat in range(64))
_DORMITORY = tuple(HouseholdMember("student", "primary" if seat % 2 == 0 else None, family=seat) for seat in range(96))
GROUP_DWELLINGS: Mapping[tuple[HouseholdMember, ...], int] = {_SHELTER: 1, _DORMITORY: 1}
"""Addresses shared by many people who are not related."""

DWELLINGS_BY_BLOCK_KIND = {
    "street": STREET_DWELLINGS,
    "rural": STREET_DWELLINGS,
    "boxes": STREET_DWELLINGS,
    "apartments": APARTMENT_DWELLINGS,
    "group": GROUP_DWELLINGS,
}
BLOCK_KINDS = tuple(DWELLINGS_BY_BLOCK_KIND)


def _shuffle_key(block_kind: str, layout: int, position: int) -> str:
    return hashlib.sha256(f"{block_kind} {layout} {position}".encode()).hexdigest()


def choose_dwellings(block_kind: str, layout: int) -> Sequence[tuple[HouseholdMember, ...]]:
    """Choose the dwellings of one layout, in order; together they have exactly 256 members."""
    stock = [dwelling for dwelling, weight in DWELLINGS_BY_BLOCK_KIND[block_kind].items() for _ in range(weight)] * 2
    order = sorted(range(len(stock)), key=lambda position: _shuffle_key(block_kind, layout, position))
    chosen: list[tuple[HouseholdMember, ...]] = []
    free_seats = BLOCK_SIZE
    for dwelling in (stock[position] for position in order):
        if len(dwelling) <= free_seats:
            chosen.append(dwelling)
            free_seats -= len(dwelling)
    return chosen + [_SINGLE_ADULT] * free_seats


def build_seat_table() -> pa.Table:
    """Return one row for each kind of block, layout and seat; `seat_key` is (kind * 8 + layout) * 256 + seat.

    `*_seat` columns are seats of the same block: where the dwelling, family and joint return begin, from whom the first
    name comes (`first_seat`), with whom its initial is shared (`initial_seat`, mostly null), and another member of the
    dwelling (`mate_seat`: the first one, or for that one the second; null for one who lives alone).
    """
    rows: list[dict[str, int | str | None]] = []
    for kind_number, block_kind in enumerate(BLOCK_KINDS):
        for layout in range(LAYOUTS_PER_KIND):
            first_key = (kind_number * LAYOUTS_PER_KIND + layout) * BLOCK_SIZE
            seat = 0
            for dwelling in choose_dwellings(block_kind, layout):
                rows += _seat_rows(dwelling, seat, first_key)
                seat += len(dwelling)
    types = {name: pa.int32() for name in rows[0] if name.endswith(("key", "seat"))}
    schema = pa.schema([pa.field(name, types.get(name, pa.string())) for name in rows[0]])
    return pa.Table.from_pylist(rows, schema=schema)


def _seat_rows(
    dwelling: tuple[HouseholdMember, ...], seat: int, first_key: int
) -> Iterator[dict[str, int | str | None]]:
    """Yield the rows of one dwelling, the first member of which sits in `seat` of the block."""
    family_seats = {member.family: seat + index for index, member in reversed(list(enumerate(dwelling)))}
    for index, member in enumerate(dwelling):
        initial_index = member.same_initial_index
        yield {
            "seat_key": first_key + seat + index,
            "dwelling_seat": seat,
            "family_seat": family_seats[member.family],
            "return_seat": seat + (index if member.primary_index is None else member.primary_index),
            "first_seat": seat + (index if member.namesake_index is None else member.namesake_index),
            "initial_seat": None if initial_index is None else seat + initial_index,
            "mate_seat": seat if index else seat + 1 if len(dwelling) > 1 else None,
            "person_kind": member.person_kind,
            "role": member.role,
            "surname_rule": member.surname_rule,
            "seat_suffix": member.suffix,
        }


def build_block_cycle_table() -> pa.Table:
    """Return one row for each block of the cycle: its kind, and how many blocks before it its building begins."""
    return pa.table(
        {
            "place": pa.array(range(len(BLOCK_CYCLE)), pa.int32()),
            "block_kind": [name.removesuffix("+") for name in BLOCK_CYCLE],
            "kind_number": pa.array([BLOCK_KINDS.index(name.removesuffix("+")) for name in BLOCK_CYCLE], pa.int32()),
            "building_blocks_back": pa.array([int(name.endswith("+")) for name in BLOCK_CYCLE], pa.int32()),
        }
    )


def seat_stage(source: str) -> str:
    """Return the stage that adds block, seat, dwelling, family, return and kind to a relation with `person_id`."""
    return f"""
        SELECT s.*, t.person_kind, t.role, t.surname_rule, t.seat_suffix,
            s.block_start + t.dwelling_seat AS dwelling, s.block_start + t.family_seat AS family,
            s.block_start + t.return_seat AS filer, s.block_start + t.first_seat AS first_of,
            s.block_start + t.initial_seat AS initial_of, s.block_start + t.mate_seat AS mate
        FROM (
            SELECT p.*, person_id - person_id % {BLOCK_SIZE} AS block_start,
                {_seat_key_sql("person_id")} AS seat_key
            FROM {source} p JOIN block_cycle c ON c.place = {_cycle_position_sql("person_id")}
        ) s JOIN seats t ON t.seat_key = s.seat_key"""


def dwelling_stage(source: str, person: str, dwelling: str) -> str:
    """Return the stage that adds column `dwelling` for the person number in column `person`; null for null."""
    return f"""
        SELECT s.* EXCLUDE (other_key), s.{person} - s.{person} % {BLOCK_SIZE} + t.dwelling_seat AS {dwelling}
        FROM (
            SELECT p.*, {_seat_key_sql(person)} AS other_key
            FROM {source} p LEFT JOIN block_cycle c ON c.place = {_cycle_position_sql(person)}
        ) s LEFT JOIN seats t ON t.seat_key = s.other_key"""


def _cycle_position_sql(person: str) -> str:
    """Return SQL for the position in the cycle of the block of a person number."""
    return f"(({person} // {BLOCK_SIZE}) % {len(BLOCK_CYCLE)})::INTEGER"


def _seat_key_sql(person: str) -> str:
    """Return SQL for the `seat_key` of a person number; needs the row `c` of `block_cycle`."""
    layout = f"below('layout', {person} // {BLOCK_SIZE}, {LAYOUTS_PER_KIND})"
    return f"((c.kind_number * {LAYOUTS_PER_KIND} + {layout}) * {BLOCK_SIZE} + {person} % {BLOCK_SIZE})::INTEGER"
