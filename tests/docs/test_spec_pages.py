"""The pages about batches and answers name every field, and no other."""

import re
from dataclasses import replace
from pathlib import Path

from comity.model.answer import ANSWERS_SCHEMA, AnswerCode
from comity.model.batch import Attestation, Manifest, Officer, RequestSigner
from comity.model.finding import Finding, Outcome
from comity.model.request_fields import REQUEST_FIELDS
from comity.release.answers_folder import ANSWERS_FOLDER_FILES
from tests.unit.store.test_release_records import RECORD

SPEC = Path(__file__).parents[2] / "docs" / "spec"
BATCH_PAGE, ANSWERS_PAGE = (SPEC / "batch.md").read_text(), (SPEC / "answers.md").read_text()


def list_table_names(page: str, header: str) -> list[str]:
    """Return the first cells of the table whose header starts so, without their quotes."""
    table = page.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^ *\| `([^`]+)`", table, re.MULTILINE)


def test_the_batch_page_lists_the_members_of_a_manifest() -> None:
    assert list_table_names(BATCH_PAGE, "member") == list(Manifest.model_fields)
    for model in (RequestSigner, Officer, Attestation):
        assert all(f"`{name}`" in BATCH_PAGE for name in model.model_fields)


def test_the_batch_page_lists_the_columns_of_a_requests_file() -> None:
    assert list_table_names(BATCH_PAGE, "column") == list(REQUEST_FIELDS)


def test_the_answers_page_lists_files_columns_and_codes() -> None:
    assert list_table_names(ANSWERS_PAGE, "file") == list(ANSWERS_FOLDER_FILES)
    assert list_table_names(ANSWERS_PAGE, "column") == [name for name in ANSWERS_SCHEMA.names if name != "row"]
    assert all(f"`{code}`" in ANSWERS_PAGE for code in AnswerCode)


def test_the_answers_page_lists_the_members_of_answers_json() -> None:
    finding = Finding("r00", Outcome.MET, "26 USC 6103(a)", "Met.")
    written = replace(RECORD, findings=(finding,)).to_dict()
    assert list_table_names(ANSWERS_PAGE, "member") == [*written, "release_entry", "letter_sha256", "checkpoint"]
    assert all(f"`{name}`" in ANSWERS_PAGE for name in finding.to_dict())
