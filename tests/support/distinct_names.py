"""Common names of the Census no two of which are counted as one: names for rows about different people."""

from comity.normalize.name_classes import COMMON_NAMES, GIVEN, SURNAME, name_counts, record_classes
from comity.normalize.name_parser import mark_single_words


def _distinct_names(part: str) -> list[str]:
    common = list(name_counts(part))[: COMMON_NAMES[part]]
    words = [name for name, is_word in zip(common, mark_single_words(common), strict=True) if is_word]
    return [name.title() for name in words if len(record_classes(part, name)) == 1]


GIVEN_NAMES, SURNAMES = _distinct_names(GIVEN), _distinct_names(SURNAME)
