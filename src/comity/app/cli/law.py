"""`comity law`: the custodian's own statutes, agreements and agencies, as data beside what the package holds."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from comity import law
from comity.app.cli import make_command_group
from comity.app.cli.arguments import HomeOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.errors import PolicyError
from comity.law.corpus import Law
from comity.law.loader import CUSTODIAN_LAW_TYPES
from comity.law.seal import seal_yaml as sealed

LawFolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A folder with statutes, agreements or agencies in it (YAML).")
]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("The law on file: seal, check and add statutes, agreements and agencies.")
    commands.command("seal")(seal_folder)
    commands.command("check")(check_folder)
    commands.command("add")(add_folder)
    app.add_typer(commands, name="law")


def seal_folder(folder: LawFolderArgument, as_json: JsonOption = False) -> None:
    """Fill in the SHA-256 of every clause, in place. Whoever seals words vouches for them.

    Example: comity law seal benefit-address-2026
    """
    changed = []
    for path in _list_law_files(folder):
        before = _read_text(path)
        after = sealed(before, path.name)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path.name)
    print_result(
        {"sealed": changed}, [f"Sealed {', '.join(changed)}." if changed else "Every seal is right."], as_json=as_json
    )


def check_folder(folder: LawFolderArgument, as_json: JsonOption = False) -> None:
    """Load a folder beside the package's law, and say what counsel must still confirm.

    Example: comity law check benefit-address-2026
    """
    _list_law_files(folder)
    _print_law(law.load_law(folder=folder.resolve()), as_json=as_json)


def add_folder(folder: LawFolderArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Check a folder, and put its files among a custodian's own law. Nothing on file is ever replaced.

    Example: comity law add benefit-address-2026 --home home
    """
    target = Home.open(home).law_folder
    added = {target / path.parent.name / path.name: path for path in _list_law_files(folder)}
    if any(there.exists() for there in added):
        message = (
            "A file of that name is among the custodian's law already. What batches were judged by is not replaced."
        )
        raise PolicyError("law_invalid", message, "Enter a new version under a file name and dates of its own.")
    together = _load_with_added(target, added)
    for there, path in added.items():
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)
    _print_law(together, as_json=as_json)


def _load_with_added(target: Path, added: dict[Path, Path]) -> Law:
    """The whole law with the files added, checked before anything is written where it counts."""
    trial = target.with_name("law.new")
    shutil.rmtree(trial, ignore_errors=True)
    try:
        if target.exists():
            shutil.copytree(target, trial)
        for there, path in added.items():
            copy = trial / there.parent.name / there.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        return law.load_law(folder=trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _list_law_files(folder: Path) -> list[Path]:
    found = [path for kind in CUSTODIAN_LAW_TYPES for path in sorted((folder / kind).glob("*.yaml"))]
    if not found:
        message = f"The folder holds no law: no YAML file under {', '.join(CUSTODIAN_LAW_TYPES)}."
        raise PolicyError("law_invalid", message, "Name a folder laid out so; see docs/guides/adding-an-agreement.md.")
    return found


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        raise PolicyError("law_invalid", f"{path.name} cannot be read as UTF-8 text.", "Mend the file.") from fault


def _print_law(whole: Law, *, as_json: bool) -> None:
    shipped = law.load_law()
    new = {kind: sorted(set(getattr(whole, kind)) - set(getattr(shipped, kind))) for kind in CUSTODIAN_LAW_TYPES}
    owners = [getattr(whole, kind)[name] for kind in ("statutes", "agreements") for name in new[kind]]
    doubtful = [element.id for owner in owners for element in owner.elements if element.has_unconfirmed_words]
    lines = [f"{kind}: {', '.join(names) or 'none of its own'}" for kind, names in new.items()]
    lines += [f"Counsel must confirm (INF or GK): {', '.join(doubtful)}."] if doubtful else []
    lines += [f"The law loads whole; its fingerprint is {whole.fingerprint[:16]}."]
    result = {**new, "counsel_must_confirm": doubtful, "fingerprint": whole.fingerprint}
    print_result(result, lines, as_json=as_json)
