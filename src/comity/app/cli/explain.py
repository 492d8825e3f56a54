"""`comity explain`: say why a determination came out as it did, and whether it comes out so again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, BatchArgument, HomeOption, IndexOption, ModelOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.pages.explanation_page import format_explanation
from comity.app.pages.number_format import count_things
from comity.app.use_cases.determination_replay import DeterminationSource, explain_determination
from comity.gates import RuleExplanation


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
    To look a person up again is an inspection: an entry in the ledger, and 4 while a court order forbids it. Of a
    refused request it says which rules refused it and what they require, and no record is read. With --as-of it replays
    the last rehearsal, which must be one of that time, on synthetic records. Ends with 5 when the model or the index is
    another one, or the replay comes out differently.

    Example: comity explain sim/batch --index idx --home home --request R0000001 --as-of 2025-08-07 --out why.html
    """
    source = DeterminationSource(batch, index, home, model)
    rehearsed_as_of = clock.parse_time(as_of) if as_of else None
    explanation = explain_determination(source, request, rehearsed_as_of=rehearsed_as_of, page=out)
    if explanation.refusals:
        print_result(*_describe_refusal(request, explanation.refusals), as_json=as_json)
        return
    if explanation.facts is None:
        result: dict[str, Any] = {"request_id": request, "outcome": explanation.outcome, "candidate_pairs": 0}
        print_result(result, ["No record shares this address: there was nothing to compare."], as_json=as_json)
        return
    lines = format_explanation(explanation.facts)
    if out is not None:
        lines.append(f"Open {out}")
    print_result(explanation.facts, lines, as_json=as_json)


def _describe_refusal(request_id: str, refusals: Sequence[RuleExplanation]) -> tuple[dict[str, Any], list[str]]:
    """Return the rules that refused a request, as data and as lines."""
    rules = [
        {
            "rule": refusal.rule,
            "citation": refusal.citation,
            "requirement": refusal.requirement,
            "refused_when": refusal.not_met_when,
            "law": list(refusal.quotations),
        }
        for refusal in refusals
    ]
    lines = [f"Refused by {count_things(len(rules), 'rule')}, before any record was read."]
    for refusal in refusals:
        lines.append(f"{refusal.rule} ({refusal.citation}): {refusal.requirement}")
        lines += [f"  refused when: {refusal.not_met_when}"] if refusal.not_met_when else []
        lines += [f"  {quotation}" for quotation in refusal.quotations]
    return {"request_id": request_id, "outcome": "REFUSED", "refused_by": rules}, lines
