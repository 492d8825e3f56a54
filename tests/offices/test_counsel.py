"""Counsel, from a paper on the desk to a statement for the court, by the commands of her guide alone."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.guide_commands import read_commands, run_comity

INJUNCTION = {
    "id": "X1",
    "court": "D. Mass.",
    "case_number": "1:26-cv-00457",
    "case_name": "Doe v. Roe",
    "issued_at": "2026-03-20",
    "effective_at": "2026-03-20",
    "binds": "[irs]",
    "prohibits": "[disclose]",
    "agreements": "[irs-ice-2025]",
    "citation": '"Doe v. Roe, No. 1:26-cv-00457 (D. Mass. Mar. 20, 2026)"',
    "summary": "The custodian must not disclose addresses.",
}
STAY = INJUNCTION | {
    "id": "S1",
    "court": "1st Cir.",
    "case_number": "26-5006",
    "issued_at": "2026-04-20",
    "effective_at": "2026-04-20",
    "order": "X1",
    "extent": "whole",
    "matter": "appeal",
    "case": "26-5006",
}


def fill_in(file: Path, fields: dict[str, str]) -> None:
    """Write values after the colons of a template, as a person does, and leave every other line as it is."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        field = re.fullmatch(r"( *(?:- )?)([a-z_]+):", line)
        if field and field[2] in fields:
            lines[number] = f"{line} {fields[field[2]]}"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


FILLED: dict[str, dict[str, str]] = {
    "order.yaml": INJUNCTION,
    "stay.yaml": STAY,
    "part.yaml": STAY | {"id": "S2", "extent": "part", "districts": '["D. Mass."]', "case": "26-5007"},
    "error.yaml": INJUNCTION | {"id": "X2", "case_number": "1:26-cv-00999"},
}


CHECKS: dict[str, Callable[[str], bool]] = {
    "orders add order.yaml --home home --preview": lambda out: "once entered" in out and "binds: irs" in out,
    "orders confirm X1 --home home --preview": lambda out: "document: SHA-256" in out,
    "orders status --home home": lambda out: "X1 stops irs-ice-2025" in out,
    "orders withdraw X2 --home home --key jo.key": lambda out: "X2 still binds" in out,
    "orders check statement --vkey public.vkey --ledger public": lambda out: out.startswith("true:"),
}


@pytest.mark.slow
def test_her_first_half_hour_from_a_paper_to_a_statement(tmp_path: Path) -> None:
    (tmp_path / "order.pdf").write_bytes(b"%PDF-1.7 synthetic")
    commands, waiting, checked = read_commands("court-orders.md"), list[str](), set[str]()
    assert len(commands) == 30
    for command, exit_code in commands:
        assert command[0] == "comity"
        result = run_comity(*command[1:], folder=tmp_path)
        output = result.stdout + result.stderr
        assert result.returncode == exit_code, f"{command}: {output}"
        assert "unforeseen" not in output
        if command[1:3] == ["orders", "template"]:
            fill_in(tmp_path / command[-1], FILLED[command[-1]])
        if command[1:3] == ["filings", "list"]:
            waiting.append(result.stdout)
        line = " ".join(command[1:])
        if line in CHECKS:
            assert CHECKS[line](output), output
            checked.add(line)
    assert checked == set(CHECKS)
    assert ["orders confirm X1" in waiting[0], "orders withdraw X2" in waiting[1]] == [True, True]
    statement = json.loads((tmp_path / "statement" / "statement.json").read_text(encoding="utf-8"))
    assert [(one["order"], one["extent"]) for one in statement["named_by"]] == [("S1", "whole"), ("S2", "part")]
    assert statement["periods"]["irs-ice-2025"][0]["to"] is not None, "the stay ended the first period"
    docket = (tmp_path / "docket.html").read_text(encoding="utf-8")
    assert "X1" in docket
    assert "disclose" in (tmp_path / "orders.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_template_handed_in_as_it_is_says_everything_that_is_missing(tmp_path: Path) -> None:
    for command, _ in read_commands("court-orders.md")[:5]:
        assert run_comity(*command[1:], folder=tmp_path).returncode == 0
    refused = run_comity("orders", "add", "order.yaml", "--home", "home", "--key", "jo.key", folder=tmp_path)
    assert refused.returncode == 3
    for field in ("id", "court", "case_number", "issued_at", "binds", "prohibits", "summary", "citation"):
        assert re.search(rf"\d+\. {field}: ", refused.stderr), field
    fill_in(tmp_path / "order.yaml", INJUNCTION | {"id": "o2"})
    refused = run_comity("orders", "add", "order.yaml", "--home", "home", "--key", "jo.key", folder=tmp_path)
    assert "looks like O2, which is on file" in refused.stderr
