"""The rows that a requester sends who makes the gates search, by strategy, and those of a lawful file.

Start at `name_strategies`, `house_strategies` and `number_strategies`; `attacks.py` sends them.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from comity.model.request_fields import REQUESTS_SCHEMA
from comity.normalize.name_classes import GIVEN, SURNAME, name_counts
from comity.reference.zip_codes import load_zip_table
from tests.support.gate_batches import VALID_ROW

RARE, COMMON = ("Zebulon", "Quartermain"), ("Jose", "Hernandez")
HOUSE = {"street": "12 Juniper St", "city": "Springfield", "state": "IL", "zip": "62701"}
WORDS_FOR_ANYBODY = ("Female", "Baby Girl", "Householder", "Wife", "Resident", "Adult 2", "Lady of the House", "0")
"""What is written for a given name and names nobody."""
Rows = Mapping[str, Sequence[Any]]
"""Columns of rows that a strategy fills; the others are those of a valid row."""


def make_rows(count: int, start: int, columns: Rows) -> pa.Table:
    """Return valid rows with these columns, each with a case of its own, and an officer for each 400."""
    own = {
        "request_id": [f"r-{n}" for n in range(start, start + count)],
        "case_number": [f"24-{n}" for n in range(start, start + count)],
        "officer_id": [f"o{n // 400}" for n in range(start, start + count)],
        "reason": [f"Count {n} of the indictment turns on the residence" for n in range(start, start + count)],
    }
    filled: dict[str, Any] = {name: [value] * count for name, value in VALID_ROW.items()} | own | dict(columns)
    filled["row"] = list(range(1, count + 1))
    return pa.table({name: filled[name] for name in REQUESTS_SCHEMA.names}, schema=REQUESTS_SCHEMA)


def addresses(count: int, start: int = 0) -> dict[str, list[Any]]:
    """Return distinct addresses in distinct towns as far as there are any, then on other streets of them."""
    table = load_zip_table().slice(0, 40_000)
    towns = [(start + n) % len(table) for n in range(count)]
    streets = [
        f"{100 + n % 9000} {('Juniper', 'Oak', 'Elm', 'Main', 'Lake')[n % 5]} St" for n in range(start, start + count)
    ]
    places = table.select(["city", "state", "zip"]).take(pa.array(towns))
    return {"street": streets, **{name: places[name].to_pylist() for name in ("city", "state", "zip")}}


def towns_of_illinois(count: int, start: int) -> list[str]:
    """Return towns of Illinois, one after another."""
    columns = (load_zip_table()[column].to_pylist() for column in ("city", "state"))
    towns = sorted({city for city, state in zip(*columns, strict=True) if state == "IL"})
    return [towns[n % len(towns)] for n in range(start, start + count)]


def spellings(name: str, count: int, seed: int) -> list[str]:
    """Return a name with one slip or two in each: a letter dropped, doubled, changed or exchanged."""
    draw, result = random.Random(seed), []
    for _ in range(count):
        letters = list(name)
        for _ in range(draw.choice((1, 1, 1, 2))):
            at = draw.randrange(1, len(letters))
            letters[at : at + 1] = draw.choice(([], [letters[at]] * 2, [chr(97 + draw.randrange(26))]))
        result.append("".join(letters))
    return result


def people(count: int, start: int = 0) -> dict[str, list[Any]]:
    """Return names by the Census's shares, as a lawful file has them."""
    draw = np.random.default_rng(start)
    columns = {}
    for column, part in (("first_name", GIVEN), ("last_name", SURNAME)):
        counts = name_counts(part)
        shares = np.array(list(counts.values()), dtype=float)
        columns[column] = draw.choice(np.array(list(counts), dtype=object), count, p=shares / shares.sum()).tolist()
    return columns


def split_name(name: tuple[str, str], count: int) -> dict[str, list[Any]]:
    """Return the columns of one name, as often as there are rows."""
    return {"first_name": [name[0]] * count, "last_name": [name[1]] * count}


def repeat_house(count: int) -> dict[str, list[Any]]:
    """Return the columns of one address, as often as there are rows."""
    return {column: [value] * count for column, value in HOUSE.items()}


Strategies = Mapping[str, Callable[[], Rows]]
"""Makes the columns of one batch, by strategy."""


