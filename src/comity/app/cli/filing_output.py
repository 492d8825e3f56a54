"""Print filings and steps, as every command that files shows them."""

from typing import Any

from comity.app.cli.output import print_notice, print_result
from comity.app.use_cases.filings_by_two import FiledStep
from comity.law.filing_register import FilingState, FilingStatus


def print_step(filed: FiledStep, *, as_json: bool, more: str = "") -> None:
    """Print what a step did, and what is to be done next."""
    state, facts = filed.state, describe_filing(filed.state)
    next_step = {
        FilingStatus.PENDING: f"A second person: comity filings confirm {facts['number']} --home HOME --key KEY",
        FilingStatus.IN_FORCE: "It is in force.",
        FilingStatus.WITHDRAWN: "It is withdrawn.",
    }[state.status]
    for warning in filed.warnings:
        print_notice(f"Note: {warning}")
    lines = [f"Filing {facts['number']}, {facts['act']}, by {filed.person}. {next_step}", *([more] if more else [])]
    print_result(facts | {"warnings": list(filed.warnings)}, lines, as_json=as_json)


def describe_filing(state: FilingState) -> dict[str, Any]:
    """Return a filing as plain data, without its content."""
    entered, decided = state.entered, state.decided
    facts: dict[str, Any] = {
        "number": entered.number,
        "act": str(entered.act),
        "status": str(state.status),
        "by": entered.name,
        "device": entered.device,
        "at": entered.at.isoformat(timespec="seconds"),
    }
    if decided is not None:
        facts |= {
            "decided_by": decided.name,
            "decided_device": decided.device,
            "decided_at": decided.at.isoformat(timespec="seconds"),
        }
    return facts
