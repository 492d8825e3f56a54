"""Orders entered at run time stop a batch on both databases; a replay is told what was known when."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity import law
from comity.app import bootstrap, clock
from comity.app.cli import main
from comity.app.gateway import open_rehearsal
from comity.app.home import Home
from comity.gates import blocking_orders
from comity.intake import read_draft
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.orders import order_filings
from comity.orders.filing_steps import Filer
from comity.pipeline import Gateway, verify_batch
from comity.signing import Ed25519Key
from comity.store.batches import HELD
from comity.store.database import Store
from tests.support import postgres_server
from tests.support.rule_cases import build_order
from tests.support.two_persons import enroll_by_command
from tests.support.workspace import (
    AFTER_ORDERS,
    AUGUST_2025,
    Workspace,
    no_progress,
    open_gateway_at,
    read_answers,
    request_about,
)

JO, SAM = (Filer(name, Ed25519Key.generate_key("Ed25519")) for name in ("Jo", "Sam"))
BAN = {"id": "X1", "dated": AUGUST_2025.date(), "instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose"]}
STAGES = ["receive", "judge", "match", "release", "deliver"]


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, world: Workspace) -> Home:
    """A home on each database."""
    on_server = request.param == "postgresql"
    return world.open_home(
        dsn=postgres_server.create_fresh_database(request.getfixturevalue("postgresql")) if on_server else ""
    )


def enter(store: Store, *, at: datetime = AUGUST_2025, **changes: Any) -> int:
    """Enter an order as one person; its entry."""
    document = build_order({**BAN, **changes})
    return order_filings.enter_order(store, document, JO, law=law.load_law(), at=at).entry


def read_leaves(store: Store) -> list[dict[str, Any]]:
    """Every entry of the ledger."""
    with store.read() as tx:
        return [json.loads(leaf) for leaf in log.read_entries(tx, 0, log.tree_size(tx))]


def run(
    world: Workspace, gateway: Gateway, batch: Path, out: str, report: Callable[[str, float], None] = no_progress
) -> Any:
    return verify_batch(batch, gateway, index=world.index, out=world.root / out, progress=report)


@pytest.mark.parametrize("stage", STAGES)
def test_an_order_entered_at_any_stage_stops_what_comes_after(world: Workspace, home: Home, stage: str) -> None:
    """Entered by another connection, at the first word of a stage; in the release, where it must wait, after it."""
    entered: list[int] = []
    with open_gateway_at(home, AUGUST_2025) as gateway, bootstrap.open_store(home) as other:

        def report(reached: str, done: float) -> None:
            if reached == stage and not entered and (stage != "release" or done == 1.0):
                entered.append(enter(other))

        verified = run(world, gateway, world.write_batch("b", [request_about(1), request_about(2)]), "out", report)
        assert (verified.status, verified.blocking_order_ids) == (HELD, ("X1",))
        assert not (world.root / "out").exists()
        with gateway.store.read() as tx:
            leaves = [json.loads(leaf) for leaf in log.read_entries(tx, 0, log.tree_size(tx))]
        released = [n for n, leaf in enumerate(leaves) if leaf["kind"] in {"answer", "release"}]
        assert all(n < entered[0] for n in released)
        assert bool(released) == (stage in {"release", "deliver"})
        assert leaves[-1]["kind"] == "hold"
        assert leaves[-1]["orders"] == ["X1"]
        assert check_ledger(gateway.store, gateway.ledger_signer.verifiers, home.origin) == ()


def test_a_mistaken_order_is_withdrawn_and_the_batch_goes_on(world: Workspace, home: Home) -> None:
    batch = world.write_batch("b", [request_about(1)])
    with open_gateway_at(home, AUGUST_2025) as gateway:
        enter(gateway.store)
        assert run(world, gateway, batch, "out").status == HELD
        order_filings.withdraw_order(gateway.store, "X1", SAM, law=law.load_law(), at=AUGUST_2025)
        assert run(world, gateway, batch, "out").status == HELD, "one person alone opens nothing"
        order_filings.withdraw_order(gateway.store, "X1", JO, law=law.load_law(), at=AUGUST_2025)
        assert run(world, gateway, batch, "out").status != HELD
    assert {code for code, _ in read_answers(world.root / "out").values()} == {"CONFIRMED"}


def test_a_district_stops_only_batches_with_somebody_in_it(world: Workspace) -> None:
    home = world.open_home()
    with open_gateway_at(home, AUGUST_2025) as gateway:
        enter(gateway.store, districts=[{"name": "W.D. Wash.", "states": ["WA"]}])
        assert run(
            world, gateway, world.write_batch("wa", [request_about(1), request_about(4)]), "wa-out"
        ).blocking_order_ids == ("X1",)
        assert run(world, gateway, world.write_batch("tx", [request_about(4)]), "tx-out").status != HELD
    assert {code for code, _ in read_answers(world.root / "tx-out").values()} == {"CONFIRMED"}


def test_stored_answers_are_not_delivered_again_under_an_entered_order(world: Workspace) -> None:
    home, batch = world.open_home(), world.write_batch("b", [request_about(1)])
    with open_gateway_at(home, AUGUST_2025) as gateway:
        run(world, gateway, batch, "out")
        enter(gateway.store)
        assert run(world, gateway, batch, "again").status == HELD
    assert not (world.root / "again").exists()


def test_a_replay_is_told_what_was_known(world: Workspace, home: Home) -> None:
    """The order was in force in August 2025 and came on file today: known then it holds nothing, known now it does."""
    entered_at, batch = clock.now(), world.write_batch("b", [request_about(1)])
    before = entered_at - timedelta(seconds=1)
    with bootstrap.open_store(home) as store:
        enter(store, at=entered_at)
    with open_rehearsal(home, AUGUST_2025) as now:
        assert run(world, now, batch, "a-out").blocking_order_ids == ("X1",)
        held = read_leaves(now.store)[0]
    with open_rehearsal(home, AUGUST_2025, known_as_of=before) as then:
        verified = run(world, then, batch, "b-out")
        assert (verified.status, verified.blocking_order_ids) == ("answered", ())
        released = read_leaves(then.store)[1]
        assert check_ledger(then.store, then.ledger_signer.verifiers, then.ledger_signer.name) == ()
    document = json.loads((world.root / "b-out" / "answers.json").read_text())
    assert document["rehearsal"] is True
    assert document["known_as_of"] == before.isoformat()
    assert "X1" not in document["orders_consulted"]
    assert (held["kind"], released["kind"]) == ("hold", "release")
    assert released["known_as_of"] == before.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert held["known_as_of"] > released["known_as_of"], "known now: when it was judged"


def test_a_run_that_is_no_rehearsal_says_nothing_of_knowledge(world: Workspace) -> None:
    with open_gateway_at(world.open_home(), AUGUST_2025) as gateway:
        run(world, gateway, world.write_batch("b", [request_about(1)]), "out")
        with gateway.store.read() as tx:
            released = json.loads(log.read_entries(tx, 1, 2)[0])
    assert "known_as_of" not in released
    assert json.loads((world.root / "out" / "answers.json").read_text())["known_as_of"] is None


def test_before_the_law_was_on_file_nothing_is_answered(world: Workspace) -> None:
    """Known at a time when not even the agreement was recorded, nothing allows the question."""
    with open_rehearsal(world.open_home(), AUGUST_2025, known_as_of=AUGUST_2025) as gateway:
        assert run(world, gateway, world.write_batch("b", [request_about(1)]), "out").is_batch_refused
    assert {code for code, _ in read_answers(world.root / "out").values()} == {"REFUSED"}


def comity(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """A command as a person gives it; exit code and its JSON."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    return int(str(ended.value.code or 0)), json.loads(capsys.readouterr().out)


