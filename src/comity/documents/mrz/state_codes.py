"""The codes of states and nationalities in a machine-readable zone, and the country of their certificates.

Basis: ISO 3166-1; ICAO Doc 9303 part 3, section 5. The list is `state_codes.yaml`, whose marks say what was not
verified.
Start at `is_known_code`, `is_foreign_state` and `certificate_countries`.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

CODE_LISTS = ("states", "others", "specimens")


def is_known_code(code: str) -> bool:
    """Return whether a state, an organization or a status without a state has this code. Specimens' UTO is known."""
    return code in _codes()


def certificate_countries(code: str) -> tuple[str, ...]:
    """Return the spellings of countryName, in capitals, that certificates of the state with this code may have.

    Empty for a code without certificates of its own.
    """
    country = _codes().get(code)
    return () if country is None else (country, code)


def is_foreign_state(code: str) -> bool:
    """Return whether this is the code of a state other than the United States, or of its nationals."""
    return code in _foreign_states()


@cache
def _foreign_states() -> frozenset[str]:
    return frozenset(_lists()["sovereign"])


@cache
def _codes() -> Mapping[str, str | None]:
    lists = _lists()
    return {code: country for name in CODE_LISTS for code, country in lists[name].items()}


@cache
def _lists() -> Mapping[str, Any]:
    text = resources.files("comity.documents.mrz").joinpath("state_codes.yaml").read_text(encoding="utf-8")
    lists: Mapping[str, Any] = yaml.safe_load(text)
    return lists
