"""The demonstration's second part: what it shows of three papers and two candidate rules."""

from pathlib import Path

import pytest

from comity.app.pages.demo_page import PaperDemo, tabulate_papers
from comity.app.use_cases.paper_demonstration import DEMO_RULES, demonstrate_papers
from comity.model.document import Proposition
from comity.model.finding import Outcome

CUSTOMERS = 3_000


@pytest.fixture(name="demo", scope="module")
def _demo(tmp_path_factory: pytest.TempPathFactory) -> PaperDemo:
    stages: set[str] = set()
    demo = demonstrate_papers(
        tmp_path_factory.mktemp("demo"), customers=CUSTOMERS, seed=1, progress=lambda stage, _: stages.add(stage)
    )
    assert len(stages) >= 3
    return demo


def test_demonstrate_papers__a_changed_nationality_passes_every_digit_and_no_signature(demo: PaperDemo) -> None:
    issued, changed, license_ = (paper.report for paper in demo.papers)
    for report in (issued, changed):
        digits = [finding.outcome for finding in report.findings if finding.rule.startswith("zone_digits.")]
        assert digits == [Outcome.MET] * 5
    shown = [report.conclusion(Proposition.FOREIGN_NATIONAL).outcome for report in (issued, changed, license_)]
    assert shown == [Outcome.MET, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE]
    assert changed.conclusion(Proposition.UNALTERED).outcome is Outcome.NOT_MET
    assert {finding.outcome for finding in license_.findings} <= {Outcome.MET, Outcome.NOT_APPLICABLE}


def test_demonstrate_papers__no_paper_says_anything_against_citizenship_or_of_the_presenter(demo: PaperDemo) -> None:
    for paper in demo.papers:
        assert paper.report.conclusion(Proposition.US_CITIZEN).outcome is Outcome.NOT_APPLICABLE
        assert paper.report.conclusion(Proposition.SAME_PERSON).outcome is Outcome.NOT_APPLICABLE


def test_demonstrate_papers__assesses_the_rules_and_applies_none(demo: PaperDemo) -> None:
    assessed = demo.assessment
    assert tuple(rule.rule.id for rule in assessed.rules) == DEMO_RULES
    assert (assessed.customers, assessed.is_synthetic) == (CUSTOMERS, True)
    assert assessed.label == "not legally required; off by default"


def test_tabulate_papers__one_cell_for_each_paper_and_question(demo: PaperDemo) -> None:
    rows = dict(tabulate_papers(demo.papers))
    assert [cell.text for cell in rows["Check digits of the zone"]] == ["5 of 5 agree", "5 of 5 agree", "it has none"]
    signed = rows["Chip: data as the state signed them?"]
    assert [cell.text for cell in signed] == ["yes", "no", "nothing is signed"]
    assert {len(cells) for cells in rows.values()} == {3}


def test_demonstrate_papers__writes_customers_and_nothing_of_a_paper(tmp_path: Path) -> None:
    demonstrate_papers(tmp_path, customers=CUSTOMERS, seed=1, progress=lambda _stage, _share: None)
    assert [path.name for path in tmp_path.rglob("*")] == ["customers.parquet"]
