"""`comity explain`: why a determination came out as it did, for the custodian's eyes; and whether it comes out so again."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import typer

from comity import decide, intake, law, match
from comity.app import bootstrap, explanation
from comity.app.cli.arguments import Batch, HomeFolder, IndexFolder, Model
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import LedgerError, RequestError
from comity.pipeline import match_policy
from comity.store import answers, batches
from comity.store.connection import Store


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    batch: Batch,
    index: IndexFolder,
    home: HomeFolder,
    request: Annotated[str, typer.Option("--request", help="The request_id.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with a picture here (HTML).")] = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Replay one determination of an answered batch, bit for bit, and say what it rests on.

    For the custodian's eyes. It reads no record that was not read for the answer, and shows levels and bits, no values.
    Ends with 5 when the model or the index is another one, or the replay comes out otherwise.

    Example: comity explain sim/batch --index idx --home home --request R0000001 --out why.html
    """
    read = intake.read_batch(batch, lambda _manifest: {})
    row = read.requests.filter(pc.equal(read.requests["request_id"], request))
    if row.num_rows != 1:
        raise RequestError("bad_argument", "The batch has no such request, or several.", "Give one request_id of it.")
    chosen = match.read_model(model) if model else match.load_model()
    with bootstrap.open_store(Home.open(home)) as store:
        stored, answer = _answered(store, read.manifest.batch_id, read.requests_sha256, row["row"][0].as_py())
    with _opened_as_then(index, stored.index_fingerprint) as opened:
        _require_same("model", stored.model_fingerprint, chosen.fingerprint)
        why = match.explain(opened, row, model=chosen)
        synthetic = opened.state.synthetic
    if why is None:
        result: dict[str, Any] = {"request_id": request, "outcome": answer.outcome, "candidate_pairs": 0}
        show(result, ["No record shares this address: there was nothing to compare."], as_json=as_json)
        return
    _require_replayed(why.evidence, answer)
    policy = match_policy(law.load(folder=Home.open(home).law).agreement(stored.agreement), chosen)
    facts = _facts(why, policy) | {
        "request_id": request,
        "outcome": answer.outcome,
        "match_probability": answer.match_probability,
        "model": stored.model_fingerprint,
        "index": stored.index_fingerprint,
        "synthetic": synthetic,
    }
    lines = explanation.lines(facts)
    if out is not None:
        out.write_text(explanation.page(facts), encoding="utf-8")
        lines.append(f"Open {out}")
    show(facts, lines, as_json=as_json)


def _facts(why: match.Explanation, policy: decide.MatchPolicy) -> dict[str, Any]:
    return {
        "terms": [asdict(term) for term in why.terms],
        "hypotheses": [asdict(h) for h in why.hypotheses],
        "raw_weight": why.raw_weight,
        "match_weight": why.evidence["match_weight"][0].as_py(),
        "policy": {name: met[0].as_py() for name, met in decide.conditions(why.evidence, policy).items()},
        "confirm_probability": policy.confirm_probability,
    }


def _answered(store: Store, batch_id: str, requests_sha256: str, row: int) -> tuple[batches.BatchRow, Any]:
    """The stored batch and the stored answer of this row, if a record was compared for it."""
    with store.read() as tx:
        stored = batches.get(tx, batch_id)
        if stored is None or stored.status != batches.ANSWERED or stored.requests_sha256 != requests_sha256:
            raise RequestError(
                "bad_argument",
                "This batch was not answered from this home, so there is no determination to explain.",
                "Answer it first: comity verify",
            )
        answer = next((a for a in answers.of_batch(tx, batch_id) if a.row == row), None)
    if answer is None or answer.outcome is None:
        raise RequestError(
            "bad_argument", "No record was compared for this request: a rule refused it, or its answer was erased."
        )
    return stored, answer


def _opened_as_then(index: Path, fingerprint: str | None) -> match.Index:
    """The index in the state that the determination saw, whatever has changed since."""
    _require_same("index", fingerprint, match.Index.describe(index, fingerprint=fingerprint).fingerprint)
    return match.Index.open(index, fingerprint=fingerprint)


def _require_same(what: str, then: str | None, now: str) -> None:
    if then != now:
        raise LedgerError(
            "replay_differs",
            f"The determination rests on another {what}: it was {then}, this one is {now}.",
            f"Replay with the {what} of then.",
        )


def _require_replayed(evidence: pa.Table, answer: Any) -> None:
    if evidence["match_probability"][0].as_py() != answer.match_probability:
        raise LedgerError(
            "replay_differs",
            "With the same model, index and request the probability comes out otherwise, so the stored one is not theirs.",
            "Run: comity ledger fsck",
        )
