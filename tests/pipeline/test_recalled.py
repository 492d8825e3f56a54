"""A recall takes what its rule judged, and frees the questions once their answers are certified as destroyed."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest

from comity import __version__, gates, law, recall
from comity.app import bootstrap
from comity.columns.buffers import Int8s
from comity.errors import ComityError
from comity.gates import REGISTER, GateEvaluator, Rule, rule_digests
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule_digests import _iter_imported_names
from comity.model.filing import Act
from comity.model.finding import Outcome
from comity.model.release import pack_rows, unpack_rows
from comity.orders import order_filings
from comity.pipeline import verify_batch
from comity.signing import key_thumbprint, sign_detached, to_public_key
from comity.store import batches
from comity.store.recalls import iter_affected_rows
from tests.support.rule_cases import build_order
from tests.support.two_persons import JO, SAM, file_in_home
from tests.support.workspace import (
    AUGUST_2025,
    Workspace,
    load_law_without_orders,
    no_progress,
    open_gateway_at,
    read_answers,
    request_about,
)

RULE = "a02_unknown_address"
HOUR = timedelta(hours=1)


class Office:
    """A home, and the hours of its clock: each act happens an hour after the one before."""

    def __init__(self, world: Workspace) -> None:
        self.world, self.home, self.now = world, world.open_home(), AUGUST_2025

    def next_hour(self) -> datetime:
        """Return the time of the next act."""
        self.now += HOUR
        return self.now

    def ask(self, name: str, rows: Iterable[Mapping[str, str]], *, is_new_file: bool = True) -> list[tuple[str, str]]:
        """Verify a batch; return code and reasons in order. Its file has a row more, so that no two are the same."""
        others = [request_about(8, street="Unknown", request_id=name)] if is_new_file else []
        batch, out = self.world.write_batch(name, [*rows, *others]), self.world.root / f"{name}-answers"
        with open_gateway_at(self.home, self.next_hour()) as gateway:
            without_orders = replace(gateway, load_base_law=load_law_without_orders)
            verify_batch(batch, without_orders, index=self.world.index, out=out, progress=no_progress)
        return list(read_answers(out).values())[: -1 if is_new_file else None]

    def ask_back(self, **criteria: Any) -> recall.Recall:
        """Recall answers."""
        at = self.next_hour()
        with bootstrap.open_store(self.home) as store:
            return recall.issue_recall(
                store,
                law.load_law(),
                recall.RecallCriteria(**criteria),
                reason="Our rule was wrong",
                at=at,
                acknowledge_by=at.date(),
                certify_by=at.date(),
            )

    def certify(self, recall_id: str) -> None:
        """Record the recipient's signed certificate, filed by two persons."""
        key = to_public_key(self.world.key)
        with bootstrap.open_store(self.home) as store, store.read() as tx:
            certificate = recall.verify_certificate(
                tx,
                recall=recall_id,
                recipient="us-dhs-ice",
                document=b"destroyed",
                signature=sign_detached(b"destroyed", self.world.key),
                keys={key_thumbprint(key): key},
            )
        number = file_in_home(self.home, Act.DESTRUCTION, certificate, at=self.next_hour()).entered.number
        with bootstrap.open_store(self.home) as store:
            recall.record_certificate(store, number, at=self.next_hour())

    def enter_order(self, name: str, **fields: Any) -> None:
        """Enter an order by two persons; without other fields it forbids the recipient to delete."""
        at = self.next_hour()
        ban = {"instruments": ["tro"], "binds": ["ice"], "prohibits": ["delete"]}
        document = build_order({"id": name, "dated": at.date(), "effective_at": at, **(fields or ban)})
        with bootstrap.open_store(self.home) as store:
            order_filings.enter_order(store, document, JO, law=law.load_law(), at=at)
            order_filings.confirm_order(store, name, SAM, law=law.load_law(), at=self.next_hour())

    def write_notice(self, issued: recall.Recall) -> tuple[dict[str, Any], list[str]]:
        """Write the recipient's notice; return it with the actions of its rows."""
        key = self.home.keys.load_signing_key("answers")
        with bootstrap.open_store(self.home) as store, store.read() as tx:
            (folder,) = recall.write_notices(tx, issued.entries, self.world.root / f"n-{self.now:%H%M}", key)
        actions = [row["action"] for row in csv.DictReader((folder / "affected.csv").read_text().splitlines())]
        return json.loads((folder / "notice.json").read_text()), actions

    def list_owed(self) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """Return of each obligation the day of the certificate, the orders that forbid deleting, what is overdue."""
        at = self.next_hour() + timedelta(days=1)
        with bootstrap.open_store(self.home) as store, store.read() as tx:
            owed = recall.list_obligations(tx, law.load_law(), at=at)
        return [(one.certify_by, one.preserved_by, one.overdue) for one in owed]

    def affected(self, issued: recall.Recall) -> list[tuple[str, int, str]]:
        """Return batch_id, row and action of what a recall asks back."""
        with bootstrap.open_store(self.home) as store, store.read() as tx:
            return [
                (batches.get_display_id(tx, item["batch"]), row, action)
                for opening in issued.entries
                for item in opening.parsed_content["batches"]
                for row, _, action in iter_affected_rows(
                    tx, item["batch"], opening.parsed_content["criteria"].get("rule", "")
                )
            ]


