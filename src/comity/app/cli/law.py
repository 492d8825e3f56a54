"""`comity law`: the custodian's own statutes, agreements and agencies, as data beside what the package holds."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from comity import law
from comity.app.cli import group
from comity.app.cli.arguments import HomeFolder
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import PolicyError
from comity.law.loader import OWN
from comity.law.register import Law
from comity.law.sealing import seal as sealed

LawFolder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A folder with statutes, agreements or agencies in it (YAML).")
]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("The law on file: seal, check and add statutes, agreements and agencies.")
    commands.command("seal")(seal)
    commands.command("check")(check)
    commands.command("add")(add)
    app.add_typer(commands, name="law")


def seal(folder: LawFolder, as_json: Json = False) -> None:
    """Fill in the SHA-256 of every clause, in place. Whoever seals words vouches for them.

    Example: comity law seal benefit-address-2026
    """
    changed = []
    for path in _files(folder):
        before = _read(path)
        after = sealed(before, path.name)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path.name)
    show({"sealed": changed}, [f"Sealed {', '.join(changed)}." if changed else "Every seal is right."], as_json=as_json)


def check(folder: LawFolder, as_json: Json = False) -> None:
    """Load a folder beside the package's law, and say what counsel must still confirm.

    Example: comity law check benefit-address-2026
    """
    _files(folder)
    _show(law.load(folder=folder.resolve()), as_json=as_json)


def add(folder: LawFolder, home: HomeFolder, as_json: Json = False) -> None:
    """Check a folder, and put its files among a custodian's own law. Nothing on file is ever replaced.

    Example: comity law add benefit-address-2026 --home home
    """
    target = Home.open(home).law
    added = {target / path.parent.name / path.name: path for path in _files(folder)}
    if any(there.exists() for there in added):
        message = (
            "A file of that name is among the custodian's law already. What batches were judged by is not replaced."
        )
        raise PolicyError("law_invalid", message, "Enter a new version under a file name and dates of its own.")
    together = _beside(target, added)
    for there, path in added.items():
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)
    _show(together, as_json=as_json)


def _beside(target: Path, added: dict[Path, Path]) -> Law:
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
        return law.load(folder=trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    found = [path for kind in OWN for path in sorted((folder / kind).glob("*.yaml"))]
    if not found:
        message = f"The folder holds no law: no YAML file under {', '.join(OWN)}."
        raise PolicyError("law_invalid", message, "Name a folder laid out so; see docs/guides/adding-an-agreement.md.")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        raise PolicyError("law_invalid", f"{path.name} cannot be read as UTF-8 text.", "Mend the file.") from fault


def _show(whole: Law, *, as_json: bool) -> None:
    shipped = law.load()
    new = {kind: sorted(set(getattr(whole, kind)) - set(getattr(shipped, kind))) for kind in OWN}
    owners = [getattr(whole, kind)[name] for kind in ("statutes", "agreements") for name in new[kind]]
    doubtful = [element.id for owner in owners for element in owner.elements if element.needs_counsel]
    lines = [f"{kind}: {', '.join(names) or 'none of its own'}" for kind, names in new.items()]
    lines += [f"Counsel must confirm (INF or GK): {', '.join(doubtful)}."] if doubtful else []
    lines += [f"The law loads whole; its fingerprint is {whole.fingerprint[:16]}."]
    result = {**new, "counsel_must_confirm": doubtful, "fingerprint": whole.fingerprint}
    show(result, lines, as_json=as_json)
