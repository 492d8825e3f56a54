"""Flag rows for the words of their own text: what R17 and D02 share.

Guarantees: words never refuse a row and never let one pass that a person has not read; they make the rule's question
UNDETERMINED.
Basis: ADR 0033; the words are `flagged_words` of the statutes on file.
Start at `flag_rows`.
"""

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Bools, Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.text.reason_words import find_flagged_rows, list_keywords, screen_text
from comity.law import FlaggedWords
from comity.model.finding import Outcome

_MET, _UNDETERMINED = np.int8(Outcome.MET), np.int8(Outcome.UNDETERMINED)


def flag_rows(facts: Facts, rows: RequestColumns, rule: str) -> Int8s:
    """Return UNDETERMINED for the rows whose statute or reason has words that the rule flags, MET for all others."""
    words = _list_words(facts, rule)
    screened = rows.screened_reasons(list_keywords(facts.law.list_flagged_words(facts.today)))
    is_flagged = find_flagged_rows(rows.num_rows, screened, words)
    statute = rows.dictionary_column("statute")
    is_flagged |= statute.broadcast(_find_flagged_texts(statute.values, words))
    return np.where(is_flagged, _UNDETERMINED, _MET)


def is_text_flagged(facts: Facts, text: str, rule: str) -> bool:
    """Return whether a text of the manifest has words that the rule flags."""
    return bool(_find_flagged_texts(pa.array([text], pa.string()), _list_words(facts, rule))[0])


def _list_words(facts: Facts, rule: str) -> tuple[FlaggedWords, ...]:
    """Return the words in force that the rule flags, without those of a purpose that the agreement serves."""
    serves = () if facts.agreement is None else facts.agreement.serves
    words = facts.law.list_flagged_words(facts.today)
    return tuple(one for one in words if one.rule == rule and one.unless_serves not in serves)


def _find_flagged_texts(texts: pa.Array, words: tuple[FlaggedWords, ...]) -> Bools:
    return find_flagged_rows(len(texts), screen_text(texts, list_keywords(words)), words)
