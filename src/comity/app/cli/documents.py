"""`comity documents`: inspect a person's papers, and say which states' certificates to trust."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app import clock
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.documents_rules import add_rules_to
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases.paper_inspection import inspect_paper, record_inspection
from comity.documents.folder import read_document
from comity.documents.genuineness import is_contradicted
from comity.documents.synthetic_issuer.specimen_folders import CERTIFICATE, REVOCATION_LIST, write_specimens
from comity.documents.trust.master_list import MAX_BYTES, TrustFault, TrustUsageFault
from comity.documents.trust.path import Trust
from comity.documents.trust.store import import_file, is_trust_folder, list_sources, load_trust
from comity.errors import EXIT_DONE, EXIT_INTEGRITY, ComityError, LedgerError
from comity.law.worth import DocumentKind
from comity.model.document import Conclusion, InspectionReport
from comity.model.finding import Outcome
from comity.plain_files import read_plain_file

TrustFolder = Annotated[
    Path | None, typer.Option("--trust", help="The folder of certificates that you trust.  [default: trust, if there]")
]
DEFAULT_TRUST = Path("trust")
Day = Annotated[str, typer.Option("--as-of", help="Judge by the law and the term of this day (YYYY-MM-DD).")]
MARKS = {Outcome.MET: "MET", Outcome.NOT_MET: "NOT", Outcome.UNDETERMINED: "?", Outcome.NOT_APPLICABLE: "–"}


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group(get_help_text("documents"))
    commands.command("inspect")(inspect)
    commands.command("specimen")(specimen)
    trust = make_command_group("The certificates of states that you trust. None comes with Comity.")
    trust.command("import")(import_)
    trust.command("list")(list_)
    commands.add_typer(trust, name="trust")
    add_rules_to(commands)
    app.add_typer(commands, name="documents")


def inspect(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The document: document.yaml and what was read of it.")
    ],
    trust: TrustFolder = None,
    as_of: Day = "",
    home: Annotated[
        Path | None, typer.Option("--home", help="A home whose ledger gets an entry; without it nothing is stored.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Inspect one paper. Nothing of it is kept, and nothing of what it says is printed.

    With --home the ledger gets a salted commitment; the salt is printed once and stored nowhere. Ends with 5 when the
    chip's data were altered, or were not signed as the state's: see what is marked NOT.

    Example: comity documents inspect alice --trust trust --as-of 2026-11-28
    """
    presented = read_document(folder)
    trusted = _trusted(trust)
    kind, report = inspect_paper(presented, trusted, _day(as_of))
    facts, lines = _facts(report), _lines(report, kind)
    facts["trusted_certificates"] = len(trusted.certificates)
    if not trusted.certificates:
        lines[1:1] = [
            "No state's certificate is trusted, so none can be shown as a signer's: see comity documents trust import."
        ]
    if home is not None:
        receipt = record_inspection(home, presented, report)
        facts["ledger"] = asdict(receipt)
        lines += ["", f"Entry {receipt.entry} commits to this paper: {receipt.commitment}"]
        lines += [f"Salt: {receipt.salt}", "Keep the salt with the paper: it is stored nowhere, and only it shows that"]
        lines += ["this paper was the one inspected."]
    print_result(facts, lines, as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if is_contradicted(report.findings) else EXIT_DONE)


def specimen(
    out: Annotated[Path, typer.Option("--out", help="A new folder for the papers.")],
    as_of: Day = "",
    as_json: JsonOption = False,
) -> None:
    """Write papers of nobody to try inspections on: a passport, the same altered, a license, a birth certificate.

    With them come the certificate and the revocation list of Utopia, a state that does not exist.

    Example: comity documents specimen --out specimens
    """
    if out.exists():
        raise ComityError("output_exists", f"{out} is there already, and is not overwritten.", "Name a new folder.")
    fingerprint = write_specimens(out, _day(as_of))
    trust = out / "trust"
    lines = [
        f"Specimens in {out}: no person, state or paper in them exists. To try them:",
        f"  comity documents trust import {out / CERTIFICATE} --signer-sha256 {fingerprint} --trust {trust}",
        f"  comity documents trust import {out / REVOCATION_LIST} --trust {trust}",
        *(f"  comity documents inspect {path} --trust {trust}" for path in sorted(out.iterdir()) if path.is_dir()),
    ]
    print_result({"out": str(out), "signer_sha256": fingerprint}, lines, as_json=as_json)


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A master list, a state's certificate, or a revocation list.")
    ],
    signer_sha256: Annotated[
        str, typer.Option("--signer-sha256", help="SHA-256 of the list's signer, or of the certificate, as published.")
    ] = "",
    trust: Annotated[Path, typer.Option("--trust", help="The folder to put it in; a new one is made.")] = DEFAULT_TRUST,
    as_json: JsonOption = False,
) -> None:
    """Verify a file by the SHA-256 that you got elsewhere, and trust the certificates in it.

    Ends with 2 when FILE is something else or a SHA-256 is missing or none, and with 5 when it does not verify.

    Example: comity documents trust import list.ml --signer-sha256 6f0a... --trust trust
    """
    is_new = not trust.exists()
    try:
        data = read_plain_file(file, MAX_BYTES)
        source = import_file(data, trust, pinned=signer_sha256, on=clock.now().date())
    except FileNotFoundError as fault:
        raise ComityError("bad_argument", "There is no file of that name to import.", "Check FILE.") from fault
    except OSError as fault:
        message = "A file could not be read or written, or is a link, a folder or a pipe."
        raise ComityError("bad_argument", message, "Check FILE and --trust.") from fault
    except TrustFault as fault:
        raise _not_imported(fault) from None
    lines = [f"Imported a {source.kind}: {source.added} new, {source.known} known, {source.unreadable} unreadable."]
    lines += [f"{source.anchors} of its certificates are signed by themselves and can be trusted as they are."]
    facts = {"kind": source.kind, "sha256": source.sha256, "added": source.added, "known": source.known}
    facts |= {"unreadable": source.unreadable, "anchors": source.anchors}
    lines = lines[: 1 if source.kind == "revocation list" else 2]
    print_result(facts, [*lines, *([f"{trust} is a new trust folder."] if is_new else [])], as_json=as_json)