def name_strategies(name: tuple[str, str], count: int, start: int) -> Strategies:
    """Return the strategies that look for one person's address, for a batch of `count` rows."""
    first, last = name
    forms = [
        (first, last),
        (last, first),
        (f"Dr. {first}", f"{last} Jr"),
        (first, f"{last}-Lopez"),
        (f"{first} A", last),
    ]
    is_decoy = [n % 10 > 0 for n in range(count)]
    statutes = [None if decoy else VALID_ROW["statute"] for decoy in is_decoy]
    tins, numbers = ["900-11-0001", "900 11 0001", "9001 10001", "900110001"], range(start, start + count)

    def among_decoys(column: str, own: str) -> list[Any]:
        decoys = people(count, start)[column]
        return [decoys[n] if is_decoy[n] else own for n in range(count)]

    def asked_anywhere(**columns: Sequence[Any]) -> Rows:
        return split_name(name, count) | addresses(count, start) | columns

    return {
        "the name itself": asked_anywhere,
        "spellings of the surname": lambda: asked_anywhere(last_name=spellings(last, count, start)),
        "spellings of both names": lambda: asked_anywhere(
            first_name=spellings(first, count, start), last_name=spellings(last, count, start + 1)
        ),
        "exchanged fields, titles, second surnames": lambda: asked_anywhere(
            first_name=[forms[n % 5][0] for n in range(count)], last_name=[forms[n % 5][1] for n in range(count)]
        ),
        "initials": lambda: asked_anywhere(first_name=[first[0]] * count),
        "middle names and suffixes": lambda: asked_anywhere(
            middle_name=[chr(65 + n % 26) for n in range(count)],
            suffix=[("Jr", "Sr", "III", None)[n % 4] for n in range(count)],
        ),
        "decoys that are looked up": lambda: asked_anywhere(
            first_name=among_decoys("first_name", first), last_name=among_decoys("last_name", last)
        ),
        "decoys of the surname that are refused": lambda: asked_anywhere(
            first_name=among_decoys("first_name", first), statute=statutes
        ),
        "a number of its own in each row": lambda: asked_anywhere(tin=[f"9{n:08}" for n in numbers]),
        "house after house": lambda: split_name(name, count) | {"street": [f"{100 + n} Juniper St" for n in numbers]},
        "towns of one place, ZIP codes of another": lambda: asked_anywhere(
            city=towns_of_illinois(count, start), state=["IL"] * count, zip=[f"62{500 + n % 200}" for n in numbers]
        ),
        "one line in one town after another": lambda: (
            split_name(name, count) | repeat_house(count) | {"city": towns_of_illinois(count, start)}
        ),
        "one box in one post office after another": lambda: (
            split_name(name, count)
            | repeat_house(count)
            | {
                "street": ["PO Box 12"] * count,
                "zip": [f"{60601 + n % 60}" for n in numbers],
                "city": ["Chicago"] * count,
            }
        ),
        "one number, other names": lambda: (
            people(count, start) | addresses(count, start) | {"tin": [tins[n % 4] for n in range(count)]}
        ),
    }


def house_strategies(count: int, start: int) -> Strategies:
    """Return the strategies that ask who lives at one house, for a batch of `count` rows."""

    def asked_there(**columns: Sequence[Any]) -> Rows:
        return people(count, start) | repeat_house(count) | columns

    def two_surnames() -> list[str]:
        surnames = (people(count, first)["last_name"] for first in (start, start + 1))
        return [f"{a} {b}" for a, b in zip(*surnames, strict=True)]

    return {
        "names at a house": asked_there,
        "invented units": lambda: asked_there(street2=[f"Apt {n}" for n in range(start, start + count)]),
        "neighboring ZIP codes": lambda: asked_there(zip=[f"627{n % 100:02}" for n in range(count)]),
        "ZIP codes of another place": lambda: asked_there(
            zip=[f"{n % 90000 + 10000}" for n in range(start, start + count)]
        ),
        "no given name but a word for anybody": lambda: asked_there(
            first_name=[WORDS_FOR_ANYBODY[n % len(WORDS_FOR_ANYBODY)] for n in range(count)]
        ),
        "two surnames in each row": lambda: asked_there(last_name=two_surnames()),
        "misspelled streets": lambda: asked_there(
            street=[f"12 {word} St" for word in spellings("Juniper", count, start)]
        ),
    }


def number_strategies(count: int, start: int) -> Strategies:
    """Return the strategies that ask about one person with number after number, for a batch of `count` rows."""

    def asked_by_number(**columns: Sequence[Any]) -> Rows:
        tins = {"tin": [f"9{n:08}" for n in range(start + 1, start + count + 1)]}
        return split_name(RARE, count) | repeat_house(count) | tins | columns

    return {
        "numbers of one person": asked_by_number,
        "numbers, with spellings": lambda: asked_by_number(last_name=spellings(RARE[1], count, start)),
        "numbers, with units and years": lambda: asked_by_number(
            street2=[f"Apt {n}" for n in range(count)], tax_year=[str(2016 + n % 9) for n in range(count)]
        ),
        "numbers, with initials": lambda: asked_by_number(first_name=["Z"] * count),
        "numbers, with generations": lambda: asked_by_number(
            suffix=[(None, "Jr", "Sr", "III", "IV")[n % 5] for n in range(count)]
        ),
        "numbers, with middle names": lambda: asked_by_number(middle_name=people(count, start)["first_name"]),
        "numbers, with honorifics": lambda: asked_by_number(
            first_name=[f"{('Daw', 'Ko', 'Ma', 'Saw', 'Sai')[n % 5]} {RARE[0]}" for n in range(count)]
        ),
    }
