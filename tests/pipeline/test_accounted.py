"""Accounting, recall and canaries on one home: what was asked, answered, held, refused, recalled and watched."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity import law, recall
from comity.accounting import (
    compile_annual_report,
    iter_request_records,
    list_disclosures,
    make_public_report,
    release_to_subject,
)
from comity.accounting.request_records import RECORD_FIELDS, ReasonCounts
from comity.app import bootstrap
from comity.app.cli import main
from comity.app.home import Home
from comity.app.pages.accounting_page import render_accounting_page
from comity.errors import ComityError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.pipeline import verify_batch
from comity.recall.notices import write_notices
from comity.signing import authenticate_signer, key_thumbprint, sign_detached, to_public_key
from comity.store import batches, openings
from comity.store.openings import Opening
from tests.support.byte_words import contains_word
from tests.support.database_owner import without_guards
from tests.support.rule_cases import build_order
from tests.support.two_persons import JO, SAM, file_in_home
from tests.support.workspace import (
    AUGUST_2025,
    Workspace,
    load_law_without_orders,
    no_progress,
    open_gateway_at,
    request_about,
)

CANARY = request_about(8)
YEAR = AUGUST_2025.year
NEXT = date(YEAR + 1, 1, 1)


@pytest.fixture(name="house", scope="module")
def _house(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Home]:
    """Two batches answered (one asks about a canary), one refused whole, one held, one that cannot be read."""
    world = Workspace(tmp_path_factory.mktemp("accounted"), town.index, town.key)
    home = world.open_home()
    file_in_home(home, Act.SUPPRESSION, {"kind": "canary", "records": ["r8"]}, by_two=False, at=AUGUST_2025)
    world.verify_batch(
        world.write_batch(
            "one",
            [request_about(1), request_about(2), request_about(3, street2="Apt 9"), request_about(4, street="Unknown")],
        ),
        home=home,
    )
    world.verify_batch(world.write_batch("two", [CANARY, request_about(7)]), home=home)
    world.verify_batch(world.write_batch("three", [request_about(5)], officers=[]), home=home)
    (world.write_batch("five", [request_about(6)]) / "batch.json").write_text("{")
    with pytest.raises(ComityError):
        world.verify_batch(world.root / "five", home=home)
    world.verify_batch(world.write_batch("four", [request_about(6)]), home=home, at=datetime(2025, 12, 1, tzinfo=UTC))
    return world, home


def counted(home: Home, year: int = YEAR) -> Any:
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        log.sign_current_checkpoint(store, signer, at=datetime.now(UTC))
        return compile_annual_report(store, law.load_law(), signer.verifiers, signer.name, year)


def _list_display_ids(home: Home, entries: Sequence[Opening]) -> list[str]:
    """Return the requesters' ids of the batches that the entries of a recall name."""
    with bootstrap.open_store(home) as store, store.read() as tx:
        items = [item for opening in entries for item in opening.parsed_content["batches"]]
        return [batches.get_display_id(tx, item["batch"]) for item in items]


def test_a_canary_answers_no_and_alarms_nobody_outside(house: tuple[Workspace, Home]) -> None:
    world, home = house
    out = next(world.root.glob("two-*-answers"))
    assert (out / "answers.csv").read_text().splitlines()[1:] == [
        f"{CANARY['request_id']},NOT_CONFIRMED,",
        f"{request_about(7)['request_id']},CONFIRMED,",
    ]
    with bootstrap.open_store(home) as store, store.read() as tx:
        watched = openings.list_by_kind(tx, "watch")
        leaves = [json.loads(log.read_entries(tx, o.entry, o.entry + 1)[0]) for o in watched]
        rows_by_batch = [(batches.get_display_id(tx, o.about), o.parsed_content["rows"]) for o in watched]
    assert rows_by_batch == [("one", []), ("two", [1])]
    assert [set(leaf) for leaf in leaves] == [{"v", "kind", "batch", "as_of", "rehearsal", "commitment"}] * 2
    left = b"".join(path.read_bytes() for path in out.iterdir())
    assert not any(word in left for word in (b"watch", b"canar", b"alarm"))
    assert not contains_word(b"r8", left)


def test_every_request_is_in_the_record_with_reason_date_and_outcome(house: tuple[Workspace, Home]) -> None:
    _, home = house
    with bootstrap.open_store(home) as store, store.read() as tx:
        rows = list(iter_request_records(tx, YEAR))
    assert sorted((r["batch_id"], r["row"], r["outcome"]) for r in rows) == [
        ("four", 1, "held"),
        ("one", 1, "CONFIRMED"),
        ("one", 2, "CONFIRMED"),
        ("one", 3, "NOT_CONFIRMED"),
        ("one", 4, "REFUSED"),
        ("three", 1, "REFUSED"),
        ("two", 1, "NOT_CONFIRMED"),
        ("two", 2, "CONFIRMED"),
    ]
    assert all(row["reason"].startswith("Residence in 2023") and row["case_number"] for row in rows)
    assert all(set(row) == set(RECORD_FIELDS) for row in rows)


