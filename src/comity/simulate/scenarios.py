"""State what a requester's file is made of: the share of each kind of row, by shape, with the source of every figure.

The kind of a row (column `aim` of the truth) is about whom it asks, at which address, with which number. Shares are
PUBLISHED (a figure in docs/law-notes.md 2.2, or derived from two of them) or ASSUMED (ours, where nothing is
published), and say which.

Guarantees: the shares of a shape add up to one.
Start at `AUGUST_ROW_KINDS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SHAPES = ("plain", "august-2025", "august-2025-cured")

# PUBLISHED: docs/law-notes.md 2.2.
AUGUST_ROWS = 1_280_000
AUGUST_ANSWERS = 47_289
AUGUST_ANSWERS_BY_TIN = 42_695
AUGUST_UPDATED_ADDRESSES = 33_000
AUGUST_INSUFFICIENT_BELOW = 0.05

# PUBLISHED, derived: answers by name and number, and by name and address, as shares of the rows.
NAME_AND_TIN_SHARE = AUGUST_ANSWERS_BY_TIN / AUGUST_ROWS
ADDRESS_ONLY_SHARE = (AUGUST_ANSWERS - AUGUST_ANSWERS_BY_TIN) / AUGUST_ROWS
ON_RECORD_SHARE = 1 - AUGUST_UPDATED_ADDRESSES / AUGUST_ANSWERS
"""ASSUMED to hold among answers by number: those not 'potentially updated' had the address on record."""
NAMED_FAULTY_SHARE = 0.045
"""ASSUMED; PUBLISHED is only that fewer than 5 % of the answers had an insufficient address."""

# ASSUMED: how the rows that got no answer divide. Published is only that there were 96.3 % of them.
LOST_MATCH_SHARE = 0.015
WRONG_NUMBER_SHARE = 0.09
BORROWED_NUMBER_SHARE = 0.03
ABSENT_SHARE = 0.12
FAULTY_SHARE = 0.14

PLAIN_ROW_KINDS: Mapping[str, float] = {
    "resident": 0.63,  # on record, at an address of theirs; movers partly at the old one
    "elsewhere": 0.10,  # on record, at the address of another person or of none
    "absent": 0.11,  # a child, parent or other member of a household who did not file
    "other": 0.005,  # on record from a payment alone, or filed for an earlier year alone
    "faulty": 0.085,  # on record, but the address is not set forth
    "stranger": 0.07,  # not on record
}
"""ASSUMED throughout: about 60 % of the rows can be confirmed."""

AUGUST_ROW_KINDS: Mapping[str, float] = {
    "named_resident": NAME_AND_TIN_SHARE * ON_RECORD_SHARE,
    "named_faulty": NAME_AND_TIN_SHARE * NAMED_FAULTY_SHARE,
    "named_elsewhere": NAME_AND_TIN_SHARE * (1 - ON_RECORD_SHARE - NAMED_FAULTY_SHARE),
    "address_only": ADDRESS_ONLY_SHARE,
    "lost_match": LOST_MATCH_SHARE,  # the right person and address, written so that the 2025 process missed it
    "wrong_number": WRONG_NUMBER_SHARE,  # on record, with a number that is not theirs, and another address
    "borrowed": BORROWED_NUMBER_SHARE,  # a stranger using the number of a person on record
    "absent": ABSENT_SHARE,
    "faulty_stranger": FAULTY_SHARE,
    "stranger": 1
    - NAME_AND_TIN_SHARE
    - ADDRESS_ONLY_SHARE
    - LOST_MATCH_SHARE
    - WRONG_NUMBER_SHARE
    - BORROWED_NUMBER_SHARE
    - ABSENT_SHARE
    - FAULTY_SHARE,
}

POOL_BY_ROW_KIND = {
    "resident": "filer",
    "elsewhere": "filer",
    "faulty": "filer",
    "absent": "absent",
    "other": "other",
    "named_resident": "filer",
    "named_faulty": "filer",
    "named_elsewhere": "filer",
    "address_only": "filer",
    "lost_match": "filer",
    "wrong_number": "filer",
    "borrowed": "filer",
    "relative_child": "relative_child",
    "relative_junior": "relative_junior",
    "relative_sibling": "relative_sibling_same_initial",
    "relative_namesake": "filer",
}
"""Row kind -> the part of the population it draws a person (or a number) from; other kinds draw from none."""

VALID_ROW_KINDS = frozenset({"resident", "named_resident", "address_only", "lost_match"})
"""Row kinds about a person on record at the address of that record."""
RELATIVES_KIND = "absent"
RELATIVE_AIMS = ("relative_child", "relative_junior", "relative_sibling", "relative_namesake")
"""The kind of the rows about members of a household who are on no record; and the kinds that an option divides it into
(`request_mix`). A namesake has the name of the person on record, and a number and a middle name of their own."""
NAMESAKE_AIM = "relative_namesake"
TIN_SOURCES = ("own", "none", "swapped", "digit", "any", "household", "lent", "lender")
"""Where the number in a request comes from: the person's own, none, own with two neighbors exchanged or with one digit
changed, drawn at random, another household member's, that of somebody on record, or of the lender of the row."""