ORDER = """\
id: X1
court: D. Example
case_number: 1:25-cv-99999
case_name: Synthetic v. Example
docket_number: "117"
instruments: [preliminary_injunction]
issued_at: 2025-08-01T00:00:00Z
effective_at: 2025-08-01T00:00:00Z
binds: [irs]
prohibits: [inspect, disclose]
citation: synthetic order for a test
summary: An order that exists only in a test.
marks: [S]
"""


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ("--home", str(tmp_path / "home"))
    for name in ("jo", "sam", "eve"):
        comity(capsys, "request", "keygen", "--key", str(tmp_path / f"{name}.key"))
    for name in ("jo", "sam"):
        key = str(tmp_path / f"{name}.key")
        assert comity(capsys, "persons", "enroll", *home, "--name", name, "--key", key)[0] == 0
    jo, sam, eve = (("--key", str(tmp_path / f"{name}.key")) for name in ("jo", "sam", "eve"))
    (tmp_path / "order.yaml").write_text(ORDER)
    (tmp_path / "order.pdf").write_bytes(b"%PDF-1.7 synthetic")
    day = ("--as-of", "2025-08-07")
    assert comity(capsys, "orders", "status", *home, *day)[0] == 0
    assert comity(capsys, "orders", "add", str(tmp_path / "order.yaml"), *home, *eve)[0] == 2
    pdf = ("--pdf", str(tmp_path / "order.pdf"))
    assert comity(capsys, "orders", "add", str(tmp_path / "order.yaml"), *home, *jo, *pdf)[0] == 0
    code, said = comity(capsys, "orders", "status", *home, *day)
    assert (code, said["orders"], said["pending"]) == (4, ["X1"], ["X1"])
    code, said = comity(capsys, "orders", "status", *home, *day, "--known-as-of", "2026-11-23")
    assert (code, said["orders"], said["known_later"]) == (0, [], ["X1"])
    assert comity(capsys, "orders", "status", *home, "--known-as-of", "2026-11-23")[0] == 2
    assert comity(capsys, "orders", "status", *home, *day, "--known-as-of", "2999-01-01")[0] == 2
    assert comity(capsys, "orders", "confirm", "X1", *home, *jo)[0] == 3
    for name in ("confirm", "withdraw"):
        code, said = comity(capsys, "orders", name, "X9", *home, *sam)
        assert (code, said["error"]["code"]) == (2, "order_unknown")
    said = ("--party", "irs", "--at", "2025-08-02")
    assert comity(capsys, "orders", "serve", "X9", *home, *jo, *said)[0] == 2
    assert comity(capsys, "orders", "statement", "X9", *home, "--out", str(tmp_path / "none"))[0] == 2
    served = ("--party", "irs", "--at", "2025-08-02", "--how", "by hand", "--proof", str(tmp_path / "order.pdf"))
    assert comity(capsys, "orders", "serve", "X1", *home, *jo, *served)[0] == 0
    code, said = comity(capsys, "orders", "serve", "X1", *home, *jo, "--party", "irs", "--at", "2025-08-02T09:00")
    assert (code, said["error"]["message"]) == (2, "A time of service needs its zone.")
    code, said = comity(capsys, "orders", "serve", "X1", *home, *jo, "--party", "IRS", "--at", "2025-08-02")
    assert (code, said["error"]["hint"]) == (3, "Nothing was filed. Write it as irs.")
    no_pdf = ("--pdf", str(tmp_path / "order.yaml"))
    assert comity(capsys, "orders", "add", str(tmp_path / "order.yaml"), *home, "--preview", *no_pdf)[0] == 2
    assert comity(capsys, "orders", "confirm", "X1", *home, *sam)[0] == 0
    assert comity(capsys, "orders", "withdraw", "X1", *home, *sam)[0] == 3
    _, listed = comity(capsys, "orders", "list", *home)
    order = next(order for order in listed["orders"] if order["id"] == "X1")
    assert (order["pending"], order["docket_number"], len(order["pdf_sha256"])) == (False, "117", 64)
    assert [service["how"] for service in order["served"]] == ["by hand"]
    assert comity(capsys, "ledger", "fsck", *home)[0] == 0


