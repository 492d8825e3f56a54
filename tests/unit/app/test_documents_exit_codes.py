"""How every command of `comity documents` ends, against the table in the guide."""

import re
from pathlib import Path

import pytest

from comity.app.cli import main
from comity.documents.synthetic_issuer.utopia_authority import make_authority
from comity.documents.synthetic_issuer.utopia_passport import Passport, default_authority, make_zone
from comity.documents.trust.certificate import parse_certificate
from tests.unit.assess.bank import SETTLED, customer, write_csv
from tests.unit.documents.test_folder import lay_out

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "guides" / "documents.md").read_text(encoding="utf-8")
CUSTOMER = "customer: individual\nperson: us_person\nregulator: occ\nopened_on: 2026-09-01\n"
WHOLE = (ROOT / "examples" / "branch-visit-2027" / "customer.yaml").read_text(encoding="utf-8")
RULE = (ROOT / "examples" / "branch-visit-2027" / "branch-visit.yaml").read_text(encoding="utf-8")
PIN = parse_certificate(default_authority().der).fingerprint


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with something of everything, from which the commands run."""
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path / "paper", Passport().present())
    lay_out(tmp_path / "altered", Passport(zone=make_zone(nationality="CHE"), signed_zone=make_zone()).present())
    lay_out(tmp_path / "unknown-kind", Passport().present(), "kind: library-card\n")
    lay_out(tmp_path / "no-fact", Passport().present(), "kind: foreign-passport\ntyped: {parents: unknown}\n")
    (tmp_path / "csca.der").write_bytes(default_authority().der)
    (tmp_path / "other.der").write_bytes(make_authority().der)
    (tmp_path / "words.txt").write_text("words", encoding="utf-8")
    write_csv(tmp_path / "bank.csv", [SETTLED, customer("a")])
    write_csv(tmp_path / "twice.csv", [customer("a"), customer("a")])
    (tmp_path / "whole.yaml").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "part.yaml").write_text(f"{CUSTOMER}holds: [name]\n", encoding="utf-8")
    (tmp_path / "known.yaml").write_text(f"{CUSTOMER}is_known_customer: yes\nholds: [name]\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(f"{CUSTOMER}is_known_customer: n/a\nholds: [name]\n", encoding="utf-8")
    (tmp_path / "rule.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "edited.yaml").write_text(RULE.replace("730", "731"), encoding="utf-8")
    _run("trust", "import", "csca.der", "--signer-sha256", PIN, "--trust", "changed")
    for path in (tmp_path / "changed" / "certificates").iterdir():
        path.write_bytes(b"changed")
    return tmp_path


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["documents", *arguments])
    return int(ended.value.code or 0)


ENDINGS: dict[str, list[tuple[int, str]]] = {
    "inspect": [
        (0, "paper"), (5, "altered"), (2, "nowhere"), (2, "no-fact"), (2, "unknown-kind"), (2, "paper --trust nowhere"),
        (2, "paper --trust paper"), (2, "paper --as-of 0001-01-01"), (2, "paper --as-of 9999-12-31"),
        (5, "paper --trust changed"),
    ],
    "trust import": [
        (0, "csca.der --signer-sha256 PIN"), (2, "words.txt --signer-sha256 PIN"), (2, "csca.der"),
        (2, "csca.der --signer-sha256 ab:cd"), (2, "csca.der --signer-sha256 PIN --trust paper"),
        (5, "other.der --signer-sha256 OTHER"), (5, "csca.der --signer-sha256 PIN --trust changed"),
        (2, "nowhere"),
    ],
    "trust list": [(0, ""), (2, "--trust nowhere"), (5, "--trust changed")],
    "specimen": [(0, "--out specimens"), (2, "--out paper"), (2, "--out specimens --as-of 2026-02-31")],
    "table": [(0, ""), (0, "--as-of 1900-01-01"), (2, "--kind library-card"), (2, "--as-of 2026-02-31")],
    "cip": [(0, "whole.yaml"), (0, "known.yaml"), (2, "bad.yaml"), (2, "nowhere.yaml"), (3, "part.yaml")],
    "simulate": [(0, "--people 5 --out made.csv"), (2, "--people 5 --out made.xlsx"), (2, "--people 0 --out made.csv")],
    "assess": [
        (0, "bank.csv --rule none --out out"), (2, "twice.csv --rule none --out out"),
        (2, "nowhere.csv --rule none --out out"),
        (2, "bank.csv --rule nothing --out out"), (2, "bank.csv --rule edited.yaml --out out"),
        (2, "bank.csv --rule none --out paper"), (2, "bank.csv --rule none --out out --birth-certificate-fee nan"),
        (2, "bank.csv --rule none --out out --as-of 1899-12-31"),
        (2, "bank.csv --rule none --out words.txt"),
    ],
    "apply": [
        (0, "none"), (3, "passport-only-all"), (3, "rule.yaml"), (2, "nothing"), (2, "edited.yaml"),
        (2, "nowhere.yaml"),
    ],
    "seal": [
        (0, "rule.yaml"), (0, "edited.yaml"), (2, "nowhere.yaml"), (2, "words.txt"), (2, "whole.yaml"), (2, "paper"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("command", "code", "arguments"), [(name, *ending) for name, endings in ENDINGS.items() for ending in endings]
)
def test_a_command_ends_as_the_guide_says(
    command: str, code: int, arguments: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert work.is_dir()
    pins = {"PIN": PIN, "OTHER": "ab" * 32}
    ended = _run(*command.split(), *(pins.get(word, word) for word in arguments.split()))
    told = capsys.readouterr()
    assert ended == code, told.err
    assert "unforeseen" not in told.err


OF_A_DAY = ("inspect paper", "table", "apply none", "simulate --people 300 --out made.csv", "specimen --out specimens")


@pytest.mark.parametrize("day", ["1900-01-01", "1970-01-01", "2003-05-31", "2199-12-31"])
def test_a_day_before_any_law_or_far_ahead_crashes_no_command(
    day: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in OF_A_DAY:
        assert _run(*command.split(), "--as-of", day) == 0, command
    assert _run("assess", "made.csv", "--rule", "proof-list-link", "--out", "out", "--as-of", day) == 0
    assert _run("cip", "whole.yaml", "--as-of", day) == (0 if day > "2026-09-01" else 2)
    for name in ("passport", "altered", "license", "birth-certificate"):
        assert _run("inspect", str(work / "specimens" / name), "--as-of", day) in {0, 5}
    assert "unforeseen" not in capsys.readouterr().err


@pytest.mark.parametrize("day", ["1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31", "2026-02-31", "26-11-28"])
def test_a_day_that_cannot_be_is_a_usage_error(day: str, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert work.is_dir()
    for command in (*OF_A_DAY, "cip whole.yaml", "assess bank.csv --rule none --out out"):
        assert _run(*command.split(), "--as-of", day) == 2, command
    assert "unforeseen" not in capsys.readouterr().err


def test_the_guide_has_every_command_and_every_ending_that_is_tried() -> None:
    table = GUIDE.split("## How the commands end")[1]
    head = re.findall(r"\d", table.split("| command |")[1].split("\n")[0])
    rows = {
        row[0].strip("` "): row[1:]
        for row in (line.strip("|").split("|") for line in table.splitlines())
        if row[0][:2] == " `"
    }
    assert set(rows) == set(ENDINGS)
    for command, cells in rows.items():
        documented = {int(code) for code, cell in zip(head, cells, strict=True) if cell.strip()}
        assert documented == {code for code, _ in ENDINGS[command]}, command


def _listed(help_text: str) -> set[str]:
    return set(re.findall(r"^  ([a-z]+)  ", help_text.split("Commands:")[1], re.MULTILINE))


def test_no_command_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    _run("--help")
    top = _listed(capsys.readouterr().out)
    _run("trust", "--help")
    assert (top - {"trust"}) | {f"trust {name}" for name in _listed(capsys.readouterr().out)} == set(ENDINGS)
