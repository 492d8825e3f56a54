"""Common names of the Census no two of which are counted as one: names for rows about different people."""

from comity.normalize.name_classes import COMMON_NAMES, GIVEN, SURNAME, name_counts, record_classes
from comity.normalize.name_parser import is_single_word


def _distinct_names(part: str) -> list[str]:
    common = list(name_counts(part))[: COMMON_NAMES[part]]
    return [name.title() for name in common if is_single_word(name) and len(record_classes(part, name)) == 1]


GIVEN_NAMES, SURNAMES = _distinct_names(GIVEN), _distinct_names(SURNAME)