def test_filings_list_names_the_orders_that_wait_and_what_the_second_person_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, file = ("--home", str(tmp_path / "home")), tmp_path / "order.yaml"
    keys = enroll_by_command(tmp_path / "home", tmp_path)
    jo, sam = ("--key", str(keys.jo)), ("--key", str(keys.sam))
    capsys.readouterr()
    assert comity(capsys, "filings", "list", *home)[1] == {"filings": [], "orders": []}
    assert read_lines(capsys, "filings", "list", *home) == ["No filing and no order waits for a second person."]
    for name in ("X1", "X2", "X3"):
        file.write_text(ORDER.replace("X1", name))
        assert comity(capsys, "orders", "add", str(file), *home, *jo)[0] == 0
    assert comity(capsys, "orders", "confirm", "X1", *home, *sam)[0] == 0
    assert comity(capsys, "orders", "withdraw", "X3", *home, *sam)[0] == 0
    _, listed = comity(capsys, "filings", "list", *home)
    assert [(order["order"], order["withdrawn_by"]) for order in listed["orders"]] == [("X2", None), ("X3", "Sam Roe")]
    lines = read_lines(capsys, "filings", "list", *home)
    assert "comity orders confirm X2" in lines[0]
    assert "Sam Roe withdrew it. A second person: comity orders withdraw X3" in lines[1]
    assert comity(capsys, "orders", "withdraw", "X3", *home, *jo)[0] == 0
    assert [order["order"] for order in comity(capsys, "filings", "list", *home)[1]["orders"]] == ["X2"]


