"""Who lives with whom: the household model, as a table of 256 seats per block that every block of people repeats.

People are numbered from 0. Each run of 256 is a *block* (a few streets, part of an apartment building, a rural
delivery route, a wall of post office boxes, or a few group quarters), and 20 blocks are a cycle. A block takes one of
8 layouts; a layout says for each seat in which dwelling and family it sits, what kind of person sits there, whether
that person files, with whom, and whose name it shares. So anybody's household follows from the person's number alone.

Guarantees: the same table always; it does not depend on the seed (which layout a block takes does).
Does not: model age, sex, income or any group.
Start at `STREET_DWELLINGS`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

BLOCK = 256
"""People in a block."""

LAYOUTS = 8
"""Layouts of each kind of block."""

CYCLE = (
    "street", "apartments", "apartments+", "street", "street", "rural", "street", "street", "boxes", "street",
    "street", "apartments", "apartments+", "street", "street", "rural", "street", "street", "group", "street",
)  # fmt: skip
"""Kinds of block, in the order in which they repeat; `+` continues the building before it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One seat of a dwelling. `of` points at an earlier member of the dwelling by position.

    `role` is what the person files as (None: no return); `of` is the primary of the joint return;
    `surname` says whose: the family's, the person's own, or married (usually the family's).
    """

    kind: str
    role: str | None = "primary"
    family: int = 0
    of: int | None = None
    surname: str = "family"
    namesake: int | None = None
    same_initial: int | None = None
    suffix: str | None = None


def _couple(family: int = 0, first: int = 0) -> tuple[Member, Member]:
    primary = Member("taxpayer", family=family)
    return primary, Member("spouse", "spouse", family=family, of=first, surname="married")


def _children(count: int, family: int = 0) -> tuple[Member, ...]:
    return (Member("child", None, family=family),) * count


_ALONE = (Member("taxpayer"),)
_COUPLE = _couple()
_SENIOR_AND_JUNIOR = (
    Member("taxpayer", suffix="Sr"),
    Member("spouse", "spouse", of=0, surname="married"),
    Member("junior", namesake=0, suffix="Jr"),
)

STREET_DWELLINGS: Mapping[tuple[Member, ...], int] = {
    _ALONE: 12,
    _COUPLE: 14,
    (Member("taxpayer"), Member("taxpayer", surname="married")): 3,
    (*_COUPLE, *_children(1)): 9,
    (*_COUPLE, *_children(2)): 12,
    (*_COUPLE, *_children(3)): 5,
    (*_ALONE, *_children(1)): 5,
    (*_ALONE, *_children(2)): 4,
    (*_COUPLE, Member("parent", None)): 3,
    (*_COUPLE, *_children(2), Member("parent", None, surname="own")): 3,
    (*_COUPLE, Member("nonfiler", None)): 3,
    (*_COUPLE, Member("payee", "payee")): 2,
    _SENIOR_AND_JUNIOR: 4,
    (*_SENIOR_AND_JUNIOR[:2], Member("junior", None, namesake=0, suffix="Jr")): 2,
    (Member("taxpayer"), Member("sibling_same_initial", same_initial=0)): 3,
    (*_COUPLE, Member("taxpayer"), Member("sibling_same_initial", None, same_initial=2)): 2,
    (*_COUPLE, *_children(1), *_couple(1, 3), *_children(1, 1)): 3,
    (*_COUPLE, *_couple(1, 2), Member("taxpayer", family=2), *_children(2, 2)): 1,
    (Member("roommate"), Member("roommate", family=1), Member("roommate", family=2)): 3,
    (Member("nonfiler", None),): 2,
}
"""Dwellings on a street -> how many in a hundred or so."""

APARTMENT_DWELLINGS: Mapping[tuple[Member, ...], int] = {
    _ALONE: 40,
    _COUPLE: 22,
    (*_COUPLE, *_children(1)): 9,
    (*_ALONE, *_children(1)): 8,
    (Member("roommate"), Member("roommate", family=1)): 9,
    (*_COUPLE, Member("parent", None)): 2,
    (Member("taxpayer"), Member("sibling_same_initial", same_initial=0)): 2,
    (Member("nonfiler", None),): 6,
    (Member("payee", "payee"),): 2,
}

_SHELTER = tuple(Member("shelter", "primary" if seat % 3 == 0 else None, family=seat) for seat in range(64))
_DORMITORY = tuple(Member("student", "primary" if seat % 2 == 0 else None, family=seat) for seat in range(96))
GROUP_DWELLINGS: Mapping[tuple[Member, ...], int] = {_SHELTER: 1, _DORMITORY: 1}
"""One address shared by many people who are not related."""

DWELLINGS = {
    "street": STREET_DWELLINGS,
    "rural": STREET_DWELLINGS,
    "boxes": STREET_DWELLINGS,
    "apartments": APARTMENT_DWELLINGS,
    "group": GROUP_DWELLINGS,
}
KINDS = tuple(DWELLINGS)


def _order(kind: str, layout: int, place: int) -> str:
    return hashlib.sha256(f"{kind} {layout} {place}".encode()).hexdigest()


def layout_dwellings(kind: str, layout: int) -> Sequence[tuple[Member, ...]]:
    """The dwellings of one layout, in order; together they have exactly 256 members."""
    stock = [dwelling for dwelling, weight in DWELLINGS[kind].items() for _ in range(weight)] * 2
    shuffled = [stock[place] for place in sorted(range(len(stock)), key=lambda place: _order(kind, layout, place))]
    chosen: list[tuple[Member, ...]] = []
    left = BLOCK
    for dwelling in shuffled:
        if len(dwelling) <= left:
            chosen.append(dwelling)
            left -= len(dwelling)
    return chosen + [_ALONE] * left


def seats() -> pa.Table:
    """One row per kind of block, layout and seat, keyed by `seat_key` = (kind * 8 + layout) * 256 + seat.

    `*_seat` columns are seats of the same block: where the dwelling, family and joint return begin, whose first name is
    borne (`first_seat`), and whose first initial it must share (`initial_seat`, mostly null).
    """
    rows = []
    for number, kind in enumerate(KINDS):
        for layout in range(LAYOUTS):
            seat = 0
            for dwelling in layout_dwellings(kind, layout):
                families = {member.family: seat + at for at, member in reversed(list(enumerate(dwelling)))}
                for at, member in enumerate(dwelling):
                    rows.append(
                        {
                            "seat_key": (number * LAYOUTS + layout) * BLOCK + seat + at,
                            "dwelling_seat": seat,
                            "family_seat": families[member.family],
                            "return_seat": seat + (at if member.of is None else member.of),
                            "first_seat": seat + (at if member.namesake is None else member.namesake),
                            "initial_seat": None if member.same_initial is None else seat + member.same_initial,
                            "person_kind": member.kind,
                            "role": member.role,
                            "surname_rule": member.surname,
                            "seat_suffix": member.suffix,
                        }
                    )
                seat += len(dwelling)
    whole = pa.int32()
    columns = {name: whole for name in rows[0] if name.endswith(("key", "seat"))}
    return pa.Table.from_pylist(
        rows, schema=pa.schema([pa.field(name, columns.get(name, pa.string())) for name in rows[0]])
    )


def cycle() -> pa.Table:
    """One row per place in the cycle of blocks: the kind of block and how far back its building begins."""
    return pa.table(
        {
            "place": pa.array(range(len(CYCLE)), pa.int32()),
            "block_kind": [name.removesuffix("+") for name in CYCLE],
            "kind_number": pa.array([KINDS.index(name.removesuffix("+")) for name in CYCLE], pa.int32()),
            "building_blocks_back": pa.array([int(name.endswith("+")) for name in CYCLE], pa.int32()),
        }
    )


def seated(source: str) -> str:
    """Each person's seat: adds block, seat, dwelling, family, return and kind to a relation with `person_id`."""
    return f"""
        SELECT s.*, t.person_kind, t.role, t.surname_rule, t.seat_suffix,
            s.block_start + t.dwelling_seat AS dwelling, s.block_start + t.family_seat AS family,
            s.block_start + t.return_seat AS filer, s.block_start + t.first_seat AS first_of,
            s.block_start + t.initial_seat AS initial_of
        FROM (
            SELECT p.*, person_id - person_id % {BLOCK} AS block_start,
                ((c.kind_number * {LAYOUTS} + below('layout', person_id // {BLOCK}, {LAYOUTS})) * {BLOCK}
                    + person_id % {BLOCK})::INTEGER AS seat_key
            FROM {source} p JOIN block_cycle c ON c.place = ((person_id // {BLOCK}) % {len(CYCLE)})::INTEGER
        ) s JOIN seats t ON t.seat_key = s.seat_key"""


def dwelling_of(source: str, person: str, dwelling: str) -> str:
    """Where another person lives: adds column `dwelling` for the person number in column `person`, null if none."""
    return f"""
        SELECT s.* EXCLUDE (other_key), s.{person} - s.{person} % {BLOCK} + t.dwelling_seat AS {dwelling}
        FROM (
            SELECT p.*, ((c.kind_number * {LAYOUTS} + below('layout', {person} // {BLOCK}, {LAYOUTS})) * {BLOCK}
                + {person} % {BLOCK})::INTEGER AS other_key
            FROM {source} p LEFT JOIN block_cycle c ON c.place = (({person} // {BLOCK}) % {len(CYCLE)})::INTEGER
        ) s LEFT JOIN seats t ON t.seat_key = s.other_key"""
