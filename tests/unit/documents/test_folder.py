"""A document in a folder, as people leave it: read whole, or refused without a word of what it holds."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from comity.documents.barcode.aamva import parse_barcode
from comity.documents.commitment import commit_document, ledger_facts
from comity.documents.folder import read_document
from comity.documents.inspect import inspect_document
from comity.documents.synthetic_issuer.utopia_passport import Passport, make_trust
from comity.documents.trust.path import Trust
from comity.errors import EXIT_USAGE, RequestError
from comity.model.document import OfficerObservation, PresentedDocument
from tests.unit.documents.cases import SAMPLE_BARCODE

AS_OF = date(2026, 11, 28)
FACTS = "kind: foreign-passport\n"


def lay_out(folder: Path, presented: PresentedDocument, facts: str = "") -> Path:
    """Write a document as `read_document` wants it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "document.yaml").write_text(facts or f"kind: {presented.kind}\n", encoding="utf-8")
    if presented.mrz is not None:
        (folder / "mrz.txt").write_text(presented.mrz, encoding="utf-8")
    for number, data in presented.groups.items():
        (folder / f"DG{number}.bin").write_bytes(data)
    if presented.security_object is not None:
        (folder / "EF_SOD.bin").write_bytes(presented.security_object)
    if presented.barcode is not None:
        (folder / "barcode.txt").write_bytes(presented.barcode.encode("latin-1"))
    return folder


def test_a_folder_is_read_as_it_was_laid_out(tmp_path: Path) -> None:
    presented = Passport().present()
    assert read_document(lay_out(tmp_path / "a", presented)) == presented
    card = PresentedDocument("driver-license", barcode=SAMPLE_BARCODE)
    assert read_document(lay_out(tmp_path / "b", card)) == card


def test_what_was_typed_and_seen(tmp_path: Path) -> None:
    facts = (
        "kind: us-birth-certificate\n"
        "typed: {issuer: ON, number: 007, issued_on: 2010-07-01, surname: Eriksson, parents_diplomats: no}\n"
        "officer: {seen_on: 2026-11-27, seal: yes, names_linked: no}\n"
    )
    found = read_document(lay_out(tmp_path, PresentedDocument(""), facts))
    assert dict(found.typed) == {
        "issuer": "ON",
        "number": "007",
        "issued_on": "2010-07-01",
        "surname": "Eriksson",
        "parents_diplomats": "no",
    }
    assert found.officer == OfficerObservation(date(2026, 11, 27), seal=True, names_linked=False)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ("", "gives `kind`"),
        ("[]", "gives `kind`"),
        ("kind: [5]", "gives `kind`"),
        ("kind: a\nrace: b", "nothing else"),
        ("kind: {", "not YAML"),
        ("kind: a\nofficer: {seen_on: 2026-02-31}", r"`seen_on` \(line 2\) is no day"),
        ("kind: a\ntyped: [1]", "not a list of names"),
        ("kind: a\ntyped: {number: [1]}", "not a list of names"),
        ("kind: a\ntyped: {[1]: 1}", "not YAML"),
        ("kind: a\nofficer: {seal: yes}", r"`officer` \(line 2\) lacks `seen_on`"),
        ("kind: a\nofficer: {seen_on: 2026-11-28, seal: [1]}", "gives `seen_on`"),
        ("kind: a\nofficer: {seen_on: 2026-11-28, face: yes}", "line 2 names nothing that an officer sees"),
        ("kind: a\nofficer: here", "gives `seen_on`"),
        ("x: " + "a" * 20_000, "larger than"),
    ],
)
def test_facts_that_cannot_be_used(facts: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "document.yaml").write_text(facts, encoding="utf-8")
    with pytest.raises(RequestError, match=message):
        read_document(tmp_path)


NO_FACT = [
    "no",
    "No",
    "false",
    "0",
    "unknown",
    "UNKNOWN",
    "n/a",
    "N.A.",
    "none",
    "",
    "-",
    "?",
    "not known",
    "yes",
    "true",
]