def test_a_step_about_an_order_opens_the_home_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file = ("--home", str(tmp_path / "home")), tmp_path / "order.yaml"
    keys = enroll_by_command(tmp_path / "home", tmp_path)
    file.write_text(ORDER)
    assert "entered X1" in read_lines(capsys, "orders", "add", str(file), *home, "--key", str(keys.jo))[-1]
    opened, open_store = list[Home](), bootstrap.open_store

    def count_home(home: Home) -> Any:
        opened.append(home)
        return open_store(home)

    monkeypatch.setattr(bootstrap, "open_store", count_home)
    for command in (("confirm", "X1", "--preview"), ("withdraw", "X1", "--key", str(keys.jo))):
        opened.clear()
        assert "X1" in " ".join(read_lines(capsys, "orders", *command, *home))
        assert len(opened) == 1, command
    assert comity(capsys, "orders", "status", *home, "--as-of", "2025-08-07")[0] == 4, "the order still binds"


def read_lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """A command's words, those for the terminal first."""
    with pytest.raises(SystemExit):
        main([*arguments])
    said = capsys.readouterr()
    return [line.strip() for line in (said.err + said.out).splitlines()]


def test_the_second_person_reads_the_paper_before_confirming_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ("--home", str(tmp_path / "home"))
    keys = enroll_by_command(tmp_path / "home", tmp_path)
    file, pdf = tmp_path / "order.yaml", tmp_path / "order.pdf"
    pdf.write_bytes(b"%PDF-1.7 synthetic")
    words = 'summary: "Stops it.\\n  document: SHA-256 00"\nexpires_at: 2025-08-15\n'
    file.write_text(ORDER.replace("summary: An order that exists only in a test.\n", words))
    facts = [
        "X1: D. Example, 1:25-cv-99999, Synthetic v. Example",
        "summary: Stops it. document: SHA-256 00",
        "stated end: 15 Aug 2025. That opens nothing by itself.",
        "binds: irs",
        "forbids: inspect, disclose",
        f"document: SHA-256 {hashlib.sha256(pdf.read_bytes()).hexdigest()}",
    ]
    add = ("orders", "add", str(file), *home, "--pdf", str(pdf))
    assert set(facts) <= set(read_lines(capsys, *add, "--preview"))
    assert " entered X1." in read_lines(capsys, *add, "--key", str(keys.jo))[-1]
    assert any("states its own end as 15 Aug 2025" in line for line in read_lines(capsys, "orders", "list", *home))
    assert any("states its own end as 15 Aug 2025" in line for line in read_lines(capsys, "orders", "docket", *home))
    assert set(facts) <= set(read_lines(capsys, "orders", "confirm", "X1", *home, "--preview"))
    assert comity(capsys, "orders", "confirm", "X1", *home)[0] == 2, "without a key nothing is filed"
    lines = read_lines(capsys, "orders", "confirm", "X1", *home, "--key", str(keys.sam))
    assert set(facts) <= set(lines[:-1])
    assert " confirmed X1." in lines[-1]
    assert comity(capsys, "orders", "confirm", "X1", *home, "--preview")[1]["paper"] is None


