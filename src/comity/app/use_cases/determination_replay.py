"""Replay one determination of an answered batch, and say what it rests on. For the custodian's eyes.

Guarantees: reads no record that was not read for the answer; returns names of levels and bits, no value of a record or
a request; looks no person up while a court order forbids inspection, nor before the ledger has an entry that says so;
a determination of a rehearsal is replayed on synthetic records only; one that rests on another model, population
profile or version of Comity, or comes out differently, is an error, which says so and names the version.
Start at `explain_determination`.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from comity import __version__, decide, gates, intake, match
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.pages.explanation_page import render_explanation_page
from comity.errors import IndexUnavailableError, LedgerError, PolicyError, RequestError
from comity.folders import replace_file
from comity.gates import clear_numbers
from comity.law import (
    Law,
    PopulationProfile,
    ProhibitedAct,
    apply_filings,
    find_population,
    load_law,
    load_populations,
)
from comity.ledger import events, log
from comity.ledger.filed import read_filings
from comity.model.batch import Batch
from comity.pipeline import derive_match_policy, verify_synthetic
from comity.store import answers, batches
from comity.store.batches import StoredBatch
from comity.store.database import Store


@dataclass(frozen=True, slots=True)
class DeterminationSource:
    """Where the batch, the index, the home and the model of a determination are; None: the model that ships."""

    batch: Path
    index: Path
    home: Path
    model_file: Path | None = None


@dataclass(frozen=True, slots=True)
class DeterminationExplanation:
    """Why a determination came out as it did; `facts` is None where no record was compared.

    `facts` are plain data: the weights' terms, the hypotheses, the policy's conditions, and the fingerprints. Of a
    refused request, `refusals` are the rules that refused it; of another, no record shares its address.
    """

    request_id: str
    outcome: str
    facts: dict[str, Any] | None
    refusals: tuple[gates.RuleExplanation, ...] = ()


def explain_determination(
    source: DeterminationSource, request_id: str, *, rehearsed_as_of: datetime | None = None, page: Path | None = None
) -> DeterminationExplanation:
    """Replay the determination of one request, and write a page with a picture if `page` names a file.

    A request that rules refused has no determination: the rules are returned, no record is read, and no entry made.

    Args:
        source: the batch as it was answered, and what it was answered with.
        request_id: the request.
        rehearsed_as_of: replay the home's last rehearsal, which must be one of this time; None replays an answer.
        page: an HTML file to write.

    Raises:
        RequestError: `bad_argument` when there is no such request, or no determination of it.
        PolicyError: `order_in_force` when a court order forbids inspection now, or at the time of the rehearsal;
            `rehearsal_refused` when a rehearsal's records are not synthetic.
        LedgerError: `replay_differs` when model, profile, index or result are not those of the determination.
    """
    batch = intake.read_draft(source.batch)
    row = batch.requests.filter(pc.equal(batch.requests["request_id"], request_id))
    if row.num_rows != 1:
        raise RequestError("bad_argument", "The batch has no such request, or several.", "Give one request_id of it.")
    model = match.read_model(source.model_file) if source.model_file else match.load_default_model()
    home = Home.open(source.home)
    if rehearsed_as_of is None:
        home_of_answer, base_law = home, load_law()
    else:
        home_of_answer, base_law = home.open_rehearsal(), bootstrap.load_law(home)
    with bootstrap.open_store(home_of_answer) as store:
        stored, answer = _load_answer(store, batch, row["row"][0].as_py())
        if answer.code == "REFUSED":
            refusals = _explain_refusal(base_law, stored.agreement, answer.reasons)
            return DeterminationExplanation(request_id, answer.code, None, refusals)
        _verify_same_fingerprint("model", stored, stored.model_fingerprint, model.fingerprint)
        commit = _find_commit(source.index, stored)
        if rehearsed_as_of is not None:
            _verify_rehearsal(stored, commit, rehearsed_as_of)
        population = _find_population(stored)
        law = _record_explanation(store, base_law, stored, answer.row, judged_at=rehearsed_as_of or clock.now())
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home_of_answer), at=clock.now())
    with match.Index.open(source.index, fingerprint=stored.index_fingerprint) as index:
        explain = partial(match.explain_request, index, model=model, shares=population.least_favorable)
        explanation, compared = explain(row), row
        is_set_aside = explanation is not None and not _is_of(answer, explanation) and row["tin"].null_count == 0
        if (
            is_set_aside
        ):  # another number had been given for the person and building, so this one was not compared (P17)
            compared = clear_numbers(row, np.array([True]))
            explanation = explain(compared)
        at_most = match.match_requests(index, compared, model=model, shares=population.most_favorable)
    outcome = str(answer.outcome)
    if explanation is None:
        return DeterminationExplanation(request_id, outcome, None)
    _verify_replay(explanation, answer, stored)
    agreement = law.get_agreement(stored.agreement).model_copy(update={"population": population.id})  # as it was then
    policy = derive_match_policy(agreement, model)
    facts = _explanation_to_dict(explanation, policy) | {
        "request_id": request_id,
        "outcome": answer.outcome,
        "match_probability": answer.match_probability,
        "match_probability_at_most": at_most["match_probability"][0].as_py(),
        "model": stored.model_fingerprint,
        "population": population.reference,
        "index": stored.index_fingerprint,
        "number_set_aside": is_set_aside,
        "synthetic": commit.is_synthetic,
        "rehearsed_as_of": None if rehearsed_as_of is None else rehearsed_as_of.isoformat(),
    }
    if page is not None:
        replace_file(page, render_explanation_page(facts).encode())
    return DeterminationExplanation(request_id, outcome, facts)


def _explanation_to_dict(explanation: match.Explanation, policy: decide.MatchPolicy) -> dict[str, Any]:
    conditions = decide.evaluate_conditions(explanation.evidence, policy)
    return {
        "terms": [asdict(term) for term in explanation.terms],
        "hypotheses": [asdict(hypothesis) for hypothesis in explanation.hypotheses],
        "raw_weight": explanation.raw_weight,
        "match_weight": explanation.evidence["match_weight"][0].as_py(),
        "policy": {name: is_met[0].as_py() for name, is_met in conditions.items()},
        "confirm_probability": policy.confirm_probability,
    }


def _explain_refusal(law: Law, agreement_id: str, rules: str) -> tuple[gates.RuleExplanation, ...]:
    """Return the rules that refused a request (ids, joined by ';'), in words; one that is no longer there by its id."""
    known, agreement = {rule.id for rule in gates.REGISTER}, law.agreements.get(agreement_id)
    return tuple(
        gates.explain_rule(rule, law=law, agreement=agreement, rows=True)
        if rule in known
        else gates.RuleExplanation(rule, "A rule of an earlier version of Comity.", "", "", "", "", ())
        for rule in rules.split(";")
    )


def _load_answer(store: Store, batch: Batch, row: int) -> tuple[StoredBatch, Any]:
    """Return the stored batch, and the stored answer of a row: refused, or one for which a record was compared."""
    with store.read() as tx:
        stored = batches.find(tx, batch.manifest.requester, batch.manifest.batch_id)
        if stored is None or stored.status != batches.ANSWERED or stored.requests_sha256 != batch.requests_sha256:
            message = "This batch was not answered from this home, so there is no determination to explain."
            raise RequestError("bad_argument", message, "Answer it first: comity verify")
        answer = next((a for a in answers.stream_by_batch(tx, stored.batch_id) if a.row == row), None)
    if answer is None or (answer.outcome is None and answer.code != "REFUSED"):
        message = "There is nothing to explain about this request: its answer was erased."
        raise RequestError("bad_argument", message)
    return stored, answer


def _verify_rehearsal(stored: StoredBatch, commit: match.IndexCommit, as_of: datetime) -> None:
    """Verify that the last rehearsal was one of this time, on synthetic records."""
    verify_synthetic(commit)
    if stored.as_of != as_of:
        message = f"The last rehearsal was one of {stored.as_of.isoformat()}."
        raise RequestError("bad_argument", message, "Give that time, or rehearse the batch again: comity verify")


def _record_explanation(store: Store, base_law: Law, stored: StoredBatch, row: int, *, judged_at: datetime) -> Law:
    """Enter in the ledger that a record is looked at again, unless an order forbids that; return the law on file.

    The law is read under the write lock, so that no order is entered between this look at the orders and the entry.
    """
    with store.begin() as tx:
        law = apply_filings(base_law, read_filings(tx))
        _verify_inspection_allowed(law, stored.agreement, judged_at)
        events.record_committed_entry(
            tx,
            "explanation",
            about=stored.batch_id,
            public=stored.to_members(),
            content={"row": row},
            at=clock.now(),
        )
    return law


def _verify_inspection_allowed(law: Law, agreement: str, at: datetime) -> None:
    """Raise PolicyError `order_in_force` while an order forbids inspection."""
    if orders := law.find_orders_in_force(at, agreement, ProhibitedAct.INSPECT):
        order_ids = ", ".join(order.id for order in orders)
        message = (
            f"Court order {order_ids} forbids to inspect records under the agreement, "
            "and a replay looks the person up again."
        )
        raise PolicyError("order_in_force", message, "Nothing was looked up. Wait until the order is ended by name.")


def _find_commit(index: Path, stored: StoredBatch) -> match.IndexCommit:
    """Return the state of the index that a batch was answered from.

    Raises:
        LedgerError: `replay_differs`, the index is not in that state, or another version of Comity wrote it.
        IndexUnavailableError: the index cannot be read.
    """
    try:
        commit = match.Index.find_commit(index, fingerprint=stored.index_fingerprint)
    except IndexUnavailableError as error:
        if error.code != "index_version":
            raise
        message = "Another version of Comity wrote this index, so this version cannot look up in it as that one did."
        raise LedgerError("replay_differs", message, _name_replaying_version(stored)) from error
    _verify_same_fingerprint("index", stored, stored.index_fingerprint, commit.fingerprint)
    return commit


def _find_population(stored: StoredBatch) -> PopulationProfile:
    """Return the population profile that a batch was answered with.

    Raises:
        LedgerError: `replay_differs`, this version has no such profile, or another under that id.
    """
    record = stored.read_release_record()
    reference = (record.population if record is not None else None) or {"id": "", "sha256": "none"}
    profile = load_populations().get(reference["id"]) or find_population()
    _verify_same_fingerprint("population profile", stored, reference["sha256"], profile.fingerprint)
    return profile


def _name_replaying_version(stored: StoredBatch) -> str:
    """Return the sentence that says which version of Comity answered a batch, and so replays it."""
    record = stored.read_release_record()
    version = record.program_version if record is not None else ""
    if not version:
        return "Replay with the version of Comity that was installed when the batch was answered, and its index."
    return f"Comity {version} answered the batch (this is {__version__}): replay with that version, and its index."


def _verify_same_fingerprint(name: str, stored: StoredBatch, recorded: str | None, current: str) -> None:
    if recorded != current:
        message = f"The determination rests on another {name}: it was {recorded}, this one is {current}."
        remedy = f"Replay with the {name} of then. {_name_replaying_version(stored)}"
        raise LedgerError("replay_differs", message, remedy)


def _is_of(answer: Any, explanation: match.Explanation) -> bool:
    return bool(explanation.evidence["match_probability"][0].as_py() == answer.match_probability)


def _verify_replay(explanation: match.Explanation, answer: Any, stored: StoredBatch) -> None:
    """Verify that the probability comes out as it was stored, to the last bit, on whatever processor."""
    if not _is_of(answer, explanation):
        message = (
            "With the same model, index and request the probability comes out otherwise. Either another version of "
            "Comity made the determination, or the stored one was changed."
        )
        remedy = f"{_name_replaying_version(stored)} If it comes out otherwise there too, run: comity ledger fsck"
        raise LedgerError("replay_differs", message, remedy)
