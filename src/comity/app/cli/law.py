"""`comity law`: seal, check and add the custodian's own law."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, HomeOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import custodian_law, safeguard_plans
from comity.app.use_cases.custodian_law import LawSummary
from comity.app.use_cases.safeguard_plans import PlanTerms
from comity.errors import ComityError

LawFolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A folder with statutes, agreements or agencies in it (YAML).")
]

AgreementArgument = Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's id.")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("law"))
    group.command("seal")(seal_folder)
    group.command("check")(check_folder)
    group.command("add")(add_folder)
    group.command("suspend")(suspend_agreement)
    group.command("reinstate")(reinstate_agreement)
    group.command("plan")(accept_plan)
    group.command("end-plan")(end_plan)
    group.command("plans")(list_plans)
    app.add_typer(group, name="law")


def seal_folder(folder: LawFolderArgument, as_json: JsonOption = False) -> None:
    """Fill in the SHA-256 of every clause, in place. Whoever seals words vouches for them.

    Example: comity law seal benefit-address-2026
    """
    changed = custodian_law.seal_law_folder(folder)
    line = f"Sealed {', '.join(changed)}." if changed else "Every seal is right."
    print_result({"sealed": changed}, [line], as_json=as_json)


def check_folder(folder: LawFolderArgument, as_json: JsonOption = False) -> None:
    """Load a folder beside the package's law, and say what counsel must still confirm.

    Example: comity law check benefit-address-2026
    """
    _print_summary(custodian_law.check_law_folder(folder), as_json=as_json)


def add_folder(folder: LawFolderArgument, home: HomeOption, key: PersonKeyOption, as_json: JsonOption = False) -> None:
    """Check a folder, and file it as the first of two persons. Nothing on file is ever replaced.

    Example: comity law add benefit-address-2026 --home home --key jo.key
    """
    added = custodian_law.add_law_folder(folder, home, key)
    print_step(added.filed, as_json=as_json, more="\n".join(_format_summary(added.summary)))


def suspend_agreement(
    agreement: AgreementArgument,
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Enter that an agreement is suspended: at once, its batches are held until two persons reinstate it.

    Example: comity law suspend irs-ice-2025 --home home --key jo.key --reason "Under review"
    """
    print_step(custodian_law.suspend_agreement(home, key, agreement, reason), as_json=as_json)


def reinstate_agreement(
    agreement: AgreementArgument,
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Enter that an agreement is suspended no longer; a second person confirms.

    Example: comity law reinstate irs-ice-2025 --home home --key jo.key --reason "The review is over"
    """
    print_step(custodian_law.reinstate_agreement(home, key, agreement, reason), as_json=as_json)


def accept_plan(
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help="The agency's id.")],
    home: HomeOption,
    key: PersonKeyOption,
    document: Annotated[Path, typer.Option("--document", help="The plan itself, as the agency sent it.")],
    dated: Annotated[str, typer.Option("--dated", help="The plan's date.")],
    due: Annotated[str, typer.Option("--due", help="The day by which it is to be carried out.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is accepted.")] = "Covers every open finding",
    title: Annotated[str, typer.Option("--title", help="What the paper is called.")] = "Corrective action plan",
    as_json: JsonOption = False,
) -> None:
    """Accept an agency's corrective action plan for open findings of its safeguard review; a second person confirms.

    The paper is filed with it. R08 asks for an accepted plan that is later than the findings and not overdue.

    Example: comity law plan ice --home home --key jo.key --document plan.pdf --dated 2026-05-01 --due 2027-05-01
    """
    terms = PlanTerms(agency, title, clock.parse_day(dated), clock.parse_day(due))
    print_step(safeguard_plans.accept_plan(home, key, terms, document, reason), as_json=as_json)


def end_plan(
    plan: Annotated[int, typer.Argument(metavar="NUMBER", min=0, help="The plan's number: comity law plans")],
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Enter that an accepted plan counts no longer: at once, R08 refuses the agency's batches without another.

    Example: comity law end-plan 12 --home home --key jo.key --reason "Not carried out"
    """
    print_step(safeguard_plans.end_plan(home, key, plan, reason), as_json=as_json)


def list_plans(
    home: HomeOption,
    write: Annotated[int | None, typer.Option("--write", min=0, help="Write the paper of this plan to --out.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The file for the paper.")] = None,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the corrective action plans that were accepted, with their state and the SHA-256 of their papers.

    Example: comity law plans --home home
    """
    if write is not None:
        if out is None:
            raise ComityError("bad_argument", "The paper needs a file.", "Name it with --out.")
        safeguard_plans.write_plan_document(home, write, out)
    today = clock.parse_time_or_now(as_of).date()
    plans = [
        plan.model_dump(mode="json") | {"state": plan.state_on(today)} for plan in safeguard_plans.list_plans(home)
    ]
    lines = [
        f"{plan['filing']:>6}  {plan['agency']}: {plan['title']}, of {plan['dated_on']}, due {plan['due_on']}; "
        f"{plan['state']}; SHA-256 {plan['document_sha256']}"
        for plan in plans
    ]
    print_result({"plans": plans}, lines or ["No plan is on file."], as_json=as_json)


def _format_summary(summary: LawSummary) -> list[str]:
    lines = [f"{law_type}: {', '.join(ids) or 'none of its own'}" for law_type, ids in summary.added_ids.items()]
    if summary.counsel_must_confirm:
        lines.append(f"Counsel must confirm (INF or GK): {', '.join(summary.counsel_must_confirm)}.")
    lines.append(f"The law loads whole; its fingerprint is {summary.fingerprint[:16]}.")
    return lines


def _print_summary(summary: LawSummary, *, as_json: bool) -> None:
    result = {
        **summary.added_ids,
        "counsel_must_confirm": summary.counsel_must_confirm,
        "fingerprint": summary.fingerprint,
    }
    print_result(result, _format_summary(summary), as_json=as_json)