def test_requests_are_counted_by_month_and_reason(house: tuple[Workspace, Home]) -> None:
    _, home = house
    counts = ReasonCounts()
    with bootstrap.open_store(home) as store, store.read() as tx:
        records = list(counts.count(iter_request_records(tx, YEAR)))
    rows = counts.to_rows()
    by_reason = {(r["month"], r["outcome"], r["reason"]): r["requests"] for r in rows}
    assert by_reason["2025-08", "CONFIRMED", ""] == 3
    assert by_reason["2025-08", "NOT_CONFIRMED", ""] == 2
    assert by_reason["2025-08", "REFUSED", "a02_unknown_address"] == 1
    assert by_reason["2025-08", "REFUSED", "r03_officer_engagement"] == 1
    assert by_reason["2025-12", "held", ""] == 1
    assert sum(r["requests"] for r in rows if r["outcome"] != "REFUSED") == 6
    assert len(records) == 8


def test_the_years_figures_come_from_a_verified_ledger_and_name_its_checkpoint(house: tuple[Workspace, Home]) -> None:
    _, home = house
    figures = counted(home)
    (line,) = figures.lines
    assert (line.agency, line.agreement) == ("U.S. Immigration and Customs Enforcement", "irs-ice-2025")
    assert (line.batches, line.requests, line.refused, line.held) == (4, 8, 2, 1)
    assert (line.confirmed, line.not_confirmed, line.disclosures, line.taxpayers) == (3, 2, 5, 5)
    assert line.requests == line.refused + line.held + line.disclosures
    assert figures.unreadable == 1
    assert {r["batch_id"]: r["outcome"] for r in figures.requests if r["agency"]} == {
        "one": "answered",
        "two": "answered",
        "three": "refused",
        "four": "held",
    }
    assert figures.checkpoint.splitlines()[1] == str(figures.ledger_size)
    assert figures.due_on == date(YEAR, 12, 31) + timedelta(days=90)
    assert counted(home, YEAR - 1).lines == ()


def test_nothing_is_counted_from_a_ledger_that_is_not_sound(house: tuple[Workspace, Home], tmp_path: Path) -> None:
    from comity.store.tables import answers

    _, home = house
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            stored = batches.resolve(tx, "one")
        assert stored is not None
        change = answers.update().where(answers.c.batch_id == stored.batch_id, answers.c.row == 1)
        with without_guards(store) as connection:
            connection.execute(change.values(code="NOT_CONFIRMED"))
        try:
            with pytest.raises(ComityError, match="nothing is counted"):
                counted(home)
        finally:
            with without_guards(store) as connection:
                connection.execute(change.values(code="CONFIRMED"))
    assert counted(home).lines


def test_the_page_for_the_public_leaves_small_counts_out_only_where_that_was_decided(
    house: tuple[Workspace, Home],
) -> None:
    figures = counted(house[1])
    shown, decided = make_public_report(figures), make_public_report(figures, suppress_below=10)
    assert [line["requests"] for line in shown["agencies"]] == [8, 8]
    assert all(line[name] is None for line in decided["agencies"] for name in ("requests", "disclosures"))
    public, whole = render_accounting_page(shown, None), render_accounting_page(shown, figures)
    assert "not shown" in render_accounting_page(decided, None)
    assert "synthetic" in public
    assert all(reading in public for reading in shown["readings"])
    assert "Every written request" not in public
    assert "Every written request" in whole


def test_the_subject_sees_a_disclosure_only_from_the_day_counsel_names(house: tuple[Workspace, Home]) -> None:
    _, home = house
    with bootstrap.open_store(home) as store:

        def seen(day: date, *, for_subject: bool = True) -> int:
            with store.read() as tx:
                return len(list_disclosures(tx, law.load_law(), ["r1"], today=day, for_subject=for_subject))

        assert (seen(NEXT), seen(NEXT, for_subject=False)) == (0, 1)
        given: dict[str, Any] = {
            "batch_id": "one",
            "row": 1,
            "visible_from": NEXT,
            "counsel": "Office of Counsel",
            "at": datetime.now(UTC),
        }
        entry = release_to_subject(store, **given)
        assert release_to_subject(store, **given) == entry
        assert (seen(NEXT - timedelta(days=1)), seen(NEXT)) == (0, 1)
        with pytest.raises(ComityError, match="No disclosure"):
            release_to_subject(store, **{**given, "row": 4})  # it was refused
        with store.read() as tx:
            assert set(json.loads(log.read_entries(tx, entry, entry + 1)[0])) == {"v", "kind", "as_of", "commitment"}