def list_(trust: TrustFolder = None, as_json: JsonOption = False) -> None:
    """List what is trusted: the countries, and every import with its source.

    Example: comity documents trust list --trust trust
    """
    trusted = _trusted(trust)
    try:
        sources = list_sources(trust or DEFAULT_TRUST)
    except TrustFault as fault:
        raise _untrusted(fault) from None
    countries = sorted({certificate.country or "-" for certificate in trusted.certificates})
    counts = f"{len(trusted.certificates)} certificates of {len(countries)} countries"
    lines = [
        f"{counts}, {len(trusted.revocation_lists)} revocation lists",
        *(
            f"{line['imported_on']}  {line['kind']:<16} {str(line['sha256'])[:16]}  {line['added']} new"
            for line in sources
        ),
    ]
    facts = {
        "certificates": len(trusted.certificates),
        "countries": countries,
        "revocation_lists": len(trusted.revocation_lists),
        "sources": sources,
    }
    print_result(facts, lines, as_json=as_json)


def _trusted(folder: Path | None) -> Trust:
    """Return what is trusted: of the folder named, which must hold imports, or of the usual one if there is one."""
    if folder is not None and not is_trust_folder(folder):
        what = (
            "The folder given with --trust holds no import"
            if folder.is_dir()
            else "No folder has the name given with --trust"
        )
        hint = "Check the name, or make one: comity documents trust import FILE --signer-sha256 SHA256 --trust FOLDER"
        raise ComityError("bad_argument", f"{what}, so it is no trust folder. Nothing was inspected without one.", hint)
    try:
        return load_trust(folder or DEFAULT_TRUST)
    except TrustFault as fault:
        raise _untrusted(fault) from None


def _untrusted(fault: TrustFault) -> LedgerError:
    hint = "Nothing in it was used. Make a new folder from what publishers give: comity documents trust import FILE"
    return LedgerError("proof_invalid", _sentence(fault), hint)


def _not_imported(fault: TrustFault) -> ComityError:
    if isinstance(fault, TrustUsageFault):
        hint = "Nothing was imported. See comity documents trust import --help"
        return ComityError("bad_argument", _sentence(fault), hint)
    hint = "Nothing was imported. Get the file and its SHA-256 from the publisher again, by two ways."
    return LedgerError("proof_invalid", _sentence(fault), hint)


def _sentence(fault: TrustFault) -> str:
    message = str(fault)
    return f"{message[0].upper()}{message[1:]}."


def _day(as_of: str) -> date:
    return clock.parse_day(as_of) if as_of else clock.now().date()


def _facts(report: InspectionReport) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "as_of": report.as_of.isoformat(),
        "basis": report.basis.name,
        "findings": [finding.to_dict() for finding in report.findings],
        "conclusions": [
            {
                "proposition": conclusion.proposition.value,
                "if_genuine": conclusion.if_genuine.name,
                "outcome": conclusion.outcome.name,
                "basis": conclusion.basis.name,
                "because": list(conclusion.because),
                "would_settle": list(conclusion.would_settle),
            }
            for conclusion in report.conclusions
        ],
    }


def _lines(report: InspectionReport, kind: DocumentKind) -> list[str]:
    lines = [f"{kind.name} · {report.basis.name} · {report.as_of}", ""]
    lines += [f"{MARKS[finding.outcome]:<4} {finding.message}  [{finding.rule}]" for finding in report.findings]
    return [*lines, "", *(line for conclusion in report.conclusions for line in _conclusion_lines(conclusion))]


def _conclusion_lines(conclusion: Conclusion) -> list[str]:
    cited = f"  ({'; '.join(conclusion.because)})" if conclusion.because else ""
    lines = [f"{conclusion.proposition.value:<17} {MARKS[conclusion.outcome]:<4}{cited}".rstrip()]
    return lines + [f"{'':<17}      needs: {need}" for need in conclusion.would_settle]
