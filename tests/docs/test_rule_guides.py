"""What the guides on papers and rules say is done: their commands in order, the columns and fields they list."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer

from comity.app.cli.command_group import make_command_group
from comity.app.cli.documents_rules import add_rules_to
from comity.assess.customers import COLUMNS
from comity.errors import EXIT_DONE, EXIT_REFUSED, ComityError
from comity.law.candidate import Candidate, Status, Who, load_candidates
from comity.law.worth import DocumentKind, Worth
from comity.model.document import Condition

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "branch-visit-2027"
OFFICERS = (ROOT / "docs" / "guides" / "documents.md").read_text(encoding="utf-8")
ADDING = (ROOT / "docs" / "guides" / "adding-a-paper-or-a-rule.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- commands: rules(, end with 3)?, run by tests/docs -->\n(.*?)<!-- end -->", re.DOTALL)


def _run(line: str) -> int:
    program, name, *arguments = shlex.split(line)
    assert (program, name) == ("comity", "documents")
    app = make_command_group("Papers, and rules about them.")
    add_rules_to(app)
    try:
        code = typer.main.get_command(app).main(arguments, standalone_mode=False)
    except ComityError as error:
        return error.exit_code
    return code if isinstance(code, int) else EXIT_DONE


@pytest.mark.parametrize(("guide", "commands"), [(OFFICERS, 5), (ADDING, 3)])
def test_the_commands_of_a_guide_do_what_it_says(
    guide: str, commands: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in EXAMPLE.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    rule = tmp_path / "branch-visit.yaml"
    rule.write_text(
        re.sub(r"^sha256: .*\n", "", rule.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8"
    )
    blocks = [(EXIT_REFUSED if ends else EXIT_DONE, block) for ends, block in BLOCK.findall(guide)]
    lines = [(code, line) for code, block in blocks for line in block.splitlines() if line.strip()]
    assert len(lines) == commands
    for code, line in lines:
        assert _run(line) == code, line
    said = capsys.readouterr().out
    assert "not legally required; off by default" in said
    assert (tmp_path / "assessment" / "index.html").exists()
    if guide == ADDING:
        assert "Sealed branch-visit.yaml." in said
        sealed = re.sub(r"\s+", " ", rule.read_text(encoding="utf-8"))
        assert sorted(sealed.split()) == sorted((EXAMPLE / "branch-visit.yaml").read_text(encoding="utf-8").split())


def test_the_guide_lists_the_columns_and_the_rules() -> None:
    listed = re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.*?) \|", OFFICERS, re.MULTILINE)))
    assert set(COLUMNS) <= set(listed)
    assert all(f"`{name}`" in OFFICERS for name in load_candidates())


def test_the_guide_on_adding_lists_every_field() -> None:
    rule_fields = set(Candidate.model_fields) - {"sha256", "recorded_from", "last_checked_on"}
    fields = rule_fields | set(Who.model_fields) | set(DocumentKind.model_fields)
    fields |= set(Worth.model_fields) - {"id", "kind", "sha256"}
    assert [name for name in sorted(fields) if f"`{name}" not in ADDING] == []
    assert all(status.value in ADDING for status in Status)
    assert all(condition.value in ADDING for condition in Condition if condition is not Condition.ISSUE_DATE_KNOWN)
