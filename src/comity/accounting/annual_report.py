"""The report of one calendar year, counted from a verified ledger: requests, disclosures, taxpayers, by agency.

One reading serves all three counts of 6103(p)(3)(C) [INF: counsel must confirm it]. A *request* is one row: it is about
one taxpayer (26 USC 6103(i)(2)(B)). An *instance of disclosure* is every answer given after a record was looked for:
that there is none, or another address, is return information too (docs/law-notes.md 1.1). *Taxpayers* are the persons
about whom such answers were given, a no as well as a yes, each counted once (`person_counts`): in a line, for an agency
and in all, so that these do not add up where a person is in several.

Guarantees: the whole ledger is recomputed and every commitment opened first; a batch counts by its entry (release or
hold), and only below the checkpoint that the report names. Requests count in the year they were received, disclosures
in the year they were answered (UTC). A rehearsal on file, which an earlier version left there, is in no count.
Does not: suppress small counts; `public_report` does, where that was decided.
Start at `compile_annual_report`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from comity.accounting.person_counts import PersonLabels, label_persons
from comity.errors import LedgerError
from comity.law import Law
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.model.answer import AnswerCode
from comity.store import answers, batches, entries, openings, request_reasons
from comity.store.batches import ANSWERED, HELD, StoredBatch
from comity.store.database import Snapshot, Store
from comity.tlog.note import Verifier

READINGS = (
    "[INF] A request is about one taxpayer, whatever its outcome (26 USC 6103(i)(2)(B)).",
    (
        "[INF] Every answer given after a record was looked for is a disclosure, a no as well as a yes: each makes "
        "known whether a return was filed or which address is on file (26 USC 6103(b)(2) and (b)(8))."
    ),
    (
        "[INF] The taxpayers are the persons about whom such answers were given, a no as well as a yes. Each is "
        "counted once in each figure: one taxpayer number, one name in one case, or one record confirmed is one person."
    ),
)
"""How the three counts of 26 USC 6103(p)(3)(C) are read; counsel must confirm them."""

_ENTRIES_PER_READ = 1 << 16


@dataclass(slots=True)
class ReportLine:
    """The counts of one agency under one agreement. `disclosures` are `confirmed` plus `not_confirmed`."""

    agency: str
    agreement: str
    batches: int = 0
    requests: int = 0
    refused: int = 0
    held: int = 0
    confirmed: int = 0
    not_confirmed: int = 0
    erased: int = 0
    taxpayers: int = 0

    @property
    def disclosures(self) -> int:
        """Return how many answers were given after a record was looked for."""
        return self.confirmed + self.not_confirmed


@dataclass(frozen=True, slots=True)
class AnnualReport:
    """One year. `requests` is the record of every written request (batch), refused and held ones too.

    `taxpayers_by_agency` and `taxpayers` count persons once, whatever the agreements.
    """

    year: int
    lines: tuple[ReportLine, ...]
    taxpayers_by_agency: dict[str, int]
    taxpayers: int
    requests: tuple[dict[str, Any], ...]
    unreadable: int
    purposes: dict[str, str]
    checkpoint: str
    ledger_size: int
    synthetic: bool

    @property
    def due_on(self) -> date:
        """Return the last day for the report to the Joint Committee: 90 days after the year (6103(p)(3)(B))."""
        return date(self.year, 12, 31) + timedelta(days=90)

    def to_dict(self) -> dict[str, Any]:
        """Return the report to the Joint Committee on Taxation, as data."""
        return {
            "report": "26 USC 6103(p)(3)(B), to the Joint Committee on Taxation",
            "year": self.year,
            "due_on": self.due_on.isoformat(),
            "checkpoint": self.checkpoint,
            "ledger_size": self.ledger_size,
            "lines": [asdict(line) | {"disclosures": line.disclosures} for line in self.lines],
            "taxpayers_by_agency": self.taxpayers_by_agency,
            "taxpayers": self.taxpayers,
            "readings": list(READINGS),
            "unreadable_requests": self.unreadable,
            "purposes": self.purposes,
            "synthetic": self.synthetic,
        }


@dataclass(slots=True)
class _BatchEntries:
    """The entries of a ledger that are about whole batches, by batch."""

    release_entries: dict[str, int] = field(default_factory=dict)
    holds_by_batch: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refusals: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


def compile_annual_report(
    store: Store, law: Law, verifiers: Sequence[Verifier], origin: str, year: int
) -> AnnualReport:
    """Verify the ledger, then count one year.

    Args:
        store: the control database; its head must be signed (`log.sign_current_checkpoint`).
        law: for the names of agencies and the purposes of agreements.
        verifiers: the ledger's keys.
        origin: the ledger's name.
        year: a calendar year, in UTC.

    Raises:
        LedgerError: `ledger_damaged` when anything is wrong; nothing is counted then.
    """
    if findings := check_ledger(store, verifiers, origin):
        raise LedgerError(
            "ledger_damaged",
            f"The ledger has {len(findings)} finding(s), so nothing is counted from it. The first: {findings[0]}",
            "Run: comity ledger fsck",
        )
    with store.read() as tx:
        checkpoint = entries.get_last_checkpoint(tx)
        if checkpoint is None:
            raise LedgerError(
                "ledger_damaged", "The ledger has no checkpoint, so figures could not say where they are from."
            )
        batch_entries = _read_batch_entries(tx, checkpoint.size)
        lines: dict[tuple[str, str], ReportLine] = {}
        batch_ids: dict[tuple[str, str], list[str]] = {}
        requests = []
        synthetic = True
        for batch in batches.list_batches(tx):
            was_received = _utc_year(batch.received_at) == year
            is_answered = batch_entries.release_entries.get(batch.batch_id) is not None
            was_answered = is_answered and _utc_year(batch.answered_at) == year
            if not (was_received or was_answered):
                continue
            key = (_agency_name(law, batch.requester), batch.agreement)
            counts = answers.count_stored_codes(tx, batch.batch_id) if is_answered else {}
            if not batch.rehearsal:
                line = lines.setdefault(key, ReportLine(*key))
                _add_batch(line, batch, counts, was_received=was_received, was_answered=was_answered)
                if was_answered:
                    batch_ids.setdefault(key, []).append(batch.batch_id)
            manifest = request_reasons.get_manifest(tx, batch.batch_id) or {}
            synthetic = synthetic and bool(manifest.get("synthetic"))
            requests.append(_request_record(batch, manifest, counts, batch_entries, agency=key[0]))
        persons = label_persons(tx, [batch_id for ids in batch_ids.values() for batch_id in ids])
        for key, ids in batch_ids.items():
            lines[key].taxpayers = persons.count(ids)
        refusals = [(entry, leaf, entries.get_recorded_at(tx, entry)) for entry, leaf in batch_entries.refusals]
        refusals = [
            (entry, leaf, recorded_at)
            for entry, leaf, recorded_at in refusals
            if _utc_year(recorded_at) == year and not leaf["rehearsal"]
        ]
        manifests = {opening.entry: opening.parsed_content for opening in openings.list_by_kind(tx, "refusal")}
        requests += [_unreadable_record(*refusal, manifests.get(refusal[0])) for refusal in refusals]
    return AnnualReport(
        year=year,
        lines=tuple(sorted(lines.values(), key=lambda line: (line.agency, line.agreement))),
        taxpayers_by_agency=_count_by_agency(persons, batch_ids),
        taxpayers=persons.count(batch_id for ids in batch_ids.values() for batch_id in ids),
        requests=tuple(requests),
        unreadable=len(refusals),
        purposes={name: law.agreements[name].title for _, name in sorted(lines) if name in law.agreements},
        checkpoint=checkpoint.note,
        ledger_size=checkpoint.size,
        synthetic=synthetic,
    )


def _utc_year(time: datetime | None) -> int | None:
    return None if time is None else time.astimezone(UTC).year


def _agency_name(law: Law, requester: str) -> str:
    agency = law.find_agency(requester)
    return requester if agency is None else agency.name


def _count_by_agency(persons: PersonLabels, batch_ids: dict[tuple[str, str], list[str]]) -> dict[str, int]:
    """Return how many persons the answers to each agency are about, under whatever agreement."""
    by_agency: dict[str, list[str]] = {}
    for (agency, _), ids in sorted(batch_ids.items()):
        by_agency.setdefault(agency, []).extend(ids)
    return {agency: persons.count(ids) for agency, ids in by_agency.items()}


def _read_batch_entries(tx: Snapshot, size: int) -> _BatchEntries:
    """Return the entries below the checkpoint that are about whole batches."""
    batch_entries = _BatchEntries()
    for entry, raw in _iter_other_entries(tx, size):
        leaf = json.loads(raw)
        if leaf["kind"] == "release":
            batch_entries.release_entries[leaf["batch"]] = entry
        elif leaf["kind"] == "hold":
            batch_entries.holds_by_batch.setdefault(leaf["batch"], []).append(leaf | {"entry": entry})
        elif leaf["kind"] == "refusal":
            batch_entries.refusals.append((entry, leaf))
    return batch_entries


def _iter_other_entries(tx: Snapshot, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield every entry that is not an answer, with its index."""
    for start in range(0, size, _ENTRIES_PER_READ):
        for index, raw in enumerate(log.read_entries(tx, start, min(size, start + _ENTRIES_PER_READ)), start):
            if b'"kind":"answer"' not in raw:
                yield index, raw


