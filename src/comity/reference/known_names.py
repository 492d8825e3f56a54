"""Names that exist somewhere in the world, and the runs of letters that occur in them.

A name exists if the 2020 Census, Wikidata, the register of newborns or a list of a country's names has it, as a given
name or as a surname: which of the two it is differs by country. No such list is complete, so a text that is on none may
be a name; but one with a run of letters that hardly any name has is none.

Guarantees: names only, in upper-case letters without spaces; nothing by origin or sex (promise 14).
Does not: say that two names are one person's.
Basis: the files that `tools/make_known_names.py` and `tools/make_reference.py` make (see SOURCES.md).
Start at `is_known_name`.
"""

from functools import cache
from itertools import chain

from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.reference.reference_table import read_reference_table

RUN_LETTERS = 4
"""Letters of a run; the beginning and the end of a name count as one each."""
_BOUNDARY = "-"


def _read_texts(file_name: str) -> list[str]:
    texts: list[str] = read_reference_table(file_name)[0].to_pylist()
    return texts


@cache
def load_known_names() -> frozenset[str]:
    """Return all names that exist."""
    census = (table["name"].to_pylist() for table in (load_first_name_counts(), load_last_name_counts()))
    return frozenset(
        chain(_read_texts("names_elsewhere.parquet"), *census)
    )  # built once: joining sets takes twice that


@cache
def _load_letter_runs() -> frozenset[str]:
    return frozenset(_read_texts("letter_runs.parquet"))


def letter_runs(name: str) -> list[str]:
    """Return the runs of letters of a name.

    >>> letter_runs("ANNE")
    ['-ANN', 'ANNE', 'NNE-']
    """
    marked = f"{_BOUNDARY}{name}{_BOUNDARY}"
    return [marked[i : i + RUN_LETTERS] for i in range(len(marked) - RUN_LETTERS + 1)]


def is_known_name(name: str) -> bool:
    """Return whether a name exists somewhere.

    >>> is_known_name("LATONYA"), is_known_name("KINGQLEY")
    (True, False)
    """
    return name in load_known_names()


def has_foreign_run(name: str) -> bool:
    """Return whether a text has a run of letters that hardly any name has.

    >>> has_foreign_run("KINGQLEY"), has_foreign_run("LATONYA")
    (True, False)
    """
    return not _load_letter_runs().issuperset(letter_runs(name))
