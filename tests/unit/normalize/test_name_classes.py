"""Classes of a column of names are those of each name."""

import random

import pyarrow as pa

from comity.normalize.name_classes import (
    GIVEN,
    SURNAME,
    compute_class_shares,
    name_counts,
    own_class,
    own_classes,
    request_classes,
    request_classes_of_all,
)
from comity.reference.census_names import load_class_shares


def _near(name: str, rng: random.Random) -> str:
    """Return a name with a letter dropped, doubled, changed or added, or a piece of it."""
    at, kind = rng.randrange(len(name)), rng.randrange(5)
    return {
        0: name[:at] + name[at + 1 :],
        1: name[:at] + name[at] + name[at:],
        2: name[:at] + rng.choice("AEIOUXZ") + name[at + 1 :],
        3: name + rng.choice("AESZ"),
        4: name[at:] * rng.randrange(1, 4),
    }[kind]


def test_classes_of_all_are_those_of_each() -> None:
    """Common names and what is near them, of one letter to three names in a row."""
    rng = random.Random(20260101)
    for part in (GIVEN, SURNAME):
        names = rng.sample(list(name_counts(part)), 500) + list(name_counts(part))[:200]
        names = list(dict.fromkeys(names + [_near(name, rng) for name in names for _ in range(4)] + ["", "A", "AB"]))
        classes = request_classes_of_all(part, names)
        assert classes == {name: request_classes(part, name) for name in names}
        assert sum(len(found) > 2 for found in classes.values()) > 100, "some are slips for several names"


def test_no_name_has_no_classes_of_all() -> None:
    assert request_classes_of_all(GIVEN, []) == {}
    assert own_classes(pa.array([], pa.string())).to_pylist() == []


def test_shares_on_file_are_those_of_the_classes() -> None:
    """The classes changed if this fails: run tools/make_class_shares.py."""
    for part in (GIVEN, SURNAME):
        assert load_class_shares(part) == compute_class_shares(part)


def test_own_classes_are_those_of_each() -> None:
    names = ["", "A", "QUATERMAINE", "BBOBBB", "OHARA", "SMITH", "1STNAME", "AAB", "SSCHWARZZ", "WHITT 2"]
    assert own_classes(pa.array(["X", *names], pa.string()).slice(1)).to_pylist() == list(map(own_class, names))
