"""On both databases: a batch is answered once, and by what holds at the moment of release, whoever else is at work."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from comity import law, match
from comity.app.home import Home
from comity.errors import ComityError, PolicyError
from comity.law import Law
from comity.law.loader import assemble_law
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.model.finding import Outcome
from comity.pipeline import Gateway, verify_batch
from comity.store import batches
from comity.store.batches import HELD
from comity.store.database import Store
from tests.support import postgres_server
from tests.support.two_persons import purge_by_two
from tests.support.workspace import AUGUST_2025, Workspace, no_progress, open_gateway_at, read_answers, request_about

ROWS = [request_about(1), request_about(3, street2="Apt 7C"), request_about(2, case_number="")]


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, world: Workspace) -> Home:
    """A home on each database."""
    on_server = request.param == "postgresql"
    return world.open_home(
        dsn=postgres_server.create_fresh_database(request.getfixturevalue("postgresql")) if on_server else ""
    )


@pytest.fixture
def gateway(home: Home) -> Iterator[Gateway]:
    """The custodian's side, in August 2025."""
    with open_gateway_at(home, AUGUST_2025) as opened:
        yield opened
        signer = opened.ledger_signer
        assert check_ledger(opened.store, signer.verifiers, home.origin) == ()


def meanwhile(stage: str, act: Callable[[], object]) -> Callable[[str, float], None]:
    """Report's callback: does something once, when a stage is reached."""
    acts = [act]

    def report(reached: str, _done: float) -> None:
        if reached == stage and acts:
            acts.pop()()

    return report


def entries_of(gateway: Gateway) -> int:
    with gateway.store.read() as tx:
        return log.tree_size(tx)


def test_the_whole_path_and_a_repeated_question(world: Workspace, gateway: Gateway) -> None:
    batch, out = world.write_batch("b", ROWS), world.root / "out"
    first = verify_batch(batch, gateway, index=world.index, out=out, progress=no_progress)
    said, files = read_answers(out), {path.name: path.read_bytes() for path in out.iterdir()}
    assert sorted(code for code, _ in said.values()) == ["CONFIRMED", "NOT_CONFIRMED", "REFUSED"]
    again = verify_batch(batch, gateway, index=world.root / "no-index", out=world.root / "again", progress=no_progress)
    assert (first.was_answered_before, again.was_answered_before) == (False, True)
    assert {path.name: path.read_bytes() for path in (world.root / "again").iterdir()} == files
    assert entries_of(gateway) == len(ROWS) + 1


def test_another_worker_answers_the_same_batch_first(world: Workspace, gateway: Gateway) -> None:
    batch = world.write_batch("b", ROWS)

    def other() -> None:
        verify_batch(batch, gateway, index=world.index, out=world.root / "other", progress=no_progress)

    verify_batch(batch, gateway, index=world.index, out=world.root / "out", progress=meanwhile("match", other))
    assert entries_of(gateway) == len(ROWS) + 1
    files = [{p.name: p.read_bytes() for p in (world.root / name).iterdir()} for name in ("out", "other")]
    assert files[0] == files[1]


def test_another_worker_answers_the_same_file_under_another_name_first(world: Workspace, gateway: Gateway) -> None:
    batch, twin = world.write_batch("b", ROWS), world.write_batch("twin", ROWS)

    def other() -> None:
        verify_batch(twin, gateway, index=world.index, out=world.root / "other", progress=no_progress)

    verified = verify_batch(
        batch, gateway, index=world.index, out=world.root / "out", progress=meanwhile("match", other)
    )
    assert verified.is_batch_refused
    assert {code for code, _ in read_answers(world.root / "out").values()} == {"REFUSED"}
    assert "CONFIRMED" in {code for code, _ in read_answers(world.root / "other").values()}


def test_another_worker_files_other_content_under_the_same_name_first(world: Workspace, gateway: Gateway) -> None:
    batch = world.write_batch("b", ROWS)
    other_world = Workspace(world.root / "elsewhere", world.index, world.key)
    other_world.root.mkdir()
    usurper = other_world.write_batch("b", ROWS[:1])

    def other() -> None:
        verify_batch(usurper, gateway, index=world.index, out=world.root / "other", progress=no_progress)

    with pytest.raises(PolicyError) as refused:
        verify_batch(batch, gateway, index=world.index, out=world.root / "out", progress=meanwhile("match", other))
    assert refused.value.code == "batch_conflict"
    assert not (world.root / "out").exists()


@pytest.mark.parametrize("name", ["Batch-1", "batch-l", "batch_1", "batch-1."])
def test_a_batch_whose_name_looks_like_another_s_is_refused(world: Workspace, gateway: Gateway, name: str) -> None:
    for folder, batch_id in (("first", "batch-1"), ("other", "batch-11"), ("again", "batch-1")):
        batch = world.write_batch(folder, ROWS, batch_id=batch_id)
        verify_batch(batch, gateway, index=world.index, out=world.root / f"{folder}-out", progress=no_progress)
    batch = world.write_batch("alike", ROWS, batch_id=name)
    with pytest.raises(PolicyError, match="looks like batch-1, which is another batch") as refused:
        verify_batch(batch, gateway, index=world.index, out=world.root / "out", progress=no_progress)
    assert refused.value.code == "batch_conflict"
    assert not (world.root / "out").exists()


