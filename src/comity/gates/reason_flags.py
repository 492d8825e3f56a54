"""Flag rows for the words of their own text: what R17 and D02 share.

Guarantees: words alone never refuse a row: they make the rule's question UNDETERMINED, until an officer of the
custodian has read the row. Two persons clear one; one refuses it. They settle rows of one batch, by its manifest.
Basis: ADR 0033; the words are `flagged_words` of the statutes on file.
Start at `flag_rows`.
"""

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Bools, Int8s, Int64s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.text.reason_words import find_flagged_rows, list_screening_words, screen_text
from comity.law import FlaggedWords
from comity.model.finding import Outcome

_MET, _NOT_MET, _UNDETERMINED = np.int8(Outcome.MET), np.int8(Outcome.NOT_MET), np.int8(Outcome.UNDETERMINED)


def flag_rows(facts: Facts, rows: RequestColumns, rule: str) -> Int8s:
    """Return UNDETERMINED for the rows whose statute or reason has words that the rule flags, MET for all others.

    Of the flagged rows, those that two persons cleared are MET, and those that one refused are NOT_MET.
    """
    words = _list_words(facts, rule)
    screened = rows.screened_reasons(list_screening_words(facts.law.list_flagged_words(facts.today)))
    is_flagged = find_flagged_rows(rows.num_rows, screened, words)
    statute = rows.dictionary_column("statute")
    is_flagged |= statute.broadcast(_find_flagged_texts(statute.values, words))
    return _settle(np.where(is_flagged, _UNDETERMINED, _MET), facts)


def list_flagged_rows(facts: Facts, rows: RequestColumns) -> dict[str, Int64s]:
    """Return the numbers of the flagged rows that nobody has settled, by the rule that flags them."""
    rules = dict.fromkeys(words.rule for words in facts.law.list_flagged_words(facts.today))
    return {rule: np.flatnonzero(flag_rows(facts, rows, rule) == _UNDETERMINED) + 1 for rule in rules}


def _settle(outcomes: Int8s, facts: Facts) -> Int8s:
    for row, is_cleared in facts.law.settled_rows.get(facts.batch.manifest_sha256, {}).items():
        if row <= len(outcomes) and outcomes[row - 1] == _UNDETERMINED:
            outcomes[row - 1] = _MET if is_cleared else _NOT_MET
    return outcomes


def is_text_flagged(facts: Facts, text: str, rule: str) -> bool:
    """Return whether a text of the manifest has words that the rule flags."""
    return bool(_find_flagged_texts(pa.array([text], pa.string()), _list_words(facts, rule))[0])


def _list_words(facts: Facts, rule: str) -> tuple[FlaggedWords, ...]:
    """Return the words in force that the rule flags, without those of a purpose that the agreement serves."""
    serves = () if facts.agreement is None else facts.agreement.serves
    words = facts.law.list_flagged_words(facts.today)
    return tuple(one for one in words if one.rule == rule and one.unless_serves not in serves)


def _find_flagged_texts(texts: pa.Array, words: tuple[FlaggedWords, ...]) -> Bools:
    return find_flagged_rows(len(texts), screen_text(texts, list_screening_words(words)), words)
