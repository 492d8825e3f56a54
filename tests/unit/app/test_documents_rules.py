"""The commands about rules: what they print, how they end, and that none applies a candidate."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from comity.app.cli.command_group import make_command_group
from comity.app.cli.documents_rules import add_rules_to
from comity.app.cli.output import print_error
from comity.errors import EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, ComityError
from comity.law.candidate import load_candidates
from comity.law.worth import load_evidence_table
from tests.unit.assess.bank import SETTLED, customer, write_csv


def run(*arguments: object) -> int:
    """Run a command as `comity documents` does; return the exit code."""
    app = make_command_group("Papers, and rules about them.")
    add_rules_to(app)
    try:
        code = typer.main.get_command(app).main([str(a) for a in arguments], standalone_mode=False)
    except ComityError as error:
        print_error(error, as_json="--json" in arguments)
        return error.exit_code
    return code if isinstance(code, int) else EXIT_DONE


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "bank.csv", [SETTLED, customer("Zebulon"), customer("other", details_kept="")])


@pytest.mark.parametrize("name", sorted(set(load_candidates()) - {"none"}))
@pytest.mark.parametrize("as_of", ["", "2030-01-01", "2099-12-31"])
def test_no_candidate_can_be_applied_on_any_day(name: str, as_of: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("apply", name, *(("--as-of", as_of) if as_of else ())) == EXIT_REFUSED
    told = capsys.readouterr().err
    assert f"{name} is not in force: it can be assessed, not applied" in told
    assert run("apply", name, "--json") == EXIT_REFUSED
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "not_in_force"


@pytest.mark.parametrize("as_of", ["1900-01-01", "2099-12-31"])
def test_the_baseline_asks_for_nothing_so_that_nothing_is_applied(
    as_of: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("apply", "none", "--as-of", as_of) == EXIT_DONE
    assert "there is nothing to apply, and nothing was applied" in capsys.readouterr().out
    assert run("apply", "none", "--json") == EXIT_DONE
    assert json.loads(capsys.readouterr().out) == {"rule": "none", "applied": False, "asks": "nothing"}
    assert not list(tmp_path.iterdir())


def test_no_command_has_an_option_that_could_apply_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("table", "cip", "simulate", "assess", "apply"):
        run(command, "--help")
        options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out.split("Options:")[1]))
        assert options <= {
            "--kind", "--as-of", "--json", "--help", "--people", "--out", "--seed", "--rule", "--birth-certificate-fee",
        }  # fmt: skip


def test_an_unknown_rule_is_a_usage_error_and_a_file_of_ones_own_is_read(tmp_path: Path, bank: Path) -> None:
    assert run("apply", "no-such-rule") == EXIT_USAGE
    assert run("assess", bank, "--rule", "no-such-rule", "--out", tmp_path / "out") == EXIT_USAGE
    assert run("assess", bank, "--rule", tmp_path / "absent.yaml", "--out", tmp_path / "out") != EXIT_DONE
    assert not (tmp_path / "out").exists()


def test_the_table_says_where_counsel_must_confirm(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("table", "--as-of", "2026-11-28") == EXIT_DONE
    told = capsys.readouterr().out
    for kind in load_evidence_table():
        assert f"· {kind.id} ·" in told
    rows = [line for line in told.splitlines() if re.match(r"  (us_|foreign_|lawful_)", line)]
    assert len(rows) > 80
    for line in rows:
        marks = re.search(r"\(([A-Z, ]+?)(: counsel must confirm)?\)", line.split(" [")[0])
        assert marks is not None, line
        is_doubtful = bool({"GK", "INF"} & set(marks[1].split(", ")))
        assert is_doubtful is (marks[2] is not None), line


def test_the_table_of_one_kind_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("table", "--kind", "us-passport-book", "--as-of", "2026-11-28", "--json") == EXIT_DONE
    rows = json.loads(capsys.readouterr().out)["kinds"][0]["rows"]
    citizen = next(row for row in rows if row["proposition"] == "us_citizen")
    assert citizen["conditions"] == ["unexpired", "full_term", "no_endorsement"]
    assert citizen["counsel_must_confirm"] is True
    assert run("table", "--kind", "library-card") == EXIT_USAGE


def test_customer_identification_ends_with_3_where_something_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.yaml"
    head = "customer: individual\nperson: us_person\nregulator: occ\nopened_on: 2026-09-01\n"
    whole = (
        "holds: [name, birth_date, residential_address, tin, photo_document_seen, information_retained, "
        "document_described, notice_given"
    )
    path.write_text(f"{head}{whole}, citizenship]\n", encoding="utf-8")
    assert run("cip", path) == EXIT_DONE
    told = capsys.readouterr().out
    assert re.search(r"NOT_REQUIRED_BUT_HELD +citizenship", told)
    path.write_text(f"{head}holds: [name]\n", encoding="utf-8")
    assert run("cip", path, "--json") == EXIT_REFUSED
    facts = json.loads(capsys.readouterr().out)
    assert {e["element"] for e in facts["elements"] if e["holding"] == "REQUIRED_MISSING"} >= {
        "cip-birth-date",
        "cip-notice",
    }


def test_an_assessment_prints_and_writes_what_it_found_and_no_customer(
    tmp_path: Path, bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments: list[Any] = [
        "assess",
        bank,
        "--rule",
        "passport-only-all",
        "--rule",
        "none",
        "--out",
        out,
        "--as-of",
        "2026-11-28",
    ]
    assert run(*arguments) == EXIT_DONE
    told = capsys.readouterr().out
    assert "not legally required; off by default" in told
    assert "passport-only-all" in told
    page, facts = (
        (out / "index.html").read_text(encoding="utf-8"),
        json.loads((out / "assessment.json").read_text(encoding="utf-8")),
    )
    assert facts["label"] == "not legally required; off by default"
    must_act = facts["rules"][0]["counts"]["must_act"]
    assert (must_act["low"], must_act["high"], facts["customers"]) == (0, 9, 0)
    assert re.search(r"passport-only-all .* under 10 ", told)
    for text in (told, page, json.dumps(facts)):
        assert "Zebulon" not in text
    assert run(*arguments, "--json") == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["rules"][0]["rule"] == "passport-only-all"


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, bank: Path) -> None:
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    assert run("assess", bank, "--rule", "none", "--out", tmp_path) == EXIT_USAGE
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"


def test_a_bad_file_writes_nothing(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "bank.csv", [customer("a"), customer("a")])
    assert run("assess", path, "--rule", "none", "--out", tmp_path / "out") == EXIT_USAGE
    assert not (tmp_path / "out").exists()


def test_synthetic_customers_can_be_made_and_assessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bank.parquet"
    assert run("simulate", "--people", 500, "--out", path, "--as-of", "2026-11-28") == EXIT_DONE
    assert "Synthetic: 500 customers" in capsys.readouterr().out
    assert (
        run("assess", path, "--rule", "proof-list-link", "--out", tmp_path / "out", "--as-of", "2026-11-28")
        == EXIT_DONE
    )
    assert "500 customers · synthetic" in capsys.readouterr().out
    assert run("simulate", "--people", 5, "--out", tmp_path / "bank.xlsx") == EXIT_USAGE


def test_the_same_file_and_seed_give_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "bank.parquet"
    assert run("simulate", "--people", 3000, "--out", path, "--as-of", "2026-11-28") == EXIT_DONE
    code = (
        "import sys, typer; from comity.app.cli.command_group import make_command_group; "
        "from comity.app.cli.documents_rules import add_rules_to; "
        "app = make_command_group('x'); add_rules_to(app); "
        "typer.main.get_command(app).main(sys.argv[1:], standalone_mode=False)"
    )
    rules = [part for name in sorted(load_candidates()) for part in ("--rule", name)]
    for seed in ("1", "2"):
        arguments = ["assess", str(path), *rules, "--out", str(tmp_path / seed), "--as-of", "2026-11-28"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, *arguments], env=environment, check=True, capture_output=True)
    for name in ("index.html", "assessment.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