def order_in_force() -> Law:
    """The law with one more order, which nobody knew of when the batch came in."""
    known = law.load_law().orders["O2"].model_dump(mode="json")
    return law.load_law(
        [known | {"id": "O9", "issued_at": "2025-07-01T00:00:00Z", "effective_at": "2025-07-01T00:00:00Z"}]
    )


@pytest.mark.parametrize("stage", ["receive", "judge", "match"])
def test_an_order_that_comes_on_file_on_the_way_stops_the_release(
    world: Workspace, gateway: Gateway, stage: str
) -> None:
    on_file = [law.load_law()]
    heard = replace(gateway, load_base_law=lambda: on_file[-1])
    verified = verify_batch(
        world.write_batch("b", ROWS),
        heard,
        index=world.index,
        out=world.root / "out",
        progress=meanwhile(stage, lambda: on_file.append(order_in_force())),
    )
    assert (verified.status, verified.blocking_order_ids) == (HELD, ("O9",))
    assert not (world.root / "out").exists()
    with gateway.store.read() as tx:
        stored = batches.find(tx, "us-dhs-ice", "b")
        assert stored is not None
        assert stored.status == "held"


def test_an_agreement_that_lapses_on_the_way_refuses_the_batch(world: Workspace, gateway: Gateway) -> None:
    """Its last day passes while records are compared: what is so at the release counts."""
    shipped, last = law.load_law(), date(2025, 8, 7)
    ending = shipped.get_agreement("irs-ice-2025").model_copy(update={"effective_to": last})
    on_file = assemble_law(shipped.statutes.values(), [ending], shipped.orders.values(), shipped.agencies.values())
    times = [datetime(2025, 8, 7, 20, tzinfo=UTC)]
    late = replace(gateway, clock=lambda: times[-1], load_base_law=lambda: on_file)
    verified = verify_batch(
        world.write_batch("b", ROWS),
        late,
        index=world.index,
        out=world.root / "out",
        progress=meanwhile("match", lambda: times.append(times[0] + timedelta(days=2))),
    )
    assert {finding.rule for finding in verified.findings if finding.outcome is Outcome.NOT_MET} == {"r10_agreement"}
    assert {code for code, _ in read_answers(world.root / "out").values()} == {"REFUSED"}


def test_a_law_that_never_settles_releases_nothing(world: Workspace, gateway: Gateway) -> None:
    states = iter(range(10**6))

    def shifting() -> Law:
        known = law.load_law().orders["O1"].model_dump(mode="json")
        return law.load_law([known | {"id": f"X{next(states)}"}])

    with pytest.raises(PolicyError) as refused:
        verify_batch(
            world.write_batch("b", ROWS),
            replace(gateway, load_base_law=shifting),
            index=world.index,
            out=world.root / "out",
            progress=no_progress,
        )
    assert refused.value.code == "law_unsettled"
    assert entries_of(gateway) == 0


def test_a_clock_set_back_stops_everything(world: Workspace, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    verify_batch(world.write_batch("b", ROWS), gateway, index=world.index, out=world.root / "out", progress=no_progress)
    now = gateway.clock()
    back = replace(gateway, clock=lambda: now - timedelta(days=400))
    monkeypatch.setattr(match.Index, "open", None)  # no record is read
    for batch in ("b", "c"):
        with pytest.raises(ComityError) as refused:
            verify_batch(
                world.write_batch(batch, ROWS[:1] if batch == "c" else ROWS),
                back,
                index=world.index,
                out=world.root / f"late-{batch}",
                progress=no_progress,
            )
        assert refused.value.code == "clock_behind"
    assert entries_of(gateway) == len(ROWS) + 1
    assert not list(world.root.glob("late-*"))


def test_a_purged_batch_is_not_delivered_again(
    world: Workspace, home: Home, postgresql: postgres_server.PostgresServer
) -> None:
    batch = world.write_batch("b", ROWS)
    world.verify_batch(batch, home=home)
    with open_gateway_at(home, AUGUST_2025) as gateway:
        owner = gateway.store
        if home.database == "postgresql":
            with gateway.store.read() as tx:
                name = str(tx.connection.exec_driver_sql("SELECT current_database()").scalar_one())
            owner = Store.connect(postgresql.dsn(postgres_server.OWNER_ROLE, name), anchor=home.anchor_file)
        purge_by_two(owner, batch_id="b", rows=[1], order="Docket 26-101", at=gateway.clock(), origin=home.origin)
        with pytest.raises(PolicyError) as refused:
            verify_batch(batch, gateway, index=world.index, out=world.root / "again", progress=no_progress)
        assert refused.value.code == "delivery_refused"
        assert not (world.root / "again").exists()
        assert check_ledger(gateway.store, gateway.ledger_signer.verifiers, home.origin) == ()
        if owner is not gateway.store:
            owner.close()