def _chosen(
    home: Home, criteria: recall.RecallCriteria, at: datetime, law_on_file: law.Law | None = None
) -> recall.Recall:
    with bootstrap.open_store(home) as store:
        return recall.issue_recall(
            store,
            law_on_file or law.load_law(),
            criteria,
            reason="The rule was wrong",
            at=at,
            acknowledge_by=at.date() + timedelta(days=10),
            certify_by=at.date() + timedelta(days=30),
        )


def test_a_recall_lists_notices_and_follows_to_a_certificate(house: tuple[Workspace, Home], tmp_path: Path) -> None:
    """Promise 13, from choosing to the last certificate."""
    world, home = house
    now = datetime.now(UTC)
    first = _chosen(home, recall.RecallCriteria(rule="a02_unknown_address"), now)
    again = _chosen(home, recall.RecallCriteria(rule="a02_unknown_address"), now + timedelta(seconds=1))
    assert (first.is_new, again.is_new) == (True, False)
    assert [o.entry for o in first.entries] == [o.entry for o in again.entries]
    assert _list_display_ids(home, first.entries) == ["one", "two"]

    with bootstrap.open_store(home) as store:
        key = home.keys.load_signing_key("answers")
        with store.read() as tx:
            (folder,) = write_notices(tx, first.entries, tmp_path / "a", key)
            (same,) = write_notices(tx, first.entries, tmp_path / "b", key)
        for name in ("notice.json", "notice.json.jws", "affected.csv"):
            assert (folder / name).read_bytes() == (same / name).read_bytes()
        document = (folder / "notice.json").read_bytes()
        public = to_public_key(key)
        authenticate_signer(
            document, (folder / "notice.json.jws").read_text().strip(), {key_thumbprint(public): public}
        )
        rows = list(csv.DictReader((folder / "affected.csv").read_text().splitlines()))
        assert [(r["batch_id"], r["row"], r["action"]) for r in rows] == [
            ("one", "1", "destroy"),
            ("one", "2", "destroy"),
            ("one", "3", "destroy"),
            ("one", "4", "ask again"),
            ("two", "1", "destroy"),
            ("two", "2", "destroy"),
        ]
        notice = json.loads(document)
        assert [b["officers"] for b in notice["batches"]] == [["o1"], ["o1"]]
        assert not any(word in document for word in (b"CONFIRMED", b"Quintanilla", b"Lindenwood"))

        def due(days: int) -> tuple[str, ...]:
            with store.read() as tx:
                (owed,) = recall.list_obligations(tx, law.load_law(), at=now + timedelta(days=days))
            return owed.overdue

        assert (due(10), due(11), due(31)) == ((), ("acknowledgement",), ("acknowledgement", "destruction"))
        reply: Callable[..., int] = recall.record_acknowledgement
        common: dict[str, Any] = {
            "recall": first.recall_id,
            "recipient": "us-dhs-ice",
            "at": now + timedelta(seconds=2),
        }
        keys = {key_thumbprint(to_public_key(world.key)): to_public_key(world.key)}
        paper = {"document": b"received", "signature": None, "keys": keys}
        assert reply(store, **common, **paper) == reply(store, **common, **paper)
        assert (due(11), due(31)) == ((), ("destruction",))
        certificate: dict[str, Any] = {"document": b"destroyed", "keys": keys}
        about = {name: common[name] for name in ("recall", "recipient")}
        with store.read() as tx:
            wrong: list[dict[str, Any]] = [
                {"signature": sign_detached(b"another", world.key)},
                {"signature": None},
                {"signature": sign_detached(b"destroyed", key)},
                {"signature": sign_detached(b"destroyed", world.key), "recipient": "somebody"},
            ]
            for changes in wrong:
                with pytest.raises(ComityError):
                    recall.verify_certificate(tx, **{**about, **certificate, **changes})
            signature = sign_detached(b"destroyed", world.key)
            filed = recall.verify_certificate(tx, **about, **certificate, signature=signature)
        context = bootstrap.load_filing_context(home)
        at = common["at"]
        entered = filing_steps.enter_filing(store, Act.DESTRUCTION, filed, JO, context=context, at=at)
        number = entered.entered.number
        with pytest.raises(ComityError, match="two persons"):
            recall.record_certificate(store, number, at=at)
        assert due(31) == ("destruction",)
        filing_steps.confirm_filing(store, number, SAM, context=context, at=at)
        assert recall.record_certificate(store, number, at=at) == recall.record_certificate(store, number, at=at)
        assert due(31) == ()
        signer = bootstrap.load_key_ring(home)
        assert check_ledger(store, signer.verifiers, home.origin) == ()
        with without_guards(store) as connection:
            from comity.store.tables import openings as table

            connection.execute(table.update().where(table.c.kind == "destruction").values(content="{}"))
        assert any(
            "(destruction) is on file" in finding for finding in check_ledger(store, signer.verifiers, home.origin)
        )
        with without_guards(store) as connection:
            connection.execute(table.delete().where(table.c.kind == "destruction"))
        assert any("not on file" in finding for finding in check_ledger(store, signer.verifiers, home.origin))


