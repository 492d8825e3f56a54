"""Withholding under 26 USC 6103(i)(6): by person, by one at once, lifted by two, obeyed by every run and delivery."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.app.gateway import open_gateway
from comity.app.home import Home
from comity.app.use_cases import suppressed_records
from comity.app.use_cases.suppressed_records import RecordList
from comity.errors import ComityError, PolicyError
from comity.ledger.filed import read_register
from comity.ledger.fsck import check_ledger
from comity.model.filing import Act
from comity.pipeline import verify_batch
from comity.store import openings
from tests.support.byte_words import contains_word
from tests.support.two_persons import PersonKeys, enroll_by_command, file_in_home, run_command
from tests.support.workspace import (
    RECORDS,
    Workspace,
    build_record_index,
    make_record,
    read_answers,
    request_about,
)

PROGRAM = "import sys; from comity.app.cli import main; main(sys.argv[1:])"


pytestmark = pytest.mark.usefixtures("august_2025")


def answer(world: Workspace, home: Home, name: str, *numbers: int) -> list[str]:
    rows = [{**request_about(n), "case_number": f"24-{name}-{n}"} for n in numbers]
    batch = world.write_batch(name, rows)
    answers = world.verify_batch(batch, home=home, out=world.root / f"{name}-answers")[1]
    return [code for code, _ in answers.values()]


def write_list(world: Workspace, content: str | bytes) -> str:
    path = world.root / "list.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def withhold(world: Workspace, home: Home, keys: PersonKeys, ids: str, *more: str) -> int:
    listed = write_list(world, ids)
    index = ("--index", str(world.index))
    return run_command(
        "withhold", "add", "--home", str(home.path), "--records", listed, "--key", str(keys.jo), *index, *more
    )


def test_one_person_withholds_and_it_takes_two_to_lift(world: Workspace, home: Home, keys: PersonKeys) -> None:
    assert withhold(world, home, keys, "r1\nr3\nr4\n") == 0
    assert answer(world, home, "one", 1, 4, 7) == ["NOT_CONFIRMED", "NOT_CONFIRMED", "CONFIRMED"]
    left = b"".join(path.read_bytes() for path in (world.root / "one-answers").iterdir())
    assert not any(word in left for word in (b"withh", b"6103(i)(6)"))
    assert not contains_word(b"r4", left)
    common = ("--home", str(home.path), "--key")
    lifted = ("--records", write_list(world, "r1\nr3\n"), "--index", str(world.index), "--reason", "Lifted")
    assert run_command("withhold", "lift", *common, str(keys.jo), *lifted) == 0
    assert answer(world, home, "two", 3) == ["NOT_CONFIRMED"], "one person lifted it"
    with bootstrap.open_store(home) as store, store.read() as tx:
        number = read_register(tx).pending[0].entered.number
    assert run_command("filings", "confirm", str(number), *common, str(keys.jo)) == 3, "the same person, twice"
    assert run_command("filings", "confirm", str(number), *common, str(keys.sam)) == 0
    assert answer(world, home, "three", 1, 4) == ["CONFIRMED", "NOT_CONFIRMED"]
    with bootstrap.open_store(home) as store:
        signer = bootstrap.load_key_ring(home)
        assert check_ledger(store, signer.verifiers, home.origin) == ()
        with store.read() as tx:
            watched = openings.list_by_kind(tx, "watch")
    assert [o.parsed_content["withheld"] for o in watched] == [[1, 2], [1], [2]]


def test_every_record_of_the_person_is_withheld_later_ones_too(world: Workspace, tmp_path: Path) -> None:
    from comity import match

    place = ("1845 Lindenwood Ave", "", "Olympia", "WA", "98501")
    later = make_record(1, "Marisol", "T", "Quintanilla", place, record_id="r901", tax_year="2022")
    index = build_record_index(tmp_path / "records", [*RECORDS, later])
    home, keys = world.open_home("own"), None
    keys = enroll_by_command(home.path, tmp_path / "keys")
    own = Workspace(tmp_path, index, world.key)
    assert withhold(own, home, keys, "r901\n") == 0
    assert suppressed_records.list_suppressed(home.path, "withheld") == ["r1", "r901"]
    assert answer(own, home, "one", 1, 7) == ["NOT_CONFIRMED", "CONFIRMED"]
    newest = make_record(1, "Marisol", "T", "Quintanilla", place, record_id="r902")
    source = build_record_index(tmp_path / "newest", [newest]).parent / "records.parquet"
    match.update_index(index, append=[source], withdraw=["r1"])
    assert answer(own, home, "two", 1) == ["NOT_CONFIRMED"], "a record that was appended after the withholding"


@pytest.mark.parametrize("stage", ["judge", "match", "decide", "deliver"])
def test_a_run_under_way_obeys(world: Workspace, home: Home, keys: PersonKeys, stage: str) -> None:
    """Another process withholds at the first word of a stage; nothing about the person leaves."""
    batch = world.write_batch("b", [request_about(1), request_about(7)])
    entered: list[int] = []

    def report(reached: str, _done: float) -> None:
        if reached == stage and not entered:
            entered.append(withhold(world, home, keys, "r1\n"))

    refused = ""
    with open_gateway(home) as gateway:
        try:
            verify_batch(batch, gateway, index=world.index, out=world.root / "out", progress=report)
        except PolicyError as error:
            refused = error.code
    if stage == "decide":
        assert entered == []  # it has no progress of its own
        return
    assert entered == [0]
    assert refused == ("delivery_refused" if stage == "deliver" else "")
    codes = [code for code, _ in read_answers(world.root / "out").values()]
    assert codes == ([] if stage == "deliver" else ["NOT_CONFIRMED", "CONFIRMED"])


def test_a_second_delivery_obeys(world: Workspace, home: Home, keys: PersonKeys) -> None:
    batch = world.write_batch("b", [request_about(1)])
    assert world.verify_batch(batch, home=home, out=world.root / "first")[0].status == "answered"
    assert withhold(world, home, keys, "r1\n") == 0
    with pytest.raises(PolicyError) as refused:
        world.verify_batch(batch, home=home, out=world.root / "second")
    assert refused.value.code == "delivery_refused"
    assert not (world.root / "second").exists()


def test_commands_at_once_lose_nothing(world: Workspace, home: Home, keys: PersonKeys, tmp_path: Path) -> None:
    running = []
    for number in range(4):
        listed = tmp_path / f"{number}.txt"
        listed.write_text("".join(f"x{number}-{n}\n" for n in range(50)))
        who = keys.jo if number % 2 else keys.sam
        command = ["withhold", "add", "--home", home.path, "--records", listed, "--key", who, "--allow-unknown"]
        running.append(subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, command)], stdout=subprocess.PIPE))
    assert [process.wait() for process in running] == [0] * 4
    for process in running:
        process.communicate()
    expected = sorted(f"x{number}-{n}" for number in range(4) for n in range(50))
    assert suppressed_records.list_suppressed(home.path, "withheld") == expected


@pytest.mark.parametrize(
    "content",
    [
        "r1\nr9999\n",  # one that is not in the index
        b"r1\nr4\xe9\n",  # Windows-1252
        "r1\n\0r4\n",
        "r1\nr4\x00",
        "record_id\nr1\n",
        '"r1"\n"r4"\n',
        "r1,Marisol\n",
        "r1;r4\n",
        "r1\tr4\n",
        "r1 r4\n",
        "r1\u2028r4\n",
        "r1\u200b\n",
        "r1\rr4\r",
        "r1\n" + "x" * 201 + "\n",
        "",
        "\n\n",
        "r1\nr4\n".encode("utf-16"),
        "\ufeff\ufeffr1\n",
    ],
)
def test_a_list_is_read_whole_or_refused(
    world: Workspace, home: Home, keys: PersonKeys, content: str | bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = write_list(world, content)
    common = ("--home", str(home.path), "--records", listed, "--key", str(keys.jo), "--index", str(world.index))
    assert run_command("withhold", "add", *common) == 2
    assert run_command("canaries", "add", *common) == 2
    shown = capsys.readouterr()
    assert "r4" not in shown.err + shown.out, "an error names lines, and no value"
    assert suppressed_records.list_suppressed(home.path, "withheld") == []


@pytest.mark.parametrize("content", ["\ufeffr1\nr4\n", "r1\r\nr4\r\n", "r1\n\n\nr4", " r1 \nr4\nr4\n"])
def test_a_list_as_programs_write_it_loses_no_line(
    world: Workspace, home: Home, keys: PersonKeys, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert withhold(world, home, keys, content) == 0
    capsys.readouterr()
    assert run_command("withhold", "list", "--home", str(home.path)) == 0
    assert capsys.readouterr().out.split() == ["r1", "r4"]


def test_unknown_ids_are_filed_only_when_asked_for(world: Workspace, home: Home, keys: PersonKeys) -> None:
    assert withhold(world, home, keys, "r1\nr9999\n") == 2
    assert suppressed_records.list_suppressed(home.path, "withheld") == []
    assert withhold(world, home, keys, "r1\nr9999\n", "--allow-unknown") == 0
    assert suppressed_records.list_suppressed(home.path, "withheld") == ["r1", "r9999"]
    listed = RecordList(Path(write_list(world, "r1\n")))
    with pytest.raises(ComityError, match="index"):
        suppressed_records.suppress_records(home.path, keys.jo, "withheld", listed)


def test_a_lift_frees_nothing_that_was_withheld_after_it_was_entered(
    world: Workspace, home: Home, keys: PersonKeys
) -> None:
    """An old lift left pending cannot free a person who was withheld again since."""
    common = ("--home", str(home.path), "--key")
    assert withhold(world, home, keys, "r1\n") == 0
    lifted = ("--records", write_list(world, "r1\n"), "--index", str(world.index), "--reason", "A first reason")
    assert run_command("withhold", "lift", *common, str(keys.jo), *lifted) == 0
    assert withhold(world, home, keys, "r1\n") == 0
    with bootstrap.open_store(home) as store, store.read() as tx:
        (pending,) = read_register(tx).pending
    assert run_command("filings", "confirm", str(pending.entered.number), *common, str(keys.sam)) == 0
    assert suppressed_records.list_suppressed(home.path, "withheld") == ["r1"]


@pytest.mark.parametrize("name", ["withheld.txt", "canaries.txt", "counsel.json"])
def test_a_file_that_once_decided_stops_everything(world: Workspace, home: Home, name: str) -> None:
    (home.path / name).write_text("")
    with pytest.raises(ComityError) as stopped:
        world.verify_batch(world.write_batch("b", [request_about(1)]), home=home)
    assert stopped.value.code == "home_altered"


@pytest.mark.parametrize("change", ["UPDATE filings SET content = '{}'", "UPDATE filings SET by = 'x'"])
def test_a_filing_changed_around_the_program_stops_everything(world: Workspace, home: Home, change: str) -> None:
    import sqlalchemy as sa

    from tests.support.database_owner import without_guards

    file_in_home(home, Act.SUPPRESSION, {"kind": "withheld", "records": ["r1"]}, by_two=False)
    with bootstrap.open_store(home) as store, without_guards(store) as connection:
        connection.execute(sa.text(f"{change} WHERE act = 'suppression'"))
    with pytest.raises(ComityError) as stopped:
        world.verify_batch(world.write_batch("b", [request_about(1)]), home=home)
    assert stopped.value.code == "ledger_damaged"
