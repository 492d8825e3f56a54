"""Abbreviations and common names of cities, each with what it stands for.

`city_words.csv` has one row per word of a city's name that is abbreviated (`kind` is `word`) and per whole name in
common use (`kind` is `name`).

Guarantees: upper case ASCII.
Does not: know which cities exist (`zip_codes.py` does), nor decide whether two cities are the same.
Basis: abbreviations of USPS Publication 28 (appendix B and C1) as they occur in city names, and names in common use.
Start at `CITY_ABBREVIATIONS`.
"""

import csv
from importlib.resources import files


def _read_city_words(kind: str) -> dict[str, str]:
    text = (files("comity.reference") / "city_words.csv").read_text(encoding="ascii")
    return {row["name"]: row["city"] for row in csv.DictReader(text.splitlines()) if row["kind"] == kind}


CITY_ABBREVIATIONS: dict[str, str] = _read_city_words("word")
"""A word of a city's name as abbreviated -> written out."""

CITY_ALIASES: dict[str, str] = _read_city_words("name")
"""A whole name in common use -> the city's own name."""