@pytest.mark.parametrize("word", NO_FACT)
@pytest.mark.parametrize("name", ["custodian", "parents", "birth_place", "issuer", "number"])
def test_a_word_that_is_no_fact_is_not_what_the_paper_says(tmp_path: Path, name: str, word: str) -> None:
    facts = f'kind: us-birth-certificate\ntyped:\n  born_on: 1974-08-12\n  {name}: "{word}"\n'
    (tmp_path / "document.yaml").write_text(facts, encoding="utf-8")
    with pytest.raises(RequestError, match=rf"`{name}` \(line 4\) takes what the paper says") as raised:
        read_document(tmp_path)
    assert raised.value.exit_code == EXIT_USAGE


@pytest.mark.parametrize("name", ["surname", "given_names"])
@pytest.mark.parametrize("word", ["No", "Na", "None", "Null", "Unknowne"])
def test_a_name_may_be_such_a_word(tmp_path: Path, name: str, word: str) -> None:
    (tmp_path / "document.yaml").write_text(f"kind: a\ntyped: {{{name}: {word}}}\n", encoding="utf-8")
    assert read_document(tmp_path).typed[name] == word


@pytest.mark.parametrize("word", ["yes", "Yes", "y", "true", "TRUE", "1"])
def test_yes_is_written_in_these_ways_and_no_in_those(tmp_path: Path, word: str) -> None:
    no = {"yes": "no", "Yes": "No", "y": "n", "true": "false", "TRUE": "FALSE", "1": "0"}[word]
    facts = f"kind: a\nofficer: {{seen_on: 2026-11-28, seal: {word}, no_endorsement: {no}}}\n"
    (tmp_path / "document.yaml").write_text(facts, encoding="utf-8")
    assert read_document(tmp_path).officer == OfficerObservation(date(2026, 11, 28), seal=True, no_endorsement=False)


@pytest.mark.parametrize("word", ["", "unknown", "n/a", "maybe", "2", "-", "yes!", "on", "ja"])
@pytest.mark.parametrize(
    "place", ["officer:\n  seen_on: 2026-11-28\n  seal", "typed:\n  issuer: OH\n  parents_diplomats"]
)
def test_anything_else_is_an_error_with_field_and_line(tmp_path: Path, place: str, word: str) -> None:
    (tmp_path / "document.yaml").write_text(f'kind: a\n{place}: "{word}"\n', encoding="utf-8")
    with pytest.raises(RequestError, match=r"`(seal|parents_diplomats)` \(line 4\) is yes, y, true or 1"):
        read_document(tmp_path)


def test_all_faults_of_the_facts_are_told_at_once_and_no_value(tmp_path: Path) -> None:
    facts = "kind: a\ntyped:\n  seal: zebulon\n  zebulon: 1\n  parents: n/a\nofficer:\n  seal: zebulon\n"
    (tmp_path / "document.yaml").write_text(facts, encoding="utf-8")
    with pytest.raises(RequestError) as raised:
        read_document(tmp_path)
    told = raised.value.message + raised.value.hint
    assert all(part in told for part in ("`seal` (line 3)", "line 4", "`parents` (line 5)", "`seal` (line 7)", "lacks"))
    assert "zebulon" not in told


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="cannot be read"):
        read_document(tmp_path / "nowhere")
    with pytest.raises(RequestError, match=r"no document\.yaml"):
        read_document(tmp_path)
    (tmp_path / "document.yaml").write_text(FACTS, encoding="utf-8")
    (tmp_path / "eriksson.jpg").write_bytes(b"")
    with pytest.raises(RequestError, match="1 of the files") as raised:
        read_document(tmp_path)
    assert "eriksson" not in str(raised.value)
    (tmp_path / "eriksson.jpg").rename(tmp_path / "DG1.bin")
    (tmp_path / "DG1.bin").unlink()
    (tmp_path / "DG1.bin").mkdir()
    with pytest.raises(RequestError, match=r"DG1\.bin cannot be read"):
        read_document(tmp_path)


