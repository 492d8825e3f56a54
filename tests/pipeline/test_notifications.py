"""Subjects are notified when somebody is charged, or discipline proposed: 26 USC 7431(e), filed by two persons."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from comity.app import bootstrap
from comity.app.home import Home
from comity.app.use_cases import disclosure_reports
from comity.errors import ComityError, PolicyError
from comity.law import load_law
from comity.law.filed_content import Notification
from comity.model.filing import Act
from comity.signing import authenticate_signer, key_thumbprint, to_public_key
from comity.store import batches
from tests.support.two_persons import file_in_home
from tests.support.workspace import AUGUST_2025, RECORDS, Workspace, request_about

CHARGE = {
    "ground": "charged",
    "statute": "26 USC 7213(a)(1)",
    "on": "2026-10-01",
    "docket": "D.D.C. 26-cr-1",
}
PROPOSAL = {
    "ground": "proposed",
    "on": "2026-10-01",
    "docket": "Department of Homeland Security",
    "rights": "You may ask the agency for the outcome of the proceeding.",
}


@pytest.fixture(name="answered")
def _answered(world: Workspace) -> tuple[Home, str]:
    """A home, and the ledger's name of a batch with a yes, a no without a record, and a refused row."""
    home = world.open_home()
    nowhere = {"street": "77 Nowhere Ln", "street2": "", "city": "Lebanon", "state": "KS", "zip": "66952"}
    rows = [request_about(1), request_about(3, **nowhere), request_about(4, street="Unknown")]
    world.verify_batch(world.write_batch("one", rows), home=home)
    with bootstrap.open_store(home) as store, store.read() as tx:
        stored = batches.resolve(tx, "one")
        assert stored is not None
        return home, stored.batch_id


def _file(home: Home, batch: str, **changes: Any) -> int:
    content = {"batch": batch, "rows": [1, 2], **CHARGE, **changes}
    return file_in_home(home, Act.NOTIFICATION, content, at=AUGUST_2025).entered.number


def test_each_subject_has_a_signed_notice_without_an_answer(answered: tuple[Home, str], tmp_path: Path) -> None:
    home, batch = answered
    number = _file(home, batch)
    folders = disclosure_reports.write_notification(home.path, number, tmp_path / "notices")
    assert len(folders) == 2
    key = to_public_key(home.keys.load_signing_key("answers"))
    for folder in folders:
        document, signature = (folder / "notice.json").read_bytes(), (folder / "notice.json.jws").read_text().strip()
        authenticate_signer(document, signature, {key_thumbprint(key): key})
        stated, letter = json.loads(document), (folder / "notice.txt").read_text()
        agency = load_law().find_agency("us-dhs-ice")
        assert agency is not None
        for part in (AUGUST_2025.date().isoformat(), agency.name, str(agency.address), CHARGE["statute"], "7431(a)"):
            assert part in letter
        assert stated["synthetic"]
        assert "SYNTHETIC" in letter
        text = letter + document.decode()
        values = [value for value in RECORDS[0].values() if len(value) > 3 and not value.isdigit()]
        assert not [value for value in ("CONFIRMED", *values) if value in text]
    rows = list(csv.DictReader((tmp_path / "notices" / "notices.csv").read_text().splitlines()))
    assert [(row["batch_id"], row["row"]) for row in rows] == [("one", "1"), ("one", "2")]
    assert rows[0]["record_id"] == "r1"
    before = {path: path.read_bytes() for path in (tmp_path / "notices").rglob("*") if path.is_file()}
    disclosure_reports.write_notification(home.path, number, tmp_path / "notices")
    assert before == {path: path.read_bytes() for path in before}


def test_proposed_discipline_is_notified_with_the_rights_in_it(answered: tuple[Home, str], tmp_path: Path) -> None:
    home, batch = answered
    number = _file(home, batch, **PROPOSAL, statute="")
    (folder,) = disclosure_reports.write_notification(home.path, number, tmp_path / "notices")[:1]
    letter = (folder / "notice.txt").read_text()
    assert PROPOSAL["rights"] in letter
    assert "disciplinary or adverse action" in letter


def test_nobody_is_notified_by_one_person_or_of_no_disclosure(answered: tuple[Home, str], tmp_path: Path) -> None:
    home, batch = answered
    content = {"batch": batch, "rows": [1], **CHARGE}
    number = file_in_home(home, Act.NOTIFICATION, content, by_two=False, at=AUGUST_2025).entered.number
    with pytest.raises(PolicyError, match="two persons"):
        disclosure_reports.write_notification(home.path, number, tmp_path / "notices")
    refused = _file(home, batch, rows=[3])
    with pytest.raises(ComityError, match="row 3"):
        disclosure_reports.write_notification(home.path, refused, tmp_path / "notices")
    charge = disclosure_reports.Charge("charged", AUGUST_2025.date(), "D.D.C. 26-cr-1", "26 USC 7213(a)(1)")
    for batch_id, rows in (("one", [3]), ("one", [9]), ("another", [1])):
        with pytest.raises(ComityError):
            disclosure_reports.request_notification(home.path, tmp_path / "key", batch_id, rows, charge)


@pytest.mark.parametrize(
    "changes",
    [
        {"statute": "18 USC 641"},
        {"statute": ""},
        {"rows": []},
        {"rows": [0]},
        {"docket": ""},
        {"docket": "line\nbreak"},
        {"ground": "suspected"},
        PROPOSAL,  # a statute remains
        {**PROPOSAL, "statute": "", "rights": ""},
    ],
)
def test_a_notification_says_what_the_statute_asks_for(changes: dict[str, Any]) -> None:
    whole = {"batch": "b", "rows": [1], **CHARGE}
    Notification.model_validate(whole)
    Notification.model_validate({**whole, **PROPOSAL, "statute": ""})
    with pytest.raises(ValidationError):
        Notification.model_validate({**whole, **changes})
