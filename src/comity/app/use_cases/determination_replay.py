"""Replay one determination of an answered batch, and say what it rests on. For the custodian's eyes.

Guarantees: reads no record that was not read for the answer; returns names of levels and bits, no value of a record or
a request; looks no person up while a court order forbids inspection; a replay that comes out differently is an error.
Start at `explain_determination`.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from comity import decide, intake, match
from comity.app import bootstrap
from comity.app.home import Home
from comity.app.pages.explanation_page import render_explanation_page
from comity.errors import LedgerError, PolicyError, RequestError
from comity.law import Law, ProhibitedAct, apply_filings
from comity.pipeline import derive_match_policy
from comity.store import answers, batches, filings
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
    """Why a determination came out as it did; `facts` is None where no record shares the request's address.

    `facts` are plain data: the weights' terms, the hypotheses, the policy's conditions, and the fingerprints.
    """

    request_id: str
    outcome: str
    facts: dict[str, Any] | None


def explain_determination(
    source: DeterminationSource, request_id: str, *, at: datetime, page: Path | None = None
) -> DeterminationExplanation:
    """Replay the determination of one request, and write a page with a picture if `page` names a file.

    Args:
        source: the batch as it was answered, and what it was answered with.
        request_id: the request.
        at: the time whose court orders say whether a person may be looked up again.
        page: an HTML file to write.

    Raises:
        RequestError: `bad_argument` when there is no such request, or no determination of it.
        PolicyError: `order_in_force` when a court order forbids inspection at that time.
        LedgerError: `replay_differs` when model, index or result are not those of the determination.
    """
    batch = intake.read_batch(source.batch, lambda _manifest: {})
    row = batch.requests.filter(pc.equal(batch.requests["request_id"], request_id))
    if row.num_rows != 1:
        raise RequestError("bad_argument", "The batch has no such request, or several.", "Give one request_id of it.")
    model = match.read_model(source.model_file) if source.model_file else match.load_default_model()
    home = Home.open(source.home)
    law = bootstrap.load_base_law(home)
    with bootstrap.open_store(home) as store:
        stored, answer = _load_answer(store, batch.manifest.batch_id, batch.requests_sha256, row["row"][0].as_py())
        _verify_inspection_allowed(store, law, stored.agreement, at)
    with _open_index_at(source.index, stored.index_fingerprint) as index:
        _verify_same_fingerprint("model", stored.model_fingerprint, model.fingerprint)
        explanation = match.explain_request(index, row, model=model)
        synthetic = index.index_commit.is_synthetic
    outcome = str(answer.outcome)
    if explanation is None:
        return DeterminationExplanation(request_id, outcome, None)
    _verify_replay(explanation.evidence, answer)
    policy = derive_match_policy(law.get_agreement(stored.agreement), model)
    facts = _explanation_to_dict(explanation, policy) | {
        "request_id": request_id,
        "outcome": answer.outcome,
        "match_probability": answer.match_probability,
        "model": stored.model_fingerprint,
        "index": stored.index_fingerprint,
        "synthetic": synthetic,
    }
    if page is not None:
        page.write_text(render_explanation_page(facts), encoding="utf-8")
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


def _load_answer(store: Store, batch_id: str, requests_sha256: str, row: int) -> tuple[StoredBatch, Any]:
    """Return the stored batch, and the stored answer of a row for which a record was compared."""
    with store.read() as tx:
        stored = batches.get(tx, batch_id)
        if stored is None or stored.status != batches.ANSWERED or stored.requests_sha256 != requests_sha256:
            message = "This batch was not answered from this home, so there is no determination to explain."
            raise RequestError("bad_argument", message, "Answer it first: comity verify")
        answer = next((a for a in answers.stream_by_batch(tx, batch_id) if a.row == row), None)
    if answer is None or answer.outcome is None:
        message = "No record was compared for this request: a rule refused it, or its answer was erased."
        raise RequestError("bad_argument", message)
    return stored, answer


def _open_index_at(index: Path, fingerprint: str | None) -> match.Index:
    """Open the index at the commit that the determination read, whatever has changed since."""
    commit = match.Index.find_commit(index, fingerprint=fingerprint)
    _verify_same_fingerprint("index", fingerprint, commit.fingerprint)
    return match.Index.open(index, fingerprint=fingerprint)


def _verify_inspection_allowed(store: Store, law: Law, agreement: str, at: datetime) -> None:
    """Raise PolicyError `order_in_force` while an order forbids inspection."""
    with store.read() as tx:
        filed_law = apply_filings(law, filings.list_filings(tx))
    if orders := filed_law.find_orders_in_force(at, agreement, ProhibitedAct.INSPECT):
        order_ids = ", ".join(order.id for order in orders)
        message = (
            f"Court order {order_ids} forbids to inspect records under the agreement, "
            "and a replay looks the person up again."
        )
        raise PolicyError("order_in_force", message, "Nothing was looked up. Wait until the order is ended by name.")


def _verify_same_fingerprint(name: str, recorded: str | None, current: str) -> None:
    if recorded != current:
        message = f"The determination rests on another {name}: it was {recorded}, this one is {current}."
        raise LedgerError("replay_differs", message, f"Replay with the {name} of then.")


def _verify_replay(evidence: pa.Table, answer: Any) -> None:
    if evidence["match_probability"][0].as_py() != answer.match_probability:
        message = (
            "With the same model, index and request the probability comes out otherwise, "
            "so the stored one is not theirs."
        )
        raise LedgerError("replay_differs", message, "Run: comity ledger fsck")