def _add_batch(
    line: ReportLine, batch: StoredBatch, counts: dict[str, int], *, was_received: bool, was_answered: bool
) -> None:
    if was_received:
        line.batches += 1
        line.requests += batch.rows
        line.held += batch.rows if batch.status == HELD else 0
    if was_answered:
        line.refused += counts.get(AnswerCode.REFUSED, 0)
        line.confirmed += counts.get(AnswerCode.CONFIRMED, 0)
        line.not_confirmed += counts.get(AnswerCode.NOT_CONFIRMED, 0)
        line.erased += counts.get(answers.ERASED_CODE, 0)


def _request_record(
    batch: StoredBatch, manifest: dict[str, Any], counts: dict[str, int], batch_entries: _BatchEntries, *, agency: str
) -> dict[str, Any]:
    """Return one written request: its reason (authority, agreement), dates and outcome (6103(p)(3)(A))."""
    holds = batch_entries.holds_by_batch.get(batch.batch_id, [])
    outcome = {ANSWERED: "answered", HELD: "held"}.get(batch.status, "received")
    if outcome == "answered" and set(counts) <= {AnswerCode.REFUSED.value}:
        outcome = "refused"
    orders = sorted({order for hold in holds for order in hold["orders"]})
    return {
        "entry": batch_entries.release_entries.get(batch.batch_id, holds[-1]["entry"] if holds else None),
        "batch_id": batch.display_id,
        "agency": agency,
        "signer_office": manifest.get("signer", {}).get("office", ""),
        "agreement": batch.agreement,
        "authority": manifest.get("statutory_authority", ""),
        "received_at": batch.received_at.isoformat(),
        "answered_at": "" if batch.answered_at is None else batch.answered_at.isoformat(),
        "requests": batch.rows,
        "outcome": outcome,
        "confirmed": counts.get(AnswerCode.CONFIRMED, 0),
        "not_confirmed": counts.get(AnswerCode.NOT_CONFIRMED, 0),
        "refused": counts.get(AnswerCode.REFUSED, 0),
        "times_held": len(holds),
        "held_by": ";".join([*orders, *sorted({rule for hold in holds for rule in hold["rules"]})]),
        "rehearsal": bool(batch.rehearsal),
    }


def _unreadable_record(
    entry: int, leaf: dict[str, Any], recorded_at: datetime, opened: dict[str, Any] | None
) -> dict[str, Any]:
    """Return a request that could not be read, named by its manifest's hash."""
    name = leaf["batch"] if opened is None else f"unreadable:{opened['manifest_sha256'] or 'no-manifest'}"
    empty = dict.fromkeys(("agency", "signer_office", "agreement", "authority", "answered_at", "held_by"), "")
    return empty | {
        "entry": entry,
        "batch_id": name,
        "received_at": recorded_at.isoformat(),
        "requests": 0,
        "outcome": "refused: " + ";".join(leaf["rules"]),
        "confirmed": 0,
        "not_confirmed": 0,
        "refused": 0,
        "times_held": 0,
        "rehearsal": leaf["rehearsal"],
    }
