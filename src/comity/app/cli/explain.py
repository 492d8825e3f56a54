"""`comity explain`: why a determination came out as it did, for the custodian's eyes; and whether it comes out so again."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import typer

from comity import decide, intake, law, match
from comity.app import bootstrap, clock
from comity.app.cli.arguments import AsOfOption, BatchArgument, HomeOption, IndexOption, ModelOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.app.pages import explanation_page
from comity.errors import LedgerError, PolicyError, RequestError
from comity.law import ProhibitedAct, apply_filings
from comity.pipeline import derive_match_policy
from comity.store import answers, batches, filings
from comity.store.database import Store


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain_request)


def explain_request(
    batch: BatchArgument,
    index: IndexOption,
    home: HomeOption,
    request: Annotated[str, typer.Option("--request", help="The request_id.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with a picture here (HTML).")] = None,
    model: ModelOption = None,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Replay one determination of an answered batch, bit for bit, and say what it rests on.

    For the custodian's eyes. It reads no record that was not read for the answer, and shows levels and bits, no values.
    To look a person up again is an inspection: it ends with 4 while a court order forbids that (--as-of rehearses another day).
    Ends with 5 when the model or the index is another one, or the replay comes out otherwise.

    Example: comity explain sim/batch --index idx --home home --request R0000001 --as-of 2025-08-07 --out why.html
    """
    read = intake.read_batch(batch, lambda _manifest: {})
    row = read.requests.filter(pc.equal(read.requests["request_id"], request))
    if row.num_rows != 1:
        raise RequestError("bad_argument", "The batch has no such request, or several.", "Give one request_id of it.")
    chosen = match.read_model(model) if model else match.load_default_model()
    opened_home = Home.open(home)
    rules = law.load_law(folder=opened_home.law_folder)
    with bootstrap.open_store(opened_home) as store:
        stored, answer = _load_answer(store, read.manifest.batch_id, read.requests_sha256, row["row"][0].as_py())
        _verify_lawful(store, rules, stored.agreement, clock.parse_time(as_of) if as_of else clock.now())
    with _open_index_at(index, stored.index_fingerprint) as opened:
        _verify_same_fingerprint("model", stored.model_fingerprint, chosen.fingerprint)
        why = match.explain_request(opened, row, model=chosen)
        synthetic = opened.index_commit.is_synthetic
    if why is None:
        result: dict[str, Any] = {"request_id": request, "outcome": answer.outcome, "candidate_pairs": 0}
        print_result(result, ["No record shares this address: there was nothing to compare."], as_json=as_json)
        return
    _verify_replay(why.evidence, answer)
    policy = derive_match_policy(rules.get_agreement(stored.agreement), chosen)
    facts = _explanation_to_dict(why, policy) | {
        "request_id": request,
        "outcome": answer.outcome,
        "match_probability": answer.match_probability,
        "model": stored.model_fingerprint,
        "index": stored.index_fingerprint,
        "synthetic": synthetic,
    }
    lines = explanation_page.format_explanation(facts)
    if out is not None:
        out.write_text(explanation_page.render_explanation_page(facts), encoding="utf-8")
        lines.append(f"Open {out}")
    print_result(facts, lines, as_json=as_json)


def _explanation_to_dict(why: match.Explanation, policy: decide.MatchPolicy) -> dict[str, Any]:
    return {
        "terms": [asdict(term) for term in why.terms],
        "hypotheses": [asdict(h) for h in why.hypotheses],
        "raw_weight": why.raw_weight,
        "match_weight": why.evidence["match_weight"][0].as_py(),
        "policy": {name: met[0].as_py() for name, met in decide.evaluate_conditions(why.evidence, policy).items()},
        "confirm_probability": policy.confirm_probability,
    }


def _load_answer(store: Store, batch_id: str, requests_sha256: str, row: int) -> tuple[batches.StoredBatch, Any]:
    """The stored batch and the stored answer of this row, if a record was compared for it."""
    with store.read() as tx:
        stored = batches.get(tx, batch_id)
        if stored is None or stored.status != batches.ANSWERED or stored.requests_sha256 != requests_sha256:
            raise RequestError(
                "bad_argument",
                "This batch was not answered from this home, so there is no determination to explain.",
                "Answer it first: comity verify",
            )
        answer = next((a for a in answers.stream_by_batch(tx, batch_id) if a.row == row), None)
    if answer is None or answer.outcome is None:
        raise RequestError(
            "bad_argument", "No record was compared for this request: a rule refused it, or its answer was erased."
        )
    return stored, answer


def _open_index_at(index: Path, fingerprint: str | None) -> match.Index:
    """The index in the state that the determination saw, whatever has changed since."""
    _verify_same_fingerprint("index", fingerprint, match.Index.find_commit(index, fingerprint=fingerprint).fingerprint)
    return match.Index.open(index, fingerprint=fingerprint)


def _verify_lawful(store: Store, rules: law.Law, agreement: str, at: datetime) -> None:
    """Refuse to look anybody up while an order forbids inspection. Raises PolicyError `order_in_force`."""
    with store.read() as tx:
        entered = apply_filings(rules, filings.list_filings(tx))
    if found := entered.find_orders_in_force(at, agreement, ProhibitedAct.INSPECT):
        named = ", ".join(order.id for order in found)
        message = f"Court order {named} forbids to inspect records under the agreement, and a replay looks the person up again."
        raise PolicyError("order_in_force", message, "Nothing was looked up. Wait until the order is ended by name.")


def _verify_same_fingerprint(what: str, then: str | None, now: str) -> None:
    if then != now:
        raise LedgerError(
            "replay_differs",
            f"The determination rests on another {what}: it was {then}, this one is {now}.",
            f"Replay with the {what} of then.",
        )


def _verify_replay(evidence: pa.Table, answer: Any) -> None:
    if evidence["match_probability"][0].as_py() != answer.match_probability:
        raise LedgerError(
            "replay_differs",
            "With the same model, index and request the probability comes out otherwise, so the stored one is not theirs.",
            "Run: comity ledger fsck",
        )