@pytest.mark.parametrize(
    "days", [("yesterday", ""), ("2025-08-09", "2025-08-01"), ("0001-01-01", ""), ("", "9999-12-31")]
)
def test_timeline__refuses_days_that_it_cannot_draw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days: tuple[str, str]
) -> None:
    out = ("--out", str(tmp_path / "orders.html"))
    assert comity(capsys, "orders", "timeline", *out, "--from", "2025-08-01", "--to", "2025-08-14")[0] == 0
    code, said = comity(capsys, "orders", "timeline", *out, "--from", days[0], "--to", days[1])
    assert (code, said["error"]["code"]) == (2, "bad_argument")


def test_a_preview_says_how_many_batches_are_held(
    world: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, file = world.open_home(), tmp_path / "order.yaml"
    file.write_text(ORDER)
    preview = ("orders", "add", str(file), "--home", str(home.path), "--preview")
    assert not any("held now" in line for line in read_lines(capsys, *preview))
    world.verify_batch(world.write_batch("held", [request_about(1)]), home=home, at=AFTER_ORDERS)
    lines = read_lines(capsys, *preview)
    assert "Under irs-ice-2025, 1 batch is held now, by this or any other reason." in lines


STAY = """\
id: S1
court: D. Example
case_number: 25-1
case_name: Synthetic v. Example
instruments: [appellate_stay]
issued_at: 2025-08-02
effective_at: 2025-08-02
acts_on:
  - order: X1
    how: stayed
    effective_at: 2025-08-02T12:00:00Z
    extent: {extent}
    hangs_on: {{matter: appeal, case: 25-1}}
citation: synthetic stay for a test
summary: A stay that exists only in a test.
marks: [S]
"""


def test_a_stay_is_previewed_filed_and_reviewed_by_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ("--home", str(tmp_path / "home"))
    keys = enroll_by_command(tmp_path / "home", tmp_path)
    jo, sam = ("--key", str(keys.jo)), ("--key", str(keys.sam))
    capsys.readouterr()
    order, stay = tmp_path / "order.yaml", tmp_path / "stay.yaml"
    order.write_text(ORDER)
    assert comity(capsys, "orders", "add", str(order), *home, *jo)[0] == 0
    assert comity(capsys, "orders", "confirm", "X1", *home, *sam)[0] == 0
    stay.write_text(STAY.format(extent=""))
    code, refused = comity(capsys, "orders", "add", str(stay), *home, *jo)
    assert (code, refused["error"]["code"]) == (3, "order_refused")
    assert "all or part?" in refused["error"]["message"]
    stay.write_bytes(b"\xef\xbb\xbf" + STAY.format(extent="whole").encode())
    code, preview = comity(capsys, "orders", "add", str(stay), *home, "--preview")
    starts = [change["from"][:10] for change in preview["changes"] if change["now"] != change["confirmed"]]
    assert (code, starts[0]) == (0, "2025-08-02")
    assert comity(capsys, "orders", "add", str(stay), *home)[0] == 2, "to enter it takes a key"
    assert comity(capsys, "orders", "review", "S1", *home, *jo, "--reason", "Too early")[0] == 3
    assert comity(capsys, "orders", "add", str(stay), *home, *jo)[0] == 0
    assert comity(capsys, "orders", "confirm", "S1", *home, *sam)[0] == 0
    later, day = "2025-09-20T12:00:00Z", ("--as-of", "2025-10-10")
    assert comity(capsys, "orders", "status", *home, "--as-of", "2025-08-20")[1]["orders"] == []
    assert comity(capsys, "orders", "status", *home, *day)[1]["orders"] == ["X1"], "nobody confirmed it for a month"
    lines = read_lines(capsys, "orders", "status", *home, *day)
    assert lines[0].endswith("in effect from 2025-08-01, and again since 2025-09-01 12:00 UTC"), lines
    assert any(
        "to be confirmed by" in line for line in read_lines(capsys, "orders", "docket", *home, "--as-of", "2025-08-20")
    )
    code, filed = comity(capsys, "orders", "review", "S1", *home, *jo, "--seen-at", later, "--reason", "Docket seen")
    assert code == 0
    assert comity(capsys, "orders", "status", *home, *day)[1]["orders"] == ["X1"], "one person does not open"
    assert comity(capsys, "filings", "confirm", str(filed["number"]), *home, *sam)[0] == 0
    assert comity(capsys, "orders", "status", *home, *day)[1]["orders"] == []
    code, sheet = comity(capsys, "orders", "docket", *home, *day, "--page", str(tmp_path / "docket.html"))
    line = next(order for order in sheet["orders"] if order["order"] == "X1")
    assert (code, line["state"], line["acts"][0]["hangs_on"]) == (0, "not in force", "appeal in 25-1")
    assert "hangs on: appeal in 25-1" in (tmp_path / "docket.html").read_text()
    assert comity(capsys, "orders", "docket", "--page", str(tmp_path / "none" / "docket.html"))[0] == 2
    assert comity(capsys, "orders", "review", "X9", *home, *jo, "--reason", "No such order")[0] == 3
    code, said = comity(capsys, "orders", "review", "S1", *home, *jo, "--reason", " x ")
    assert (code, said["error"]["code"]) == (2, "bad_argument")
    assert "The reason is shorter" in said["error"]["message"]
    future = ("--seen-at", "2999-01-01", "--reason", "Not yet")
    assert comity(capsys, "orders", "review", "S1", *home, *jo, *future)[0] == 2
    assert comity(capsys, "ledger", "fsck", *home)[0] == 0


def test_both_persons_are_told_that_a_part_is_opened_and_closed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stay as to one state opens batches that lie in it alone; the denial of its motion closes that part again."""
    home = ("--home", str(tmp_path / "home"))
    keys = enroll_by_command(tmp_path / "home", tmp_path)
    jo, sam = ("--key", str(keys.jo)), ("--key", str(keys.sam))
    stay, part = STAY.format(extent="part"), "    part: {districts: [{name: D. Mass., states: [MA]}]}\n"
    texts = {
        "X1": ORDER,
        "S1": stay.replace("citation:", part + "citation:"),
        "S2": stay.replace("id: S1", "id: S2").replace(
            "citation:", part.replace("D. Mass.", "N.D. Ill.") + "citation:"
        ),
        "A1": stay.split("acts_on:")[0].replace("id: S1", "id: A1").replace("appellate_stay", "denial")
        + "decides: [{matter: appeal, case: 25-1, outcome: affirmed}]\ncitation: synthetic\nsummary: Affirmed.\n",
    }
    texts["S2"] = texts["S2"].replace("[MA]", "[IL]")
    texts["A1"] = texts["A1"].replace("2025-08-02", "2025-08-09") + "marks: [S]\n"

    def run_command(*arguments: str) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*arguments, *home])
        said = capsys.readouterr()
        assert not ended.value.code, said.err
        return said.out + said.err

    opened = "S1, once confirmed, opens irs-ice-2025 for batches whose addresses all lie in MA, from 2025-08-02 12:00"
    closed = "A1, once entered, closes irs-ice-2025 for batches whose addresses all lie in MA, from 2025-08-09 00:00"
    words = {"X1": "X1, once entered, closes irs-ice-2025", "S1": opened, "S2": "S2 changes nothing", "A1": closed}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
        for command in (
            ("add", str(tmp_path / f"{name}.yaml"), "--preview"),
            ("add", str(tmp_path / f"{name}.yaml"), *jo),
            ("confirm", name, *sam),
        ):
            said = run_command("orders", *command)
            assert words[name] in said
            assert ("changes nothing" in said) == (name == "S2")
            assert ("unless two persons review the stay" in said) == (name == "S1")
            assert ("what it prohibits binds now" in said) == (
                name == "X1" and "--preview" not in command and command[0] == "add"
            )
    code, status = comity(capsys, "orders", "status", *home, "--as-of", "2025-08-05")
    assert (code, status["open_parts"]) == (4, {"X1": ["D. Mass. (S1)", "N.D. Ill. (S2)"]})
    assert comity(capsys, "orders", "status", *home, "--as-of", "2025-08-10")[1]["open_parts"] == {}
    assert comity(capsys, "orders", "statement", "X1", *home, "--out", str(tmp_path / "statement"))[0] == 0
    page = (tmp_path / "statement" / "statement.html").read_text()
    assert "S1: X1 stayed in part, as to D. Mass." in page
    assert "A1: decides the appeal in 25-1: affirmed" in page
    assert "a batch that lay within it may be among those answered" in page


def test_two_persons_clear_one_batch_under_a_named_exception(
    world: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ("--home", str(tmp_path / "home"))
    keys = enroll_by_command(tmp_path / "home", tmp_path)
    jo, sam = ("--key", str(keys.jo)), ("--key", str(keys.sam))
    capsys.readouterr()
    order = tmp_path / "order.yaml"
    order.write_text(ORDER + "exceptions: [disclosures that a court orders]\n")
    assert comity(capsys, "orders", "add", str(order), *home, *jo)[0] == 0
    within, other = world.write_batch("w", [request_about(1)]), world.write_batch("o", [request_about(2)])
    arguments = ("orders", "except", "X1", *home, *jo, "--batch", str(within), "--reason", "Order of 3 March")
    assert comity(capsys, *arguments, "--exception", "2")[0] == 2
    code, filed = comity(capsys, *arguments, "--exception", "1")
    assert code == 0

    def blocked() -> list[tuple[str, ...]]:
        on_file = bootstrap.load_law(Home.open_or_create(tmp_path / "home"))
        found = [blocking_orders(read_draft(batch), law=on_file, at=AUGUST_2025) for batch in (within, other)]
        return [tuple(order.id for order in orders) for orders in found]

    assert blocked() == [("X1",), ("X1",)]
    assert comity(capsys, "filings", "confirm", str(filed["number"]), *home, *sam)[0] == 0
    assert blocked() == [(), ("X1",)]
    out = tmp_path / "statement"
    assert comity(capsys, "orders", "statement", "X1", *home, "--out", str(out))[0] == 0
    (stated,) = json.loads((out / "statement.json").read_text())["exceptions"]
    assert stated["batch_sha256"] == hashlib.sha256((within / "batch.json").read_bytes()).hexdigest()
    assert stated["filed_by"] == ["Jo Doe", "Sam Roe"]
    assert "disclosures that a court orders" in (out / "statement.html").read_text()


def test_a_template_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "tro.yaml"
    assert comity(capsys, "orders", "template", "tro", "--out", str(out))[0] == 0
    assert "effective_at:" in out.read_text()
    assert comity(capsys, "orders", "template", "tro", "--out", str(out))[0] == 2
    assert comity(capsys, "orders", "template", "edict")[0] == 2
    assert comity(capsys, "orders", "template", "stay")[1]["template"].startswith("# A stay")
