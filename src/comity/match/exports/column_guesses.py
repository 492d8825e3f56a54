"""Guess which field of a record each column of a file gives: by its name first, then by what is in it.

Guarantees: a field is given by one column; a guess says why it was made.
Start at `guess_columns`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from comity.match.exports.column_names import find_field
from comity.match.exports.export_map import DEFAULT_EMPTY, WHOLE_NAME, WHOLE_PLACE, given_fields
from comity.match.exports.file_layout import STATES
from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.reference.zip_codes import load_zip_table

YEARS = r"(?:[FTC]Y ?)?(19|20)\d\d(\.0*)?|[12],\d{3}"


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What a column seems to be: a field of a record or None, its form if it needs one, and why."""

    field: str | None
    form: str | None = None
    why: str = ""


def guess_columns(columns: Mapping[str, Sequence[str]]) -> dict[str, ColumnGuess]:
    """Return what each column seems to be; a field is given by one column, the one that its name says first."""
    guesses: dict[str, ColumnGuess] = {}
    taken: set[str] = set()
    for column, values in columns.items():
        named = find_field(column)
        if named and named not in taken and _fits(named, values):
            guess = _with_form(named, values, "by its name")
            if guess.field is not None:
                guesses[column] = guess
                taken.add(guess.field)
    given = given_fields(taken)
    for column, values in columns.items():
        if column in guesses:
            continue
        found = next((f for f in _by_content(values) if f not in given and f not in taken), None)
        guesses[column] = _with_form(found, values, "by what is in it") if found else ColumnGuess(None)
        if found:
            taken.add(found)
            given = given_fields(taken)
    return guesses


def compute_share(values: Sequence[str], pattern: str) -> float:
    """Return the share of the texts that match a pattern, empty ones and placeholders left out."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    return sum(re.fullmatch(pattern, text, re.IGNORECASE) is not None for text in texts) / len(texts) if texts else 0.0


def _fits(name: str, values: Sequence[str]) -> bool:
    """Return whether the content does not speak against what a column's name says."""
    if not any(values):
        return True
    match name:
        case "tin":
            return compute_share(values, r"[\dX*]{2,3}[- ]?[\dX*]{2}[- ]?[\dX*]{4,5}|\d{7,9}(\.0)?") > 0.5
        case "zip":
            return compute_share(values, r"\d{3,5}(\.0)?|\d{7,9}(\.0)?|\d{3,5}-?\d{4}") > 0.5
        case "tax_year":
            return _year_form(values) is not None
        case "state":
            return sum(value.upper() in STATES for value in values if value) > 0.5 * sum(map(bool, values))
        case _:
            return True


def _by_content(values: Sequence[str]) -> Iterator[str]:
    """Yield the fields that a column's content speaks for."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    if not texts:
        return
    if compute_share(texts, r"\d{3}-\d{2}-\d{4}") > 0.8:
        yield "tin"
    if compute_share(texts, YEARS) > 0.95:
        yield "tax_year"
    if compute_share(texts, r"(jr|sr|ii|iii|iv)\.?") > 0.9:
        yield "suffix"
    if compute_share(texts, r"\d{5}(-\d{4})?") > 0.9 and len(set(texts)) < len(texts):
        yield "zip"
    if sum(text.upper() in STATES for text in texts) > 0.95 * len(texts):
        yield "state"
    if compute_share(texts, r".+, *[a-z]{2}\.? +\d{4,5}(-?\d{4})?") > 0.8:
        yield WHOLE_PLACE
    if compute_share(texts, r"(\d+[a-z]? |p\.? ?o\.? ?box|rr ).*[a-z].*") > 0.7:
        yield "street"
    if compute_share(texts, r"[a-z' .-]+, *[a-z' .-]+") > 0.8:
        yield WHOLE_NAME
    if _share_known(texts, _cities()) > 0.8:
        yield "city"
    first, last = (_share_known(texts, names) for names in _frequent_names())
    if max(first, last) > 0.5:
        yield "first_name" if first >= last else "last_name"
    if len(set(texts)) == len(values) and compute_share(texts, r"[a-z0-9-]*\d[a-z0-9-]*") > 0.95:
        yield "record_id"


def _share_known(texts: Sequence[str], known: Collection[str]) -> float:
    """Return the share of the texts of more than one letter that are in a set of upper case words."""
    words = [text.upper() for text in texts if len(text) > 1]
    return sum(word in known for word in words) / len(words) if len(words) > 0.5 * len(texts) else 0.0


@cache
def _cities() -> frozenset[str]:
    table = load_zip_table()
    return frozenset(city.upper() for city in table["city"].to_pylist())


@cache
def _frequent_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return names that more people have as a first name than as a surname, and the others."""
    first, last = (
        dict(zip(t["name"].to_pylist(), t["count"].to_pylist(), strict=True))
        for t in (load_first_name_counts(), load_last_name_counts())
    )
    names = first.keys() | last.keys()
    given = frozenset(name for name in names if first.get(name, 0) > last.get(name, 0))
    return given, frozenset(names - given)


def _with_form(name: str, values: Sequence[str], why: str) -> ColumnGuess:
    """Return a guess with the form that the values of a name, a place or a date have."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    if name == "tax_year":
        return ColumnGuess(name, _year_form(values) or None, why)
    if name == WHOLE_PLACE:
        return ColumnGuess(name, "CITY, STATE ZIP", why)
    if name != WHOLE_NAME or not texts:
        return ColumnGuess(name, None, why)
    for mark, form in ((",", "LAST, FIRST MIDDLE"), ("/", "LAST/FIRST MIDDLE")):
        if sum(mark in text for text in texts) > 0.6 * len(texts):
            return ColumnGuess(name, form, why)
    if sum(text.count("*") == 2 for text in texts) > 0.8 * len(texts):
        return ColumnGuess(name, "LAST*FIRST*MIDDLE", why)
    return ColumnGuess(name, "FIRST MIDDLE LAST", f"{why}; check the order of the words")


def _year_form(values: Sequence[str]) -> str | None:
    """Return the form of the dates of a tax year, an empty text for plain years, None for neither."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    if not texts or compute_share(texts, YEARS) > 0.7:
        return ""
    patterns = {
        r"\d{4}-\d\d?-\d\d?": "%Y-%m-%d",
        r"\d{4}-\d\d?-\d\d?[ T]\d\d:\d\d:\d\d": "%Y-%m-%d %H:%M:%S",
        r"(0?[1-9]|1[0-2])/([0-2]?\d|3[01])/\d{4}": "%m/%d/%Y",
        r"([0-2]?\d|3[01])/(0?[1-9]|1[0-2])/\d{4}": "%d/%m/%Y",
        r"([0-2]?\d|3[01])\.(0?[1-9]|1[0-2])\.\d{4}": "%d.%m.%Y",
        r"(0[1-9]|1[0-2])-?([0-2]\d|3[01])-\d{4}": "%m-%d-%Y",
        r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])": "%Y%m%d",
        r"(19|20)\d\d(0[1-9]|1[0-2])": "%Y%m",
        r"\d\d?-[a-z]{3}-\d{4}": "%d-%b-%Y",
        r"\d\d?-[a-z]{3}-\d{2}": "%d-%b-%y",
    }
    return next((form for pattern, form in patterns.items() if compute_share(texts, pattern) > 0.95), None)
