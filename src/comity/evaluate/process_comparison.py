"""Count, against the truth, the answers of the process of 2025 and of Comity to the same file.

Start at `compare_processes`.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class ProcessComparison:
    """Counts of both processes on the same file.

    `disclosed_2025` are the requests that the process of 2025 would have answered: `right_2025` (the person is on a
    return of that year from the address in the request), `another_address_2025`, `no_address_2025` (the request sets
    forth no address). `missed` are valid requests that Comity did not confirm; of these, `missed_uncertain` are those
    that the evidence left uncertain.
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
    """Join the answers, the truth and the answers of the 2025 process by request_id, and count.

    Args:
        answers: answers.csv as delivered.
        truth: the simulator's truth, a Parquet file.
        disclosed: what `evaluate.process_2025.replay_process_2025` returns.
        uncertain: the request_ids whose determination was `review`.
    """
    text_columns = pa_csv.ConvertOptions(column_types=dict.fromkeys(("request_id", "code", "reasons"), pa.string()))
    table = pa_csv.read_csv(answers, convert_options=text_columns).join(pq.read_table(truth), "request_id")
    paths = disclosed.group_by("request_id").aggregate([("path", "min")])
    table = table.join(paths, "request_id")
    valid = pc.and_(table["confirmed"], table["complete"])
    answered_2025 = pc.is_valid(table["path_min"])
    set_forth = table["complete"]
    confirmed = pc.equal(table["code"], "CONFIRMED")
    is_wrong = pc.and_(confirmed, pc.invert(table["confirmed"]))
    missed = pc.and_(valid, pc.invert(confirmed))
    rules = Counter(rule for reasons in table["reasons"].to_pylist() for rule in (reasons or "").split(";") if rule)
    wrong_kinds = Counter(table.filter(is_wrong)["person_kind"].to_pylist())
    return ProcessComparison(
        disclosed_2025=_count(answered_2025),
        by_tin_2025=_count(pc.fill_null(pc.equal(table["path_min"], "TIN matching"), fill_value=False)),
        right_2025=_count(pc.and_(answered_2025, valid)),
        another_address_2025=_count(pc.and_(pc.and_(answered_2025, set_forth), pc.invert(table["confirmed"]))),
        no_address_2025=_count(pc.and_(answered_2025, pc.invert(set_forth))),
        confirmed=_count(confirmed),
        confirmed_right=_count(pc.and_(confirmed, table["confirmed"])),
        confirmed_wrong=_count(is_wrong),
        not_confirmed=_count(pc.equal(table["code"], "NOT_CONFIRMED")),
        refused=_count(pc.equal(table["code"], "REFUSED")),
        valid=_count(valid),
        missed=_count(missed),
        missed_uncertain=_count(pc.and_(missed, pc.is_in(table["request_id"], uncertain))),
        refused_by_rule=tuple(rules.most_common()),
        wrong_by_kind=tuple(wrong_kinds.most_common()),
    )


def _count(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)
