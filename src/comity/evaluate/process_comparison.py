"""Count, against the truth, what each process would have told the requester."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class ProcessComparison:
    """Both processes on the same file.

    Of those the 2025 process would have answered: `right_2025` (the person is on a return of that year from the address
    asked about), `another_address_2025`, `no_address_2025` (no address was set forth at all). Of Comity's: confirmed
    right and wrong, valid requests missed (and those of them that the evidence left uncertain), refused rows by rule.
    """

    disclosed_2025: int
    by_tin_2025: int
    right_2025: int
    another_address_2025: int
    no_address_2025: int
    confirmed: int
    confirmed_right: int
    confirmed_wrong: int
    not_confirmed: int
    refused: int
    valid: int
    missed: int
    missed_uncertain: int
    refused_by_rule: tuple[tuple[str, int], ...]
    wrong_by_kind: tuple[tuple[str, int], ...]


def compare_processes(answers: Path, truth: Path, disclosed: pa.Table, uncertain: pa.Array) -> ProcessComparison:
    """Join answers, truth and the 2025 process's answers by request_id and count.

    Args:
        answers: answers.csv as delivered.
        truth: the simulator's truth.parquet.
        disclosed: `evaluate.process_2025.would_disclose`.
        uncertain: the request_ids whose determination was `review`.
    """
    text = pa_csv.ConvertOptions(column_types=dict.fromkeys(("request_id", "code", "reasons"), pa.string()))
    table = pa_csv.read_csv(answers, convert_options=text).join(pq.read_table(truth), "request_id")
    path = disclosed.group_by("request_id").aggregate([("path", "min")])
    table = table.join(path, "request_id")
    valid = pc.and_(table["confirmed"], table["complete"])
    then = pc.is_valid(table["path_min"])
    set_forth = table["complete"]
    confirmed = pc.equal(table["code"], "CONFIRMED")
    wrong = pc.and_(confirmed, pc.invert(table["confirmed"]))
    missed = pc.and_(valid, pc.invert(confirmed))
    rules = Counter(rule for reasons in table["reasons"].to_pylist() for rule in (reasons or "").split(";") if rule)
    kinds = Counter(table.filter(wrong)["person_kind"].to_pylist())
    return ProcessComparison(
        disclosed_2025=_count(then),
        by_tin_2025=_count(pc.fill_null(pc.equal(table["path_min"], "TIN matching"), fill_value=False)),
        right_2025=_count(pc.and_(then, valid)),
        another_address_2025=_count(pc.and_(pc.and_(then, set_forth), pc.invert(table["confirmed"]))),
        no_address_2025=_count(pc.and_(then, pc.invert(set_forth))),
        confirmed=_count(confirmed),
        confirmed_right=_count(pc.and_(confirmed, table["confirmed"])),
        confirmed_wrong=_count(wrong),
        not_confirmed=_count(pc.equal(table["code"], "NOT_CONFIRMED")),
        refused=_count(pc.equal(table["code"], "REFUSED")),
        valid=_count(valid),
        missed=_count(missed),
        missed_uncertain=_count(pc.and_(missed, pc.is_in(table["request_id"], uncertain))),
        refused_by_rule=tuple(rules.most_common()),
        wrong_by_kind=tuple(kinds.most_common()),
    )


def _count(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)
