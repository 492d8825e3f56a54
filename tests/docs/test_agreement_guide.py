"""Do what docs/guides/adding-an-agreement.md says: its commands in order, and what it says of dates and figures."""

import json
import re
import shlex
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from comity import gates, law
from comity.app.cli import main
from comity.errors import PolicyError
from comity.gates import REGISTER
from comity.intake import read_draft
from comity.law.corpus import Law
from comity.law.loader import CUSTODIAN_LAW_TYPES
from comity.model.finding import Findings
from comity.model.history import History
from tests.support.workspace import RECORDS, build_record_index, read_answers

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "benefit-address-2026"
GUIDE = (ROOT / "docs" / "guides" / "adding-an-agreement.md").read_text(encoding="utf-8")
AGREEMENT = "benefit-address-2026"


def run_command(command: list[str]) -> int:
    assert command[0] == "comity"
    with pytest.raises(SystemExit) as ended:
        main(command[1:])
    return int(ended.value.code or 0)


def test_guide__its_commands_add_an_agreement_and_answer_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    build_record_index(tmp_path / "records", RECORDS).rename(tmp_path / "idx")
    shutil.copytree(EXAMPLE, tmp_path / AGREEMENT)
    for path in (tmp_path / AGREEMENT).glob("*/*.yaml"):  # as a person writes it: without seals
        path.write_text(re.sub(r"^ +sha256: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    blocks = re.findall(r"<!-- commands: run by tests/docs -->\n(.*?)<!-- end -->", GUIDE, re.DOTALL)
    commands = [shlex.split(line) for block in blocks for line in block.splitlines() if line.strip()]
    assert len(commands) == 14
    for command in commands:
        assert run_command(command) == (3 if command[2] == "lint" else 0), command
    output = capsys.readouterr().out
    assert "counsel must confirm" in output.lower()
    assert "to fix " in output
    for name in ("agreements", "agencies", "statutes"):
        for path in EXAMPLE.glob(f"{name}/*.yaml"):
            assert (tmp_path / AGREEMENT / name / path.name).read_text() == path.read_text(), (
                "sealing gives the file back"
            )
    answers = {name: code for name, (code, _) in read_answers(tmp_path / "answers").items()}
    assert set(answers) == {"e1", "e2", "e3"}
    assert answers["e3"] == "REFUSED"
    assert "REFUSED" not in {answers["e1"], answers["e2"]}
    judged_by = json.loads((tmp_path / "answers" / "answers.json").read_text())
    assert law.load_law(folder=EXAMPLE).fingerprint in json.dumps(judged_by)
    assert run_command(["comity", "law", "add", AGREEMENT, "--home", "home", "--key", "jo.key"]) == 1, (
        "what is on file is not replaced"
    )
    batch = f"{AGREEMENT}/batch"
    assert run_command(["comity", "verify", batch, "--index", "idx", "--home", "home", "--out", "earnest"]) in {0, 3}
    assert run_command(["comity", "accounting", "report", "--home", "home", "--out", "accounting"]) == 0
    report = json.loads((tmp_path / "accounting" / "report.json").read_text())
    title = law.load_law(folder=EXAMPLE).get_agreement(AGREEMENT).title
    assert title in json.dumps(report), "the accounting knows the custodian's own agreement"


@pytest.fixture(scope="module")
def example() -> Law:
    return law.load_law(folder=EXAMPLE)


def evaluate(example: Law, at: str, **manifest: Any) -> Findings:
    read = read_draft(EXAMPLE / "batch")
    changed = read.manifest.model_copy(update={"sha256": read.requests_sha256, **manifest})
    signed = type(read)(changed, read.manifest_sha256, read.requests_sha256, "key-1", read.requests, ())
    judged_at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return gates.evaluate_gates(signed, law=example, at=judged_at, history=History())


def blocking_rules(findings: Findings) -> set[str]:
    return {finding.rule for finding in findings.batch_findings if finding.is_blocking}


@pytest.mark.parametrize(
    ("day", "stopped_by"),
    [
        ("2026-06-01", set()),
        ("2026-07-31", set()),  # 120 days after the oldest consent
        ("2026-08-01", {"r14_attestations"}),
        ("2027-08-31", {"r14_attestations"}),
        ("2027-09-01", {"r14_attestations", "m01_matching_agreement"}),
        ("2028-09-01", {"r14_attestations", "m01_matching_agreement", "r10_agreement"}),
        ("2026-02-28", {"r14_attestations", "m01_matching_agreement", "r10_agreement"}),
    ],
)
def test_agreement__its_dates_bind(example: Law, day: str, stopped_by: set[str]) -> None:
    assert blocking_rules(evaluate(example, day)) == stopped_by


def test_agreement__its_attestations_bind(example: Law) -> None:
    manifest = read_draft(EXAMPLE / "batch").manifest
    for attestation, rule in (
        ("subject_consent", "r14_attestations"),
        ("no_adverse_action_before_verification", "m02_no_adverse_action"),
    ):
        fewer = tuple(a for a in manifest.attestations if a.id != attestation)
        assert blocking_rules(evaluate(example, "2026-06-01", attestations=fewer)) == {rule}
    assert blocking_rules(evaluate(example, "2026-06-01", elements=("income",))) == {"r12_elements_asked"}
    assert blocking_rules(evaluate(example, "2026-06-01", statutory_authority="8 USC 1253(a)(1)")) == {
        "r04_criminal_statute"
    }


def test_agreement__every_rule_that_speaks_under_it_cites_it(example: Law) -> None:
    cited = {finding.rule: finding.citation for finding in evaluate(example, "2026-06-01").batch_findings}
    assert cited["r01_signer_office"] == "worked example, clause signer"
    assert cited["m01_matching_agreement"] == "5 USC 552a(o)(2)"


def test_agreement__every_rule_that_a_clause_names_exists(example: Law) -> None:
    rules = {rule.id for rule in REGISTER}
    deciding = {rule for a in example.agreements.values() for clause in a.elements for rule in clause.decided_by}
    assert deciding <= rules
    assert len(deciding) > 20


def test_load_law__a_folder_cannot_replace_what_the_package_holds(tmp_path: Path) -> None:
    (tmp_path / "agreements").mkdir()
    shipped = ROOT / "src" / "comity" / "law" / "agreements" / "irs-ice-2025.yaml"
    shutil.copy(shipped, tmp_path / "agreements")
    with pytest.raises(PolicyError, match="two entries carry the id irs-ice-2025"):
        law.load_law(folder=tmp_path)


def test_load_law__a_folder_that_changed_is_read_again(tmp_path: Path) -> None:
    assert law.load_law(folder=tmp_path / "none").fingerprint == law.load_law().fingerprint
    shutil.copytree(EXAMPLE, tmp_path / "law")
    first = law.load_law(folder=tmp_path / "law")
    assert first.get_agreement(AGREEMENT).effective_from == date(2026, 3, 1)
    path = tmp_path / "law" / "agreements" / f"{AGREEMENT}.yaml"
    path.write_text(path.read_text().replace("title: Address", "title: Another address"))
    assert law.load_law(folder=tmp_path / "law").fingerprint != first.fingerprint
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match="UTF-8"):
        law.load_law(folder=tmp_path / "law")


def test_check_law_folder__a_folder_without_law_is_an_error(tmp_path: Path) -> None:
    assert run_command(["comity", "law", "check", str(tmp_path)]) == 1
    assert set(CUSTODIAN_LAW_TYPES) == {"statutes", "agreements", "agencies"}
