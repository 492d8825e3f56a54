"""What a release stores is made before the write lock is taken, and stored only if nothing has changed since."""

from typing import Any

import pytest

from comity.app import bootstrap
from comity.app.home import Home
from comity.gates import GateEvaluator
from comity.ledger import leaf, log
from comity.ledger.fsck import check_ledger
from tests.support.sample_ledger import make_hold_entries
from tests.support.workspace import AUGUST_2025, Workspace, request_about

ROWS = [request_about(1), request_about(4, street="Unknown"), request_about(5, last_name="Nobody")]
MAKERS = ("encode_answer_leaves", "generate_salts")


@pytest.fixture(name="home")
def _home(world: Workspace) -> Home:
    return world.open_home()


@pytest.mark.parametrize("maker", MAKERS)
def test_others_write_while_a_release_is_made(
    world: Workspace, home: Home, monkeypatch: pytest.MonkeyPatch, maker: str
) -> None:
    """Another process appends to the ledger meanwhile: the release's entries come after it, and everything agrees."""
    make = getattr(leaf, maker)
    appended: list[int] = []

    def append_and_make(*arguments: Any, **keywords: Any) -> Any:
        if not appended:
            with bootstrap.open_store(home) as store, store.begin() as tx:
                appended.append(log.append_entries(tx, make_hold_entries(300), at=AUGUST_2025))
        return make(*arguments, **keywords)

    monkeypatch.setattr(leaf, maker, append_and_make)
    result, answers = world.verify_batch(world.write_batch("b", ROWS), home=home)
    assert appended == [0]
    assert sorted(code for code, _ in answers.values()) == ["CONFIRMED", "NOT_CONFIRMED", "REFUSED"]
    assert not result.was_answered_before
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            assert log.tree_size(tx) == 300 + len(ROWS) + 1
        assert check_ledger(store, signer.verifiers, signer.name) == ()


def test_what_was_made_is_thrown_away_when_the_law_changes_meanwhile(
    world: Workspace, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is judged again, with salts of its own: none of those that were thrown away is used."""
    generate, generated, judged = leaf.generate_salts, [], []

    def remember(count: int) -> list[bytes]:
        salts = generate(count)
        generated.append(salts)
        return salts

    evaluate = GateEvaluator.evaluate

    def change_once(self: GateEvaluator, **keywords: Any) -> Any:
        findings = evaluate(self, **keywords)
        judged.append(findings)
        if len(judged) == 2:  # the evaluation under the lock
            object.__setattr__(findings, "law_fingerprint", "0" * 64)
        return findings

    monkeypatch.setattr(leaf, "generate_salts", remember)
    monkeypatch.setattr(GateEvaluator, "evaluate", change_once)
    world.verify_batch(world.write_batch("b", ROWS), home=home)
    made = [salts for salts in generated if len(salts) == len(ROWS)]
    assert len(made) == 2
    with bootstrap.open_store(home) as store, store.read() as tx:
        stored = set(tx.connection.exec_driver_sql("SELECT salt FROM answers").scalars())
    assert stored == set(made[1])
    assert not stored & set(made[0])