@pytest.fixture(name="office")
def _office(world: Workspace) -> Office:
    return Office(world)


def _row(number: int, **changes: str) -> dict[str, str]:
    return request_about(number, case_number=f"26-CR-{number}", request_id=f"q-{number}", **changes)


CONFIRMED, AGAIN = ("CONFIRMED", ""), ("REFUSED", "p15_asked_again")


def test_a_question_is_free_once_its_answer_is_certified_as_destroyed(office: Office) -> None:
    assert office.ask("first", [_row(1)]) == [CONFIRMED]
    assert office.ask("second", [_row(1)]) == [AGAIN]
    issued = office.ask_back(rule=RULE)
    assert office.ask("third", [_row(1)]) == [AGAIN]  # the recipient may still have the answer
    office.certify(issued.recall_id)
    assert office.ask("fourth", [_row(1), _row(2)]) == [CONFIRMED, CONFIRMED]
    assert office.ask("fifth", [_row(1)]) == [AGAIN]  # freed once, asked again once
    office.certify(office.ask_back(rule=RULE).recall_id)
    assert office.ask("sixth", [_row(1)]) == [CONFIRMED]
    ((_, reasons),) = office.ask("seventh", [_row(1)])  # by now the ceilings that no recall lifts are reached too
    assert "p15_asked_again" in reasons


VACATUR = {"order": "P1", "how": "vacated", "extent": "whole"}


def test_what_an_order_forbids_deleting_is_sealed_until_the_order_ends(office: Office) -> None:
    office.ask("first", [_row(1)])
    office.enter_order("P1")
    until = office.now
    issued = office.ask_back(rule=RULE, until=until)
    notice, actions = office.write_notice(issued)
    assert set(actions) == notice["demands"].keys() == {"sequester", "ask again"}
    assert "do not destroy" in notice["demands"]["sequester"]
    assert [(one["preserved_by"], one["certify_by"]) for one in notice["batches"]] == [(["P1"], None)]
    assert office.list_owed() == [("", ("P1",), ("acknowledgement",))]
    office.certify(issued.recall_id)
    assert office.ask("second", [_row(1)]) == [AGAIN], "answers that somebody holds free no question"
    assert not office.ask_back(rule=RULE, until=until).is_new
    at = office.next_hour()
    office.enter_order("V1", instruments=["vacatur"], acts_on=[{**VACATUR, "effective_at": at}])
    assert office.list_owed()[0][2] == ("notice",)
    again = office.ask_back(rule=RULE, until=until)
    assert (again.is_new, len(again.entries)) == (True, 2)
    notice, actions = office.write_notice(again)
    assert set(actions) == {"destroy", "ask again"}
    assert [one["preserved_by"] for one in notice["batches"]] == [[]], "the batch is named once, by its last entry"
    ((certify_by, preserved_by, overdue),) = office.list_owed()
    assert (certify_by == notice["batches"][0]["certify_by"], preserved_by) == (True, ())
    assert overdue == ("acknowledgement", "destruction")
    office.certify(again.recall_id)
    assert office.ask("third", [_row(1)]) == [CONFIRMED]


def test_an_order_that_comes_after_a_recall_stops_the_destruction_that_it_asked_for(office: Office) -> None:
    office.ask("first", [_row(1)])
    until = office.now + timedelta(minutes=1)
    assert set(office.write_notice(office.ask_back(rule=RULE, until=until))[1]) == {"destroy", "ask again"}
    assert office.list_owed()[0][2] == ("acknowledgement", "destruction")
    office.enter_order("P1")
    assert office.list_owed() == [("", ("P1",), ("acknowledgement", "notice"))]
    again = office.ask_back(rule=RULE, until=until)
    assert set(office.write_notice(again)[1]) == {"sequester", "ask again"}
    assert office.list_owed() == [("", ("P1",), ("acknowledgement",))]
    office.certify(again.recall_id)
    assert office.ask("second", [_row(1)]) == [AGAIN]


def test_answers_that_were_certified_as_destroyed_are_not_asked_for_again(office: Office) -> None:
    office.ask("first", [_row(1)])
    until = office.now + timedelta(minutes=1)
    office.certify(office.ask_back(rule=RULE, until=until).recall_id)
    office.enter_order("P1")
    assert not office.ask_back(rule=RULE, until=until).is_new
    assert office.list_owed()[0][2] == ()


def test_an_order_that_does_not_forbid_deleting_seals_nothing(office: Office) -> None:
    office.ask("first", [_row(1)])
    office.enter_order("P1", instruments=["tro"], binds=["ice"], prohibits=["use", "distribute"])
    assert set(office.write_notice(office.ask_back(rule=RULE))[1]) == {"destroy", "ask again"}


