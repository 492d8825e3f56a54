"""Seal, check and add the custodian's own statutes, agreements and agencies, as data beside what the package holds.

Guarantees: nothing on file is ever replaced; files are checked together with the whole law before they are filed, and
count once a second person confirmed them.
Start at `add_law_folder`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comity import law
from comity.app import bootstrap
from comity.app.home import Home
from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.errors import PolicyError
from comity.law.corpus import Law
from comity.law.court_filings import add_law_files
from comity.law.loader import CUSTODIAN_LAW_TYPES
from comity.law.seal import seal_yaml
from comity.model.filing import Act


@dataclass(frozen=True, slots=True)
class LawSummary:
    """What a custodian's own law adds, by type; the clauses that counsel must confirm; the whole law's fingerprint."""

    added_ids: Mapping[str, Sequence[str]]
    counsel_must_confirm: Sequence[str]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class FiledLaw:
    """A filing of law, and what the whole law will be once it is confirmed."""

    filed: FiledStep
    summary: LawSummary


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


def add_law_folder(folder: Path, home_path: Path, key_file: Path) -> FiledLaw:
    """Check a folder beside the law on file, and file it as the first of two persons; summarize the whole.

    Raises:
        PolicyError: `law_invalid`, also when something of that id is on file already; `filing_refused`.
        ComityError: `key_unusable`.
    """
    files = {f"{path.parent.name}/{path.name}": _read_text(path) for path in _list_law_files(folder)}
    combined = add_law_files(bootstrap.load_law(Home.open(home_path)), files)
    return FiledLaw(file_act(home_path, key_file, Act.LAW, {"files": files}), _summarize(combined))


def suspend_agreement(home_path: Path, key_file: Path, agreement: str, reason: str) -> FiledStep:
    """Enter that an agreement is suspended: at once, its batches are held. Raises PolicyError `filing_refused`."""
    return file_act(home_path, key_file, Act.SUSPENSION, {"agreement": agreement, "reason": reason})


def reinstate_agreement(home_path: Path, key_file: Path, agreement: str, reason: str) -> FiledStep:
    """Enter, as the first of two persons, that an agreement is suspended no longer. Raises as `suspend_agreement`."""
    return file_act(home_path, key_file, Act.SUSPENSION_LIFT, {"agreement": agreement, "reason": reason})


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