def test_a_picture_of_a_barcode(tmp_path: Path) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    drawn = zxingcpp.create_barcode(SAMPLE_BARCODE, zxingcpp.BarcodeFormat.PDF417)
    picture = np.array(zxingcpp.write_barcode_to_image(drawn, scale=3))
    lay_out(tmp_path, PresentedDocument("driver-license"))
    header = f"P5\n{picture.shape[1]} {picture.shape[0]}\n255\n".encode()
    path = tmp_path / "barcode.pgm"
    path.write_bytes(header + picture.tobytes())
    assert read_document(tmp_path).barcode == SAMPLE_BARCODE
    for data in (b"", header, header + picture.tobytes()[:-1], b"P6\n1 1\n255\n1", b"P5\n0 0\n255\n"):
        path.write_bytes(data)
        with pytest.raises(RequestError, match="not a whole gray picture"):
            read_document(tmp_path)
    path.write_bytes(b"P5\n9 9\n255\n" + bytes(81))
    with pytest.raises(RequestError, match="no PDF417"):
        read_document(tmp_path)
    (tmp_path / "barcode.txt").write_text("x", encoding="utf-8")
    with pytest.raises(RequestError, match="only one of them"):
        read_document(tmp_path)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_barcode_written_with_line_ends_of_windows_is_the_same(tmp_path: Path, bom: bytes) -> None:
    folder = lay_out(tmp_path, PresentedDocument("driver-license", barcode=SAMPLE_BARCODE))
    path = folder / "barcode.txt"
    path.write_bytes(bom + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_document(folder).barcode == SAMPLE_BARCODE
    assert parse_barcode(read_document(folder).barcode or "").faults == parse_barcode(SAMPLE_BARCODE).faults
    mixed = SAMPLE_BARCODE.replace("\n", "\r\n", 2)
    path.write_bytes(mixed.encode("latin-1"))
    assert read_document(folder).barcode == mixed


def test_files_that_are_too_large_are_found_so(tmp_path: Path) -> None:
    presented = PresentedDocument("foreign-passport", "<" * 9000, {1: bytes(1_100_000)}, bytes(70_000))
    report = inspect_document(read_document(lay_out(tmp_path, presented)), [], Trust(), AS_OF)
    messages = {finding.rule: finding.message for finding in report.findings}
    assert "longer than any zone" in messages["zone_form"]
    assert "larger than" in messages["group_form.1"]
    assert "larger than" in messages["security_object_form"]


def test_a_commitment_tells_documents_apart_and_nothing_of_them() -> None:
    presented, salt = Passport().present(), bytes(range(32))
    commitment = commit_document(presented, salt)
    assert commitment == commit_document(replace(presented), salt)
    others = [
        commit_document(presented, bytes(32)),
        commit_document(replace(presented, kind="us-passport-book"), salt),
        commit_document(replace(presented, typed={"surname": "E"}), salt),
        commit_document(replace(presented, typed={"surname": ""}), salt),
        commit_document(replace(presented, officer=OfficerObservation(AS_OF)), salt),
        commit_document(replace(presented, groups={}), salt),
        commit_document(replace(presented, security_object=None), salt),
        commit_document(replace(presented, mrz=None), salt),
        commit_document(replace(presented, mrz=None, barcode=presented.mrz), salt),
    ]
    assert len({commitment, *others}) == 1 + len(others)
    with pytest.raises(ValueError, match="32 bytes"):
        commit_document(presented, b"short")
    report = inspect_document(presented, [], make_trust(), AS_OF)
    facts = ledger_facts(report, commitment)
    assert facts["findings"]["signature"] == "MET"
    assert "ERIKSSON" not in str(facts) + str(report) + repr(presented)