def test_two_recalls_of_one_answer_free_its_question_once(office: Office) -> None:
    office.ask("first", [_row(1)])
    for criteria in ({"rule": RULE}, {"program": __version__}, {"until": AUGUST_2025 + timedelta(days=1)}):
        office.certify(office.ask_back(**criteria).recall_id)
    assert office.ask("second", [_row(1)]) == [CONFIRMED]
    assert office.ask("third", [_row(1)]) == [AGAIN]


@pytest.mark.parametrize(
    "changes",
    [
        {"street": "77 Nowhere Ln"},  # an address that was not asked about is no question that was freed
        {"first_name": "Maria"},
    ],
)
def test_only_the_question_that_was_freed_is_free(office: Office, changes: dict[str, str]) -> None:
    office.ask("first", [_row(1), _row(2, **changes)])
    office.certify(office.ask_back(rule=RULE).recall_id)
    office.ask("second", [_row(1)])
    assert office.ask("third", [_row(1), _row(2, **changes)])[0] == AGAIN


def test_a_file_whose_answers_are_destroyed_may_be_sent_again(office: Office) -> None:
    send = partial(office.ask, rows=[_row(1), _row(2)], is_new_file=False)
    assert send("first") == [CONFIRMED] * 2
    assert all("r11_size_and_repetition" in reasons for _, reasons in send("second"))
    office.certify(office.ask_back(rule=RULE).recall_id)
    assert send("third") == [CONFIRMED] * 2
    assert all("r11_size_and_repetition" in reasons for _, reasons in send("fourth"))


def _register_that_skips(row: int) -> tuple[Rule, ...]:
    """Return the register, with a rule that does not apply to one row."""

    def skip(rule: Rule) -> Rule:
        if rule.id != RULE:
            return rule
        judge = rule.rows
        assert judge is not None

        def rows(facts: Facts, columns: RequestColumns) -> Int8s:
            outcomes = judge(facts, columns).copy()
            outcomes[row - 1] = Outcome.NOT_APPLICABLE
            return outcomes

        return replace(rule, rows=rows)

    return tuple(skip(rule) for rule in REGISTER)


def test_a_recall_by_a_rule_takes_the_rows_that_it_judged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [_row(1), _row(2), _row(5), _row(7, street="Unknown")]
    with monkeypatch.context() as patched:
        patched.setattr(gates, "GateEvaluator", partial(GateEvaluator, register=_register_that_skips(2)))
        office.ask("first", rows)
    issued = office.ask_back(rule=RULE)
    asked_back = [
        ("first", 1, "destroy"),
        ("first", 3, "destroy"),
        ("first", 4, "ask again"),
        ("first", 5, "ask again"),
    ]
    assert office.affected(issued) == asked_back
    office.certify(issued.recall_id)
    assert [office.ask(f"again-{n}", [row])[0] for n, row in enumerate(rows[:3])] == [CONFIRMED, AGAIN, CONFIRMED]


def test_a_rule_that_does_not_apply_to_a_batch_recalls_nothing(office: Office) -> None:
    office.ask("first", [_row(1)])
    with pytest.raises(ComityError, match="No answer"):
        office.ask_back(rule="m01_matching_agreement")


def test_answers_name_the_program_and_the_digest_of_each_rule_that_judged(office: Office) -> None:
    office.ask("first", [_row(1)])
    stated = json.loads((office.world.root / "first-answers" / "answers.json").read_text())
    assert stated["comity"] == __version__
    assert stated["rules"][RULE] == rule_digests()[RULE]
    assert "m01_matching_agreement" not in stated["rules"]  # the agreement does not switch it on
    assert {rule.id for rule in REGISTER if rule.rows is not None and rule.id.startswith("a")} <= set(stated["rules"])


def test_a_recall_by_digest_or_program_takes_that_wording_alone(office: Office) -> None:
    office.ask("first", [_row(1)])
    digest, first = rule_digests()[RULE], [("first", 1, "destroy")]
    for criteria in ({"rule": RULE, "rule_digest": "0" * 64}, {"program": "9.9"}, {"rule_digest": digest}):
        with pytest.raises(ComityError):
            office.ask_back(**criteria)
    assert office.affected(office.ask_back(rule=RULE, rule_digest=digest)) == [*first, ("first", 2, "ask again")]
    assert office.affected(office.ask_back(program=__version__)) == first


def test_every_rule_has_a_digest_of_its_own_that_covers_what_it_imports() -> None:
    digests = rule_digests()
    assert set(digests) == {rule.id for rule in REGISTER}
    assert len(set(digests.values())) == len(digests)
    lines = ("from comity.gates.facts import Facts", "from comity.columns import (", "    fold,", "    kernel,", ")")
    assert list(_iter_imported_names("\n".join((*lines, "import comity.errors")))) == [
        "comity.gates.facts",
        "comity.gates.facts.Facts",
        "comity.columns",
        "comity.columns.fold",
        "comity.columns.kernel",
        "comity.errors",
    ]


@pytest.mark.parametrize("count", [1, 7, 8, 9, 1000])
def test_packed_rows_come_back(count: int) -> None:
    rows = np.arange(count) % 3 == 0
    assert np.array_equal(unpack_rows(pack_rows(rows), count), rows)