def test_answers_that_are_recalled_are_not_delivered_again(house: tuple[Workspace, Home], tmp_path: Path) -> None:
    world, home = house
    at = datetime.now(UTC) + timedelta(seconds=3)
    _chosen(home, recall.RecallCriteria(rule="a02_unknown_address"), at)
    with open_gateway_at(home, at) as gateway:
        without_orders = replace(gateway, load_base_law=load_law_without_orders)
        with pytest.raises(ComityError, match="recalled"):
            verify_batch(
                world.root / "one", without_orders, index=world.index, out=tmp_path / "again", progress=no_progress
            )


@pytest.mark.parametrize(
    ("criteria", "batch_ids"),
    [
        (recall.RecallCriteria(order="O3"), ["one", "two"]),  # it reaches data already disclosed
        (recall.RecallCriteria(order="O2"), []),  # in effect after these answers' day
        (recall.RecallCriteria(model="another"), []),
        (recall.RecallCriteria(since=datetime(2020, 1, 1, tzinfo=UTC)), ["one", "two"]),
        (recall.RecallCriteria(until=datetime(2020, 1, 1, tzinfo=UTC)), []),
        (recall.RecallCriteria(order="O1"), None),  # a denial reaches nothing
        (recall.RecallCriteria(), None),
    ],
)
def test_what_an_answer_rested_on_decides_whether_it_is_recalled(
    house: tuple[Workspace, Home], criteria: recall.RecallCriteria, batch_ids: list[str] | None
) -> None:
    _, home = house
    at = datetime.now(UTC) + timedelta(seconds=4)
    if not batch_ids:
        with pytest.raises(ComityError, match=r"rested on|No order"):
            _chosen(home, criteria, at)
    else:
        chosen = _chosen(home, criteria, at)
        assert _list_display_ids(home, chosen.entries) == batch_ids
        assert _chosen(home, replace(criteria), at).recall_id == chosen.recall_id


def test_an_order_recalls_what_was_answered_while_it_was_in_force(house: tuple[Workspace, Home]) -> None:
    """The batches were answered on 7 August 2025: under the order, or while it was stayed."""
    _, home = house
    at, day = datetime.now(UTC) + timedelta(seconds=5), datetime(2025, 8, 1, 12, tzinfo=UTC)
    ban = {"id": "X1", "instruments": ["tro"], "dated": date(2025, 7, 1), "binds": ["irs"], "prohibits": ["disclose"]}
    hangs_on = {"matter": "appeal", "case": "25-1"}
    act = {"order": "X1", "how": "stayed", "effective_at": day, "hangs_on": hangs_on}
    stay = {"id": "S1", "instruments": ["appellate_stay"], "dated": day.date(), "acts_on": [act]}
    ended = {"id": "D1", "instruments": ["denial"], "dated": date(2025, 8, 6)}
    decision = {"decides": [{**hangs_on, "outcome": "dismissed"}]}
    stayed = law.load_law([build_order(ban), build_order(stay)])
    with pytest.raises(ComityError, match="rested on"):
        _chosen(home, recall.RecallCriteria(order="X1"), at, stayed)
    covering = law.load_law([build_order({**ban, "covers_data_already_disclosed": True}), build_order(stay)])
    found = _chosen(home, recall.RecallCriteria(order="X1"), at, covering)
    assert _list_display_ids(home, found.entries) == ["one", "two"], "the stay has lapsed, and it covers what was given"
    other = {**stay, "acts_on": [{**act, "order": "X2"}]}
    binding = law.load_law([build_order(one) for one in ({**ban, "id": "X2"}, other, {**ended, **decision})])
    found = _chosen(home, recall.RecallCriteria(order="X2"), at, binding)
    assert _list_display_ids(home, found.entries) == ["one", "two"], "the appeal was decided the day before"


def test_the_commands_end_with_the_documented_codes(house: tuple[Workspace, Home], tmp_path: Path) -> None:
    home = str(house[1].path)

    def code(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--home", home])
        return int(ended.value.code or 0)

    late = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
    assert code("canaries", "alarms") == 5
    assert code("recall", "list", "--json") == 0
    assert code("recall", "overdue") == 0
    assert code("recall", "overdue", "--as-of", late) == 4
    assert code("recall", "choose", "--rule", "a99_none", "--reason", "x", "--out", str(tmp_path / "r")) == 2
    assert code("accounting", "report", "--out", str(tmp_path / "a")) == 5  # an opening was taken away above
