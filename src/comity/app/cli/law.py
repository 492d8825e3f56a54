"""`comity law`: seal, check and add the custodian's own law."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import custodian_law
from comity.app.use_cases.custodian_law import LawSummary

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
