"""The demonstration: its page shows what its run counted, and loads nothing from elsewhere."""

from pathlib import Path

import pytest

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.pages.demo_page import DemoResult
from comity.app.use_cases.demonstration import _DemoSteps, run_demo
from comity.app.use_cases.published_ledger import list_entries
from comity.ledger import log
from comity.ledger.published_entries import EntryFilter
from comity.model.progress import no_progress
from tests.support.sample_ledger import make_hold_entries


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoResult, str]:
    out = tmp_path_factory.mktemp("demo")
    (out / "work").mkdir()
    (out / "work" / "left.txt").write_text("of an earlier demo")
    result = run_demo(out, people=6_000, requests=400, customers=2_000, seed=7, progress=no_progress)
    assert not (out / "work" / "left.txt").exists()
    return result, (Path(out) / "index.html").read_text(encoding="utf-8")


def test_check_ledger__leaves_a_published_ledger_with_its_key_for_an_auditor_to_practise(tmp_path: Path) -> None:
    home = Home.open_or_create(tmp_path / "home")
    with bootstrap.open_store(home) as store, store.begin() as tx:
        log.append_entries(tx, make_hold_entries(3), at=clock.now())
    _DemoSteps(tmp_path, no_progress).check_ledger(home)
    assert list_entries(tmp_path / "public", EntryFilter()).table.num_rows == 3


@pytest.mark.slow
def test_run_demo__refuses_what_was_sent_answers_what_was_cured_and_holds_under_orders(
    demo: tuple[DemoResult, str],
) -> None:
    result, _ = demo
    assert result.as_sent.is_batch_refused
    assert result.as_sent.counts_by_code == {"REFUSED": 400}
    assert not result.cured.is_batch_refused
    assert sum(result.cured.counts_by_code.values()) == 400
    assert (result.held.status, bool(result.held.blocking_order_ids)) == ("held", True)
    compared = result.comparison
    assert 0 < compared.missed_uncertain <= compared.missed, "what was missed was uncertain, for the most part"
    assert compared.confirmed + compared.not_confirmed + compared.refused == 400
    assert compared.confirmed == compared.confirmed_right + compared.confirmed_wrong
    assert compared.disclosed_2025 == compared.right_2025 + compared.another_address_2025 + compared.no_address_2025


@pytest.mark.slow
def test_run_demo__its_page_names_every_count_and_the_flipped_byte(demo: tuple[DemoResult, str]) -> None:
    result, page = demo
    assessed = result.papers.assessment
    for count in (result.requests, result.records, result.people, result.ledger.entry_count, assessed.customers):
        assert f"{count:,}" in page
    assert result.claims.sentence in page
    assert result.claims.confirmed == result.comparison.confirmed
    assert f"{result.claims.claimed_wrong:.1f} of these {result.claims.confirmed:,} would be wrong" in page
    assert result.ledger.root_hash in page.replace("&#43;", "+")
    assert result.ledger.flipped_byte in page
    for rule in assessed.rules:
        assert rule.rule.id in page
        assert rule.counts["must_act"].text in page
        assert all(reading.figures["without_document"].text in page for reading in rule.readings)
    assert assessed.label in page
    assert "synthetic" in page.lower()
    assert "<script" not in page
    assert "http" not in page
