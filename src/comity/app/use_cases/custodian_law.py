"""Seal, check and add the custodian's own statutes, agreements and agencies, as data beside what the package holds.

Guarantees: nothing on file is ever replaced; added files are checked together with the whole law before they are
written where they count.
Start at `add_law_folder`.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comity import law
from comity.app.home import Home
from comity.errors import PolicyError
from comity.law.corpus import Law
from comity.law.loader import CUSTODIAN_LAW_TYPES
from comity.law.seal import seal_yaml


@dataclass(frozen=True, slots=True)
class LawSummary:
    """What a custodian's own law adds, by type; the clauses that counsel must confirm; the whole law's fingerprint."""

    added_ids: Mapping[str, Sequence[str]]
    counsel_must_confirm: Sequence[str]
    fingerprint: str


def seal_law_folder(folder: Path) -> list[str]:
    """Fill in the SHA-256 of every clause, in place, and return the names of the files that changed.

    Raises:
        PolicyError: `law_invalid`.
    """
    changed = []
    for path in _list_law_files(folder):
        before = _read_text(path)
        after = seal_yaml(before, path.name)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path.name)
    return changed


def check_law_folder(folder: Path) -> LawSummary:
    """Load a folder beside the package's law, and summarize it. Raises PolicyError `law_invalid`."""
    _list_law_files(folder)
    return _summarize(law.load_law(folder=folder.resolve()))


def add_law_folder(folder: Path, home_path: Path) -> LawSummary:
    """Check a folder and copy its files into the home's own law; summarize the whole.

    Raises:
        PolicyError: `law_invalid`, also when a file of that name is on file already.
    """
    target = Home.open(home_path).law_folder
    sources = {target / path.parent.name / path.name: path for path in _list_law_files(folder)}
    if any(destination.exists() for destination in sources):
        message = (
            "A file of that name is among the custodian's law already. What batches were judged by is not replaced."
        )
        raise PolicyError("law_invalid", message, "Enter a new version under a file name and dates of its own.")
    combined = _load_with_added(target, sources)
    for destination, source in sources.items():
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, destination)
    return _summarize(combined)


def _load_with_added(target: Path, sources: Mapping[Path, Path]) -> Law:
    """Load the whole law with the files added, from a copy, before anything is written where it counts."""
    trial = target.with_name("law.new")
    shutil.rmtree(trial, ignore_errors=True)
    try:
        if target.exists():
            shutil.copytree(target, trial)
        for destination, source in sources.items():
            copy = trial / destination.parent.name / destination.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        return law.load_law(folder=trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _list_law_files(folder: Path) -> list[Path]:
    paths = [path for law_type in CUSTODIAN_LAW_TYPES for path in sorted((folder / law_type).glob("*.yaml"))]
    if not paths:
        message = f"The folder holds no law: no YAML file under {', '.join(CUSTODIAN_LAW_TYPES)}."
        raise PolicyError("law_invalid", message, "Name a folder laid out so; see docs/guides/adding-an-agreement.md.")
    return paths


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        message = f"{path.name} cannot be read as UTF-8 text."
        raise PolicyError("law_invalid", message, "Save it as UTF-8, or remove it.") from error


def _summarize(combined: Law) -> LawSummary:
    shipped = law.load_law()
    added = {
        law_type: sorted(set(getattr(combined, law_type)) - set(getattr(shipped, law_type)))
        for law_type in CUSTODIAN_LAW_TYPES
    }
    owners = [getattr(combined, law_type)[name] for law_type in ("statutes", "agreements") for name in added[law_type]]
    unconfirmed = [element.id for owner in owners for element in owner.elements if element.has_unconfirmed_words]
    return LawSummary(added, unconfirmed, combined.fingerprint)
