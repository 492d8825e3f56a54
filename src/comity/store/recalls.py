"""Which batches and rows are under recall, and which questions a recall freed.

A recall frees the questions of the rows that it asks back, once their recipient certified that the answers are
destroyed: the certificate is signed by the recipient and filed by two persons, and then nobody has an answer any more.
Such a question may be asked again, once for each time that it was freed. While a court order forbids deleting, answers
are sequestered and not destroyed; no certificate frees their questions.

Guarantees: everything is read from the openings of ledger entries and from what was stored with the release.
Basis: ADR 0035; 26 USC 6103(p)(4)(F)(ii).
Start at `find_recall`, `iter_affected_rows` and `list_freed`.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Digests
from comity.model.history import Counts
from comity.model.prior_batches import PriorBatches
from comity.store import answers, batches, openings, request_reasons
from comity.store.database import Snapshot
from comity.store.openings import Opening

DESTROY, SEQUESTER, ASK_AGAIN = "destroy", "sequester", "ask again"

_DISCLOSED_CODES = ("CONFIRMED", "NOT_CONFIRMED")


def list_recalls(tx: Snapshot) -> tuple[Opening, ...]:
    """Return every `recall` entry opened, in ledger order; one recall may have several, for later batches."""
    return openings.list_by_kind(tx, "recall")


@dataclass(frozen=True, slots=True)
class Demand:
    """What one recall demands about one batch, from one entry on: until `ended_by` (an entry), if another replaced it.

    `preserved_by` are the orders that forbid deleting, for which the answers are to be sequestered.
    """

    recall: str
    recipient: str
    batch_id: str
    rule: str
    entry: int
    asks_back: bool
    preserved_by: tuple[str, ...]
    ended_by: int | None

    @property
    def destroys(self) -> bool:
        """Return whether the answers are to be destroyed."""
        return self.asks_back and not self.preserved_by

    def lasts_at(self, entry: int) -> bool:
        """Return whether this is what the recall demands when an entry is added."""
        return self.entry < entry and (self.ended_by is None or entry < self.ended_by)


def list_demands(tx: Snapshot) -> tuple[Demand, ...]:
    """Return what every recall demands of every batch, in ledger order; a later entry replaces an earlier one."""
    demands: list[Demand] = []
    for opening in list_recalls(tx):
        content = opening.parsed_content
        for item in content["batches"]:
            for number, earlier in enumerate(demands):
                if (earlier.recall, earlier.batch_id, earlier.ended_by) == (opening.about, item["batch"], None):
                    demands[number] = replace(earlier, ended_by=opening.entry)
            demands.append(
                Demand(
                    recall=opening.about,
                    recipient=item["recipient"],
                    batch_id=item["batch"],
                    rule=content["criteria"].get("rule", ""),
                    entry=opening.entry,
                    asks_back=item["destroy"],
                    preserved_by=tuple(item.get("preserved_by", ())),
                    ended_by=None,
                )
            )
    return tuple(demands)


def find_recall(tx: Snapshot, batch_id: str) -> str | None:
    """Return the first recall that asks for a batch's answers back; None when none does."""
    for opening in list_recalls(tx):
        if any(item["batch"] == batch_id and item["destroy"] for item in opening.parsed_content["batches"]):
            return opening.about
    return None


def iter_affected_rows(tx: Snapshot, batch_id: str, rule: str) -> Iterator[tuple[int, str, str]]:
    """Yield row, request_id and action (`destroy`, `ask again`) of each answer of a batch that is recalled.

    With a rule, only answers that it judged are asked back, and requests that it refused may be asked again.
    """
    is_judged, skipped = _find_judged_rows(tx, batch_id, rule)
    for answer in answers.stream_by_batch(tx, batch_id):
        if answer.code in _DISCLOSED_CODES:
            if is_judged and (skipped is None or not skipped[answer.row - 1]):
                yield answer.row, answer.request_id, DESTROY
        elif rule and answer.reasons and rule in answer.reasons.split(";"):
            yield answer.row, answer.request_id, ASK_AGAIN


def _find_judged_rows(tx: Snapshot, batch_id: str, rule: str) -> tuple[bool, npt.NDArray[np.bool_] | None]:
    """Return whether a rule judged any row of a batch, and the rows that it did not judge (None: it judged all).

    A release from before releases named rules does not say: every rule is taken to have judged every row.
    """
    stored = batches.get(tx, batch_id) if rule else None
    record = None if stored is None else stored.read_release_record()
    if record is None or not record.names_rules:
        return True, None
    return rule in record.rule_digests, record.find_skipped_rows(rule)


@dataclass(frozen=True, slots=True)
class FreedAnswers:
    """Answers of one batch whose destruction is certified: those that a rule judged, or all ('')."""

    batch_id: str
    rule: str


def list_freed(tx: Snapshot) -> tuple[FreedAnswers, ...]:
    """Return which answers were recalled, and certified as destroyed since, in the order of the recalls."""
    certificates = [(o.about, o.parsed_content["recipient"], o.entry) for o in openings.list_by_kind(tx, "destruction")]
    if not certificates:
        return ()
    return tuple(
        FreedAnswers(demand.batch_id, demand.rule)
        for demand in list_demands(tx)
        if demand.destroys
        and any(
            (recall, recipient) == (demand.recall, demand.recipient) and demand.lasts_at(entry)
            for recall, recipient, entry in certificates
        )
    )


def mark_freed(tx: Snapshot, earlier: PriorBatches) -> PriorBatches:
    """Return the batches, marked where every answer that was given is certified as destroyed."""
    return earlier.mark_freed({answered.batch_id for answered in list_freed(tx) if _is_whole(tx, answered)})


def _is_whole(tx: Snapshot, freed: FreedAnswers) -> bool:
    """Return whether what was freed is every answer of the batch that was given after a look-up."""
    is_judged, skipped = _find_judged_rows(tx, freed.batch_id, freed.rule)
    return is_judged and skipped is None


def count_freed(tx: Snapshot, written: Digests, batch_ids: Container[str]) -> Counts:
    """Return how often each question (digests `written` of `gates.subject_digests`) was freed in some batches."""
    counts: Counts = np.zeros(len(written), dtype=np.int64)
    questions: dict[str, list[Digests]] = {}
    for freed in dict.fromkeys(list_freed(tx)):
        if freed.batch_id in batch_ids:
            questions.setdefault(freed.batch_id, []).append(_read_freed_questions(tx, freed))
    for parts in questions.values():  # one answer is freed once, by however many recalls
        counts += np.isin(written, np.concatenate(parts))
    return counts


def _read_freed_questions(tx: Snapshot, freed: FreedAnswers) -> Digests:
    """Return the questions of a batch whose answers were freed; none for a batch that was stored without digests."""
    is_judged, skipped = _find_judged_rows(tx, freed.batch_id, freed.rule)
    tables = list(request_reasons.stream_subjects(tx, freed.batch_id))
    if not is_judged or not tables:
        return np.zeros(0, np.uint64)
    written = pa.concat_tables(tables)["written"].combine_chunks()
    codes = [code for part in answers.stream_determined_columns(tx, freed.batch_id) for code in part[1]]
    is_freed = pc.and_(pc.is_in(pa.array(codes, pa.string()), pa.array(_DISCLOSED_CODES)), written.is_valid())
    if skipped is not None:
        is_freed = pc.and_(is_freed, pa.array(~skipped))
    questions: Digests = written.filter(is_freed).to_numpy(zero_copy_only=False).astype(np.uint64)
    return questions
