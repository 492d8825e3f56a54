"""An inspector's auditor, with a published ledger and what others kept, by the commands of her guide alone."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import comity_ledger_verify as checker
from comity.app.use_cases import ledger_operations
from comity.signing import key_thumbprint
from tests.support.guide_commands import COMITY, GUIDES, run_comity
from tests.support.workspace import AFTER_ORDERS, Workspace, make_workspace, request_about

CHECKER = (sys.executable, "-I", str(Path(checker.__file__)))


class Desk:
    """What lies on her desk: the folder that is published, its key, two old checkpoints, a folder of answers."""

    def __init__(self, world: Workspace, folder: Path) -> None:
        home, rows = world.open_home(), [request_about(1), request_about(4, street="Unknown", request_id="q-4")]
        self.folder = folder
        world.verify_batch(world.write_batch("one", rows), home=home, out=folder / "answers")
        self._publish(home.path, "march.checkpoint")
        world.verify_batch(world.write_batch("two", [request_about(2)]), home=home, at=AFTER_ORDERS)
        self._publish(home.path, "april.checkpoint")
        world.verify_batch(world.write_batch("three", [request_about(3)]), home=home, at=AFTER_ORDERS)
        self._publish(home.path, "today.checkpoint")
        self.thumbprint = key_thumbprint(home.keys.load_signing_key("answers"))

    def _publish(self, home: Path, name: str) -> None:
        ledger_operations.publish_checkpoint(home, self.folder / "public")
        shutil.copyfile(self.folder / "public" / "checkpoint", self.folder / name)

    def run(self, line: str) -> tuple[int, str]:
        """Run a command of the guide; return its exit code and what it prints."""
        words = shlex.split(line.replace("THUMBPRINT", self.thumbprint))
        program = {"comity": COMITY, "comity-ledger-verify": CHECKER}[words[0]]
        ended = subprocess.run(
            [*program, *words[1:]],
            cwd=self.folder,
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(name="desk", scope="module")
def _desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(make_workspace(tmp_path_factory.mktemp("custodian")), tmp_path_factory.mktemp("desk"))


def read_lines() -> list[str]:
    """Return the guide's commands, in order."""
    text = (GUIDES / "auditor.md").read_text(encoding="utf-8")
    return [line for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) for line in block.splitlines() if line]


@pytest.mark.slow
def test_her_first_half_hour_by_the_guide(desk: Desk) -> None:
    lines = read_lines()
    assert len(lines) == 9
    said = {}
    for line in lines:
        code, said[line] = desk.run(line)
        assert code == 0, f"{line}: {said[line]}"
        assert "unforeseen" not in said[line]
    sound, since, forks, answers, august, by_order, by_rule, counts, _ = said.values()
    assert sound.startswith("true")
    assert "nothing is left out since the kept checkpoint of" in since
    assert forks.startswith("not known: whether the larger")
    assert answers.startswith("true")
    assert "release" in august
    assert by_order.count("hold") >= 2
    assert by_rule.startswith("No such entry")
    assert re.search(r"2025-08.*irs-ice-2025.*release", counts)
    table = pq.read_table(desk.folder / "entries.parquet")
    assert table.num_rows == 5  # two answers, their release, two holds


def test_which_rule_refused_a_row_is_in_the_answers_that_were_sent(desk: Desk) -> None:
    with (desk.folder / "answers" / "answers.csv").open(newline="", encoding="utf-8") as file:
        answers = {row["request_id"]: row for row in csv.DictReader(file)}
    rules = answers["q-4"]["reasons"].split(";")
    assert "a02_unknown_address" in rules
    letter = (desk.folder / "answers" / "letter.md").read_text(encoding="utf-8")
    assert all(f"({rule})" in letter for rule in rules)


@pytest.mark.slow
def test_an_entry_or_an_answer_that_was_changed_is_found(desk: Desk, tmp_path: Path) -> None:
    copied = object.__new__(Desk)
    shutil.copytree(desk.folder, tmp_path / "desk")
    copied.folder, copied.thumbprint = tmp_path / "desk", desk.thumbprint
    lines = read_lines()
    (copied.folder / "answers" / "answers.csv").write_text("request_id,answer,reasons\n")
    code, said = copied.run(lines[3])
    assert (code, "answers.csv" in said) == (5, True)
    shutil.rmtree(copied.folder / "public")
    assert copied.run(lines[2])[0] == 0, "two checkpoints are compared without the folder"
    assert copied.run(lines[0])[0] != 0
    (copied.folder / "march.checkpoint").write_text((copied.folder / "march.checkpoint").read_text().replace("3", "4"))
    assert copied.run(lines[2])[0] == 5


def test_every_command_of_hers_says_what_it_does(desk: Desk) -> None:
    for line in read_lines():
        words = shlex.split(line)
        if words[0] == "comity":
            shown = run_comity(*words[1:3], "--help", folder=desk.folder)
            assert "Example:" in shown.stdout
    listed = run_comity("ledger", "list", "public", "--json", folder=desk.folder)
    assert {entry["kind"] for entry in json.loads(listed.stdout)["entries"]} == {"release", "hold"}