ADDRESS_FAULT_WEIGHTS: Mapping[str, float] = {
    "a01_blank": 1,
    "a02_unknown": 1,
    "a03_failed_to_provide": 1,
    "a04_na": 1,
    "a05_dont_care": 1,
    "a06_digits_only": 1,
    "a07_no_number": 1,
    "a07_no_street": 1,
    "a08_city_only": 1,
    "a09_state_zip": 1,
    "a10_facility": 1.5,
    "a11_homeless": 0.7,
    "a11_general_delivery": 0.7,
    "a11_care_of": 0.7,
    "a11_foreign": 0.7,
    "a12_agency_office": 1,
}
"""Weights of the kinds of insufficient address (failure modes A01 to A12). ASSUMED."""

FIVE_DIGIT_FAULTS = (
    "a02_unknown",
    "a03_failed_to_provide",
    "a04_na",
    "a05_dont_care",
    "a06_digits_only",
    "a07_no_number",
    "a07_no_street",
    "a08_city_only",
    "a10_facility",
)
"""Insufficient addresses that passed in 2025 because there were five digits somewhere in them. PUBLISHED as a list of
examples (docs/law-notes.md 2.2, Romo declaration); their weights are ASSUMED equal."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """The composition of one shape. Noise and variants are shares of rows; the other rows are as on record."""

    row_kinds: Mapping[str, float]
    name_noise_shares: Mapping[str, float]
    address_noise_shares: Mapping[str, float]
    variant_shares: Mapping[str, float]
    tin_sources: Mapping[str, float]
    has_middle_names: bool
    number_sources: Mapping[str, float] | None = None
    """Shares of `TIN_SOURCES` for rows of every kind alike, where an option states them (`request_mix`)."""


NAME_NOISE_SHARES = {
    "typo_first": 0.015,
    "typo_last": 0.015,
    "ocr_first": 0.006,
    "ocr_last": 0.006,
    "phonetic_first": 0.01,
    "phonetic_last": 0.01,
    "nickname": 0.03,
    "initial": 0.012,
    "swapped": 0.008,
}
ADDRESS_NOISE_SHARES = {
    "typo_street": 0.012,
    "digits_swapped": 0.006,
    "typo_city": 0.01,
    "zip_digit": 0.006,
    "no_unit": 0.012,
}
VARIANT_SHARES = {
    "long_words": 0.06,
    "punctuation": 0.05,
    "unit_hash": 0.03,
    "unit_first": 0.03,
    "unit_moved": 0.04,
    "zip_plus_4": 0.06,
    "upper": 0.08,
    "lower": 0.03,
    "accents": 0.03,
    "spaces": 0.04,
    "city_alias": 0.03,
}
"""Kinds of noise, and of formatting variant (failure mode A15) -> share of rows. ASSUMED."""


def _scale_shares(shares: Mapping[str, float], factor: float) -> dict[str, float]:
    return {name: share * factor for name, share in shares.items()}


PLAIN_SCENARIO = Scenario(
    row_kinds=PLAIN_ROW_KINDS,
    name_noise_shares=NAME_NOISE_SHARES,
    address_noise_shares=ADDRESS_NOISE_SHARES,
    variant_shares=VARIANT_SHARES,
    tin_sources={"own": 0.80, "none": 0.17, "swapped": 0.02, "any": 0.01},
    has_middle_names=True,
)
AUGUST_SCENARIO = Scenario(
    row_kinds=AUGUST_ROW_KINDS,
    name_noise_shares=_scale_shares(NAME_NOISE_SHARES, 1.5),
    address_noise_shares=_scale_shares(ADDRESS_NOISE_SHARES, 1.5),
    variant_shares=_scale_shares(VARIANT_SHARES, 1.5),
    tin_sources={"own": 0.94, "none": 0.06},
    has_middle_names=False,
)
"""ASSUMED: 1.5 times the noise, as the inspector general found slight variations and no uniform formatting.
PUBLISHED: no middle names (the file had first name, last name, number, date and one address), numbers in most rows."""

SCENARIOS = {"plain": PLAIN_SCENARIO, "august-2025": AUGUST_SCENARIO, "august-2025-cured": AUGUST_SCENARIO}
