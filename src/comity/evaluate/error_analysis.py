"""Classify the errors of a labelled run: why a request was confirmed wrongly, or a valid one missed.

A wrong confirmation is classified by its likeliest record: the same names (a namesake, or the person at another
address), another given name with the same surname (a member of the household), or another surname. A missed request is
classified by the first that applies of a list of differences from its likeliest record, gravest first.

Guarantees: `classify_errors` returns ids, outcomes and kinds, no name and no address.
Does not: know which record is the true one. The labels say only whether a request is to be confirmed.
Start at `classify_errors`, then `count_by_kind`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from comity.columns.duck import connect
from comity.decide import MatchPolicy
from comity.evaluate.evidence_metrics import HIGH_CONFIDENCE
from comity.match.records_source import list_record_files, records_query

WRONG_KINDS: tuple[tuple[str, str], ...] = (
    ("namesake", "given_q = given_r AND surname_q = surname_r AND coalesce(middle_q = middle_r, true)"),
    ("namesake with another middle initial", "given_q = given_r AND surname_q = surname_r"),
    ("another surname, same given name", "given_q = given_r"),
    ("household member with a like given name", "surname_q = surname_r AND given_name_agrees"),
    ("household member", "surname_q = surname_r"),
    ("somebody else with like names", "surname_agrees AND given_name_agrees"),
    ("somebody else", "true"),
)
MISSED_KINDS: tuple[tuple[str, str], ...] = (
    ("no record shares the address", "record_id IS NULL"),
    ("record's own address is incomplete", "NOT address_known"),
    ("no address in the request", "street_q IS NULL"),
    ("address differs or lacks a part", "NOT address_agrees"),
    ("given name missing", "given_q IS NULL OR given_r IS NULL"),
    ("another given name", "NOT given_name_agrees"),
    ("two persons nearly as likely", "rival_probability >= $rival_ratio * match_probability AND rival_probability > 0"),
    ("surname missing", "surname_q IS NULL OR surname_r IS NULL"),
    ("another surname", "NOT surname_agrees"),
    ("another middle initial", "middle_q <> middle_r"),
    ("given name written otherwise", "given_q <> given_r"),
    ("surname written otherwise", "surname_q <> surname_r"),
    ("all agrees, the probability is too low", "true"),
)
"""Kind and condition, in order; the first condition that holds decides."""


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One kind of error: how many of each outcome, and the most misleading probability."""

    name: str
    match: int
    review: int
    non_match: int
    worst_probability: float

    @property
    def total(self) -> int:
        """Count the errors of this kind."""
        return self.match + self.review + self.non_match


def classify_errors(  # noqa: PLR0913  each is a fact of the run
    records: Path,
    requests: pa.Table,
    evidence: pa.Table,
    determinations: pa.Table,
    *,
    confirmed: pa.Array,
    policy: MatchPolicy,
) -> pa.Table:
    """Return every error, the worst first.

    The columns are request_id, record_id, error {wrong, missed}, kind, outcome and match_probability. Wrong are matches
    that the truth does not confirm, and such requests at `HIGH_CONFIDENCE` and more that policy held back; missed are
    requests that the truth confirms and that were not matched. All tables are in the order of the requests.
    """
    name_columns = (
        ("q.first_name", "given_q"),
        ("r.first_name", "given_r"),
        ("q.last_name", "surname_q"),
        ("r.last_name", "surname_r"),
    )
    names = ", ".join(f"{_letters_sql(column)} AS {name}" for column, name in name_columns)
    middle = ", ".join(f"left({_letters_sql(side + '.middle_name')}, 1) AS middle_{side}" for side in "qr")
    db = connect()
    try:
        db.register("request", requests)
        db.register("evidence", evidence)
        db.register("determination", determinations.select(["row", "outcome"]).append_column("confirmed", confirmed))
        return db.sql(
            f"""
            WITH mistake AS (
                SELECT * FROM evidence JOIN determination USING (row)
                WHERE CASE WHEN confirmed THEN outcome <> 'match'
                    ELSE outcome = 'match' OR match_probability >= {HIGH_CONFIDENCE} END
            ), compared AS (
                SELECT e.*, {names}, {middle}, q.street AS street_q
                FROM mistake e JOIN request q USING (row)
                LEFT JOIN ({records_query(db, list_record_files([records]))}) r ON r.record_id = e.record_id
            )
            SELECT request_id, record_id, CASE WHEN confirmed THEN 'missed' ELSE 'wrong' END AS error,
                CASE WHEN confirmed THEN {_case_sql(MISSED_KINDS)} ELSE {_case_sql(WRONG_KINDS)} END AS kind,
                outcome, match_probability
            FROM compared
            ORDER BY error DESC, CASE WHEN confirmed THEN match_probability ELSE -match_probability END, row""",
            params={"rival_ratio": policy.rival_ratio},
        ).to_arrow_table()
    finally:
        db.close()


def count_by_kind(errors: pa.Table, error: str) -> tuple[ErrorKind, ...]:
    """Count the errors called `error` (wrong or missed) by kind, the most frequent kind first."""
    rows_by_kind: dict[str, list[tuple[str, float]]] = {}
    for row in errors.to_pylist():
        if row["error"] == error:
            rows_by_kind.setdefault(row["kind"], []).append((row["outcome"], row["match_probability"]))
    kinds = []
    for name, rows in rows_by_kind.items():
        outcomes, probabilities = [outcome for outcome, _ in rows], [probability for _, probability in rows]
        worst = min(probabilities) if error == "missed" else max(probabilities)
        kinds.append(
            ErrorKind(name, outcomes.count("match"), outcomes.count("review"), outcomes.count("non_match"), worst)
        )
    return tuple(sorted(kinds, key=lambda kind: (-kind.total, kind.name)))


def _case_sql(kinds: Sequence[tuple[str, str]]) -> str:
    """Return a CASE that names the first kind whose condition holds."""
    quote = "'"
    whens = (f"WHEN {condition} THEN '{name.replace(quote, quote * 2)}'" for name, condition in kinds)
    return f"CASE {' '.join(whens)} END"


def _letters_sql(column: str) -> str:
    """Return SQL for the letters of a column in upper case and without accents; null when it has none."""
    return f"nullif(regexp_replace(upper(strip_accents({column})), '[^A-Z]+', '', 'g'), '')"
