"""Write a new batch folder for an agreement: a manifest, a workbook and an empty file to fill in, a page about them.

Guarantees: nothing that the signer vouches for is filled in: no attestation, authority, signer or officer. Until they
are, `comity request lint` does not pass the batch. The page lists what the agreement and the law on file have.
Basis: docs/spec/batch.md; 26 USC 6103(i)(2)(B).
Start at `write_batch_template`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from comity.app import bootstrap
from comity.app.home import Home
from comity.errors import ComityError
from comity.folders import lock_folder, replace_file_in
from comity.gates.rules.r08_safeguards import PLAN_ATTESTATION
from comity.law import Agreement, ElementKind, Law
from comity.model.request_fields import REQUEST_FIELDS
from comity.reference.states import STATE_NAMES
from comity.spreadsheets.template_workbook import encode_template

PAGE_NAME, WORKBOOK_NAME = "fields.md", "requests.xlsx"
_SUFFIXES = ("JR", "SR", "II", "III", "IV", "V")
FIELD_EXPLANATIONS = {
    "batch_id": "A name of your own for this batch, used once: 1 to 128 letters, digits and . _ : -",
    "requester": "The id of the requesting agency. It is filled in; one of those listed below.",
    "signer": "The person who signs the request, by `name`, and the `office` held: one of those listed below.",
    "agreement": "The agreement under which you ask. It is filled in.",
    "statutory_authority": "The provision that you rely on: one of the authorities listed below.",
    "officers": "Each officer or employee who is personally and directly engaged in the investigation: `id` (the rows "
    "name it as `officer_id`), `name`, `office`, and `agency` if it is another than the requester.",
    "attestations": 'What the signer vouches for, each as {"id": ...}; with "on": "YYYY-MM-DD" where it has a day. '
    "Enter from the list below what is true of every request in the batch. None is entered for you.",
    "created_at": "When the manifest was made, with the time zone. It is filled in.",
    "sha256": "The SHA-256 of the requests file. Leave it empty: `comity request sign` fills it in.",
    "elements": "What you want to be told. It is filled in with what the agreement answers.",
    "requests_file": "Which file has the requests. It is filled in.",
    "synthetic": "true when every person in the batch is made up; otherwise false.",
}
"""What each member of batch.json is, for the person who fills it in."""


@dataclass(frozen=True, slots=True)
class BatchTemplate:
    """The folder that was written, and what must be filled in."""

    folder: Path
    agreement: str
    to_fill: tuple[str, ...] = ("batch_id", "signer", "statutory_authority", "officers", "attestations")


def write_batch_template(agreement_id: str, out: Path, *, home_path: Path | None, at: datetime) -> BatchTemplate:
    """Write the folder; nothing may have its name.

    Raises:
        ComityError: `output_exists`.
        PolicyError: `agreement_unknown`.
    """
    law = bootstrap.load_law(None if home_path is None else Home.open(home_path))
    agreement = law.get_agreement(agreement_id)
    if out.exists() or out.is_symlink():
        raise ComityError("output_exists", "The folder to write to exists already.", "Name a new one with --out.")
    manifest = json.dumps(_make_manifest(agreement, at), indent=2, ensure_ascii=False) + "\n"
    required = [name for name in REQUEST_FIELDS if name in agreement.needs]
    files = {
        "batch.json": manifest.encode(),
        "requests.csv": (",".join(REQUEST_FIELDS) + "\n").encode(),
        WORKBOOK_NAME: encode_template(_list_choices(agreement, law, at), required),
        PAGE_NAME: _render_page(agreement, law, at).encode(),
    }
    try:
        with lock_folder(out) as folder:
            for name, content in files.items():
                replace_file_in(folder, name, content)
    except OSError as error:
        message = "The folder to write to could not be made or written."
        raise ComityError("output_exists", message, "Name another with --out.") from error
    return BatchTemplate(out, agreement.id)


def _make_manifest(agreement: Agreement, at: datetime) -> dict[str, object]:
    return {
        "batch_id": "",
        "requester": agreement.requester,
        "signer": {"name": "", "office": ""},
        "agreement": agreement.id,
        "statutory_authority": "",
        "officers": [{"id": "", "name": "", "office": ""}],
        "attestations": [],
        "created_at": at.isoformat(timespec="seconds"),
        "sha256": "",
        "elements": list(agreement.elements_answered),
        "requests_file": "requests.csv",
        "synthetic": False,
    }


def _list_choices(agreement: Agreement, law: Law, at: datetime) -> dict[str, list[str]]:
    """Return the values that a row can choose from, for the columns that have codes."""
    day = at.astimezone(UTC).date()
    return {
        "suffix": list(_SUFFIXES),
        "state": sorted(STATE_NAMES),
        "statute": [one.citation for one in agreement.statutes],
        "element": [one.code for one in law.list_offense_elements(agreement, day)],
        "proceeding": [one.code for one in law.list_proceedings(agreement, day) if one.kind is not ElementKind.BAR],
    }


def _render_page(agreement: Agreement, law: Law, at: datetime) -> str:
    """Return the page: each member of the manifest, what the agreement lists for it, and the codes of the rows."""
    day = at.astimezone(UTC).date()
    proceedings = [one for one in law.list_proceedings(agreement, day) if one.kind is not ElementKind.BAR]
    limits = {one.id: one.max_age_days for one in agreement.attestations if one.max_age_days is not None}
    sections = {
        "The members of batch.json": (f"`{name}`: {text}" for name, text in FIELD_EXPLANATIONS.items()),
        "Requesters under this agreement": (f"`{one}`" for one in agreement.requester_ids),
        "Authorities": (f"`{one}`" for one in agreement.authorities),
        "Offices whose holder may sign": (f"`{one.title}`" for one in agreement.offices),
        "Attestations that the agreement requires": (
            f"`{one.id}`: {one.meaning}" + (f" `on`: at most {limits[one.id]} days ago." if one.id in limits else "")
            for one in agreement.attestations
        ),
        "Where findings of a safeguard review of the requester are open (rule R08)": (
            "`synthetic` is false: attest nothing. Send the plan to the custodian, two persons of whom accept it.",
            f"`synthetic` is true: attest `{PLAN_ATTESTATION}`, with the date of the plan as `on`.",
        ),
        "Columns of requests.csv that must be filled in each row": (f"`{one}`" for one in agreement.needs),
        "Statutes (column statute)": (f"`{one.citation}`" for one in agreement.statutes),
        "Codes of elements of the offense (column element)": (
            f"`{one.code}`: {one.text_or_summary} ({one.citation})" for one in law.list_offense_elements(agreement, day)
        ),
        "Codes of investigations and proceedings (column proceeding)": (
            f"`{one.code}`: {one.text_or_summary} ({one.citation})" for one in proceedings
        ),
    }
    title = f"# A batch under {agreement.id}\n\n{agreement.title}. Law of {day.isoformat()}.\n"
    return title + "".join(_render_section(heading, items) for heading, items in sections.items())


def _render_section(heading: str, items: Iterable[str]) -> str:
    return f"\n## {heading}\n\n" + "".join(f"- {item}\n" for item in items)
