"""Words that people type for a fact: yes and no, and words that say that nothing is known.

A fact that is not known is left out. A word such as `unknown` or `n/a` in its place is no fact, and a name of a
custodian is not `no`; so such words count as nothing, wherever a text would count as the fact.

Guarantees: a yes-or-no fact is True or False by the words listed and by no other; upper case and blanks do not matter.
Start at `read_yes_or_no` and `read_text`.
"""

from collections.abc import Mapping

YES_WORDS = frozenset({"yes", "y", "true", "1"})
NO_WORDS = frozenset({"no", "n", "false", "0"})
ACCEPTED_WORDS = "yes, y, true or 1; no, n, false or 0"

NOTHING_WORDS = NO_WORDS | {
    "none", "null", "nil", "nothing", "na", "unknown", "unk", "not known", "not stated", "not given", "not available",
    "not applicable", "not there", "not legible", "illegible", "missing", "blank", "empty", "off", "tbd", "tba", "x",
    "xx", "xxx",
}  # fmt: skip
"""What people type where they have nothing to type; compared without the marks between the letters (n/a, N.A.)."""
NAMES_AMONG_THEM = frozenset({"no", "na", "none", "null", "nil", "n", "x", "y", "off"})
"""Those that are also somebody's name."""
NAME_FIELDS = ("surname", "given_names")


def read_yes_or_no(text: str) -> bool | None:
    """Return what a word says, or None when it is not one of the words accepted.

    >>> read_yes_or_no(" Yes "), read_yes_or_no("FALSE"), read_yes_or_no("unknown")
    (True, False, None)
    """
    word = text.strip().lower()
    return True if word in YES_WORDS else False if word in NO_WORDS else None


def read_text(typed: Mapping[str, str], name: str) -> str:
    """Return what was typed for a field, without blanks around it; empty when it is no text that states a fact."""
    text = typed.get(name, "").strip()
    return "" if text and is_no_fact(name, text) else text


def is_no_fact(name: str, text: str) -> bool:
    """Return whether a text in a field is a word that says yes, no or nothing instead of what the paper says.

    >>> is_no_fact("custodian", "N/A"), is_no_fact("surname", "No"), is_no_fact("custodian", "Ohio")
    (True, False, False)
    """
    words = " ".join(
        "".join(mark if mark.isalnum() else " " for mark in text.replace("/", "").replace(".", "")).split()
    )
    word = words.lower()
    if not word:
        return True
    if name in NAME_FIELDS:
        is_name = word in NAMES_AMONG_THEM and text.strip().isalpha()
        return (word in NOTHING_WORDS and not is_name) or not any(mark.isalpha() for mark in word)
    return word in NOTHING_WORDS or word in YES_WORDS
