"""`comity request init`: a folder that explains itself, passes lint once it is filled in, and not before."""

import json
from pathlib import Path

import pytest

from comity import intake
from comity.app import clock
from comity.app.cli import main
from comity.app.use_cases.batch_template import FIELD_EXPLANATIONS, PAGE_NAME, write_batch_template
from comity.errors import ComityError
from comity.law import load_law
from comity.model.batch import Manifest
from tests.support.workspace import AUGUST_2025

AGREEMENTS = sorted(load_law().agreements)


def write(out: Path, agreement: str = "irs-ice-2025") -> Path:
    return write_batch_template(agreement, out, home_path=None, at=AUGUST_2025).folder


@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_every_field_is_explained_and_every_list_is_the_agreements(tmp_path: Path, agreement: str) -> None:
    folder, law = write(tmp_path / "batch", agreement), load_law()
    terms, page = law.agreements[agreement], (folder / PAGE_NAME).read_text(encoding="utf-8")
    assert set(FIELD_EXPLANATIONS) == set(Manifest.model_fields)
    assert set(json.loads((folder / "batch.json").read_bytes())) == set(Manifest.model_fields)
    listed = [
        *FIELD_EXPLANATIONS,
        *terms.authorities,
        *(one.title for one in terms.offices),
        *(one.id for one in terms.attestations),
        *(one.citation for one in terms.statutes),
        *(one.code for one in law.list_offense_elements(terms, AUGUST_2025.date())),
    ]
    assert [name for name in listed if f"- `{name}`" not in page] == []


def test_no_proceeding_that_is_refused_is_offered(tmp_path: Path) -> None:
    page = (write(tmp_path / "batch") / PAGE_NAME).read_text(encoding="utf-8")
    assert "attest `safeguards_corrective_action_plan`" in page
    offered = page.split("(column proceeding)")[1]
    assert "- `criminal-investigation`" in offered
    assert "- `civil`" not in offered


def test_nothing_that_the_signer_vouches_for_is_filled_in(tmp_path: Path) -> None:
    folder = write(tmp_path / "batch")
    manifest = json.loads((folder / "batch.json").read_bytes())
    assert manifest["attestations"] == []
    assert (manifest["statutory_authority"], manifest["signer"]) == ("", {"name": "", "office": ""})
    with pytest.raises(SystemExit) as ended:
        main(["request", "lint", str(folder)])
    assert ended.value.code == 3


def test_a_folder_that_is_filled_in_is_read_as_a_batch(tmp_path: Path) -> None:
    folder = write(tmp_path / "batch")
    manifest = json.loads((folder / "batch.json").read_bytes())
    (folder / "batch.json").write_text(json.dumps(manifest | {"batch_id": "B-1"}))
    batch = intake.read_draft(folder)
    assert batch.manifest.created_at == AUGUST_2025
    assert not batch.has_old_layout


def test_a_folder_that_exists_and_an_unknown_agreement_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AUGUST_2025)
    folder = write(tmp_path / "batch")
    before = (folder / "batch.json").read_bytes()
    with pytest.raises(ComityError, match="exists already"):
        write(folder)
    assert (folder / "batch.json").read_bytes() == before
    with pytest.raises(SystemExit) as ended:
        main(["request", "init", "no-such-agreement", "--out", str(tmp_path / "other")])
    assert ended.value.code == 3
    assert not (tmp_path / "other").exists()
