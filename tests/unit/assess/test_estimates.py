"""Bounds, draws and intervals: they hold a simulated truth, a seed gives the same bytes, and groups move nothing."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from comity.assess import AssessmentInputs, assess_rules
from comity.assess.assessment import assess_cells
from comity.assess.assessment_facts import list_facts
from comity.assess.draws import Interval, draw_shares, interval_of, share_limits
from comity.assess.estimates import Estimate, PaperGroup
from comity.assess.rates import (
    FigureBasis,
    HeldPapers,
    PaperEvent,
    PaperState,
    Statistic,
    StatisticsFile,
    bound_share,
    load_statistics,
)
from comity.assess.synthetic import write_synthetic_customers
from comity.law.candidate import load_candidates
from comity.law.provisions import SourceMark
from comity.law.worth import load_evidence_table
from tests.unit.assess.bank import AS_OF, cells_of, customer, rule, write_csv

PASSPORTS = frozenset({"us-passport-book", "us-passport-card"})
BIRTH = frozenset({"us-birth-certificate"})
CERTIFICATE = frozenset({"certificate-of-naturalization"})


def _statistic(
    name: str, value: float, kinds: frozenset[str], state: PaperState = PaperState.VALID, n: int | None = None
) -> Statistic:
    return Statistic(
        id=name, label=name, basis=FigureBasis.PUBLISHED, unit="share", value=value, n=n,
        design_effect=1 if n else None,
        holds=HeldPapers(kinds=kinds, state=state), source="a test", year=2023, marks=(SourceMark.SOURCE,), note="",
    )  # fmt: skip


def _bounds(event: PaperEvent, *statistics: Statistic) -> tuple[float, float]:
    values = {statistic.id: statistic.value for statistic in statistics}
    low, high = bound_share(statistics, event).interval(values, values)
    return float(low), float(high)


PASSPORT = _statistic("passport", 0.4, PASSPORTS)
CURRENT = _statistic("current", 0.3, PASSPORTS, PaperState.CURRENT)
HELD = _statistic("held", 0.5, PASSPORTS, PaperState.HELD)
BIRTH_ONLY = _statistic("birth", 0.8, BIRTH)
ANY = _statistic("any", 0.9, PASSPORTS | BIRTH | CERTIFICATE)


@pytest.mark.parametrize(
    ("kinds", "state", "statistics", "bounds"),
    [
        (PASSPORTS, PaperState.VALID, (PASSPORT,), (0.4, 0.4)),
        (PASSPORTS, PaperState.VALID, (CURRENT, HELD), (0.3, 0.5)),
        (PASSPORTS, PaperState.CURRENT, (PASSPORT,), (0.0, 0.4)),
        (PASSPORTS, PaperState.HELD, (PASSPORT,), (0.4, 1.0)),
        (PASSPORTS | BIRTH, PaperState.VALID, (PASSPORT, BIRTH_ONLY), (0.8, 1.0)),
        (PASSPORTS | BIRTH, PaperState.VALID, (PASSPORT, _statistic("few", 0.1, BIRTH)), (0.4, 0.5)),
        (PASSPORTS | BIRTH, PaperState.VALID, (PASSPORT, BIRTH_ONLY, ANY), (0.8, 0.9)),
        (PASSPORTS | BIRTH | CERTIFICATE, PaperState.VALID, (ANY, PASSPORT), (0.9, 0.9)),
        (PASSPORTS | CERTIFICATE, PaperState.VALID, (PASSPORT,), (0.4, 1.0)),
        (BIRTH, PaperState.VALID, (), (0.0, 1.0)),
    ],
)
def test_a_share_is_bounded_by_what_it_contains_what_contains_it_and_what_covers_it(
    kinds: frozenset[str], state: PaperState, statistics: tuple[Statistic, ...], bounds: tuple[float, float]
) -> None:
    assert _bounds(PaperEvent(kinds, state), *statistics) == pytest.approx(bounds)


def test_the_published_intervals_of_the_survey_are_found_again() -> None:
    at_hand, none = load_statistics()["no-proof-at-hand"], load_statistics()["no-proof-at-all"]
    plain = at_hand.model_copy(update={"design_effect": 1})

    def ends(statistic: Statistic) -> tuple[float, float]:
        draws = draw_shares([statistic], seed=3)
        interval = interval_of(draws.low[statistic.id], draws.high[statistic.id])
        return round(100 * (1 - interval.high), 1), round(100 * (1 - interval.low), 1)

    assert ends(plain) == pytest.approx((8.0, 10.3), abs=0.1)
    assert ends(at_hand) == pytest.approx((7.6, 10.9), abs=0.15)
    assert ends(none) == pytest.approx((1.0, 2.5), abs=0.1)


@pytest.mark.parametrize(
    ("share", "asked", "customers"), [(0.984, 1193, 20_000), (0.909, 1193, 300_000), (0.43, 300, 5_000), (0.5, 60, 400)]
)
def test_an_interval_holds_the_truth_in_95_of_100_surveys(share: float, asked: int, customers: int) -> None:
    """Every possible survey with its probability: an interval from it alone, and the truth about the customers."""
    answers = np.arange(asked + 1)
    chances = stats.binom.pmf(answers, asked, share)
    held = 0.0
    for answer in answers[chances > 1e-5]:
        statistic = _statistic("survey", answer / asked, PASSPORTS, n=asked)
        draws = draw_shares([statistic], seed=int(answer), draws=1_000)
        bounds = bound_share([statistic], PaperEvent(PASSPORTS, PaperState.VALID))
        interval = Estimate.of([PaperGroup(PASSPORTS, customers, customers)], [bounds], draws).interval
        ends = np.ceil(interval.low) - 1, np.floor(interval.high)
        below, up_to = (float(stats.binom.cdf(end, customers, 1 - share)) for end in ends)
        held += chances[answer] * (up_to - below)
    assert held >= 0.95


def test_limits_at_the_ends_do_not_fail() -> None:
    uniform = np.linspace(0.01, 0.99, 50)
    low, high = share_limits(_statistic("none", 0.0, BIRTH, n=100), uniform)
    assert low.max() == 0
    assert 0 < high.max() < 0.1
    low, high = share_limits(_statistic("every", 1.0, BIRTH, n=100), uniform)
    assert high.min() == 1
    assert 0.9 < low.min() < 1


def test_a_share_without_a_sample_is_not_drawn() -> None:
    draws = draw_shares([load_statistics()["passport-held-spae"]], seed=1)
    assert np.ptp(draws.low["passport-held-spae"]) == 0


def test_the_draws_of_a_statistic_do_not_depend_on_what_else_is_drawn() -> None:
    statistics = [s for s in load_statistics().statistics if s.holds]
    together, alone = draw_shares(statistics, 5), draw_shares(statistics[:1], 5)
    name = statistics[0].id
    assert np.array_equal(together.low[name], alone.low[name])
    assert not np.array_equal(together.low[name], draw_shares(statistics, 6).low[name])


def test_the_same_seed_gives_the_same_facts_and_another_seed_others(tmp_path: Path) -> None:
    path = tmp_path / "bank.parquet"
    write_synthetic_customers(path, 20_000, 1, AS_OF)
    rules = list(load_candidates().values())
    first, second, other = (list_facts(assess_rules(path, rules, AssessmentInputs(AS_OF, seed))) for seed in (1, 1, 2))
    assert first == second
    assert first["differences"] != other["differences"]
    assert first["rules"][0]["counts"] == other["rules"][0]["counts"]


def test_sources_that_disagree_stand_apart_and_rules_of_one_unknown_share_are_paired(tmp_path: Path) -> None:
    path = tmp_path / "bank.parquet"
    write_synthetic_customers(path, 50_000, 1, AS_OF)
    on_file = load_candidates()
    assessed = assess_rules(
        path, [on_file["passport-only-all"], on_file["passport-only-new"], on_file["none"]], AssessmentInputs(AS_OF)
    )
    everyone, new, none = assessed.rules
    assert [reading.family for reading in everyone.readings] == ["SPAE", "YouGov"]
    assert [reading.family for reading in none.readings] == [""]
    spae, yougov = (reading.figures["without_document"] for reading in everyone.readings)
    assert spae.low < yougov.low
    paired = next(
        d.interval
        for d in assessed.differences
        if (d.first, d.second, d.family) == ("passport-only-all", "passport-only-new", "SPAE")
    )
    apart = Interval(
        spae.low - new.readings[0].figures["without_document"].high,
        spae.high - new.readings[0].figures["without_document"].low,
    )
    assert paired.high - paired.low < apart.high - apart.low


def test_a_rule_and_its_copy_do_not_differ_by_a_single_customer(tmp_path: Path) -> None:
    path = tmp_path / "bank.parquet"
    write_synthetic_customers(path, 50_000, 1, AS_OF)
    for terms in ({}, {"name_rule": "exact"}, {"shows": ["us-birth-certificate"]}):
        assessed = assess_rules(path, [rule(id="first", **terms), rule(id="copy", **terms)], AssessmentInputs(AS_OF))
        assert {(d.interval.low, d.interval.high) for d in assessed.differences} == {(0.0, 0.0)}


def test_what_a_blank_leaves_open_raises_the_high_end_alone(tmp_path: Path) -> None:
    blank = [customer(f"c{n}", document_kind="") for n in range(200)]
    reading = assess_rules(write_csv(tmp_path / "a.csv", blank), [rule()], AssessmentInputs(AS_OF)).rules[0].readings[0]
    without = reading.figures["without_document"]
    assert without.low == 0
    assert 80 <= without.high <= 140


def test_group_figures_move_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bank.parquet"
    write_synthetic_customers(path, 5_000, 1, AS_OF)
    rules = list(load_candidates().values())
    statistics, table, cells = load_statistics(), load_evidence_table(), cells_of(path, *rules)
    changed = StatisticsFile(
        statistics=statistics.statistics, groups=tuple(g.model_copy(update={"value": 0.99}) for g in statistics.groups)
    )
    plain, moved = (
        list_facts(assess_cells(cells, rules, AssessmentInputs(AS_OF), s, table)) for s in (statistics, changed)
    )
    assert plain == moved


def test_costs_follow_from_counts_and_statistics(tmp_path: Path) -> None:
    path = tmp_path / "bank.parquet"
    write_synthetic_customers(path, 50_000, 1, AS_OF)
    on_file = load_candidates()
    rules = [on_file["passport-only-all"], on_file["proof-list-link"]]
    without_fee = assess_rules(path, rules, AssessmentInputs(AS_OF))
    with_fee = assess_rules(path, rules, AssessmentInputs(AS_OF, 0, 30.0))
    passports = without_fee.rules[0]
    costs, act = passports.readings[0].costs, passports.counts["must_act"].low // 10 * 10
    assert costs["bank_hours"].low == pytest.approx(act * 3 / 60)
    assert costs["letters_a_day"].low == pytest.approx(act / 365)
    assert costs["customer_fees"].low == pytest.approx(passports.readings[0].figures["obtainable"].low * 65)
    assert "customer_fees" not in without_fee.rules[1].readings[0].costs
    assert with_fee.rules[1].readings[0].costs["customer_fees"].based_on[-1] == "count:birth_certificate_fee"


def test_the_printed_checks_come_out_of_the_statistics(tmp_path: Path) -> None:
    path = tmp_path / "bank.parquet"
    write_synthetic_customers(path, 1_000, 1, AS_OF)
    tests = {
        test.id: test for test in assess_rules(path, [load_candidates()["none"]], AssessmentInputs(AS_OF)).backtests
    }
    nation = tests["nation-spae"]
    assert (round(nation.predicted.low / 1e6), round(nation.predicted.high / 1e6)) == (103, 122)
    assert nation.observed is not None
    assert (round(nation.observed.low, 1), round(nation.observed.high, 1)) == (3.8, 4.4)
    minutes = tests["press-cip-accounts"].predicted
    assert (round(minutes.low), round(minutes.high)) == (34, 78)
    minutes = tests["press-bank-customers"].predicted
    assert (round(minutes.low), round(minutes.high)) == (7, 17)
    kansas = tests["kansas"]
    assert kansas.observed is not None
    assert kansas.observed.low > kansas.predicted.high
    assert "above the interval" in kansas.meaning
