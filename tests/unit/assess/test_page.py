"""The page: every figure on it leads to a count or a statistic, it says what it must, and it is one small file."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from comity.assess import Assessment, AssessmentInputs, assess_rules
from comity.assess.figure import Figure, format_value
from comity.assess.page import MAX_PAGE_BYTES, render_assessment
from comity.assess.rates import FigureBasis, load_statistics
from comity.assess.synthetic import write_synthetic_customers
from comity.law.candidate import load_candidates
from comity.law.worth import load_evidence_table
from tests.unit.assess.bank import AS_OF, SETTLED, customer, write_csv

GIVEN = {"count:seed", "count:customers", "count:deadline_days", "count:birth_certificate_fee"}


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    path = tmp_path_factory.mktemp("bank") / "bank.parquet"
    write_synthetic_customers(path, 40_000, 1, AS_OF)
    return assess_rules(path, list(load_candidates().values()), AssessmentInputs(AS_OF, 0, 25.0))


@pytest.fixture(scope="module")
def page(assessment: Assessment) -> str:
    return render_assessment(assessment)


class _Page(HTMLParser):
    """Collects figures (text, what they rest on, what they are), and text that is neither a figure nor cited."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, list[str], str]] = []
        self.rest: list[str] = []
        self._inside: list[str] = []
        self._figure: tuple[list[str], str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"meta", "rect", "path", "circle"}:
            return
        given = dict(attrs)
        is_cited = "cited" in (given.get("class") or "").split() or tag in {"time", "style", "title"}
        if given.get("data-based-on"):
            self._figure = ((given["data-based-on"] or "").split(), given.get("data-basis") or "")
            self._inside.append("data-based-on")
        else:
            self._inside.append("cited" if is_cited else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"meta", "rect", "path", "circle"}:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] == "data-based-on" and self._figure:
            self.figures.append((data, *self._figure))
        elif "cited" not in self._inside:
            self.rest.append(data)


def _parsed(page: str) -> _Page:
    parsed = _Page()
    parsed.feed(page)
    return parsed


def test_every_figure_leads_to_a_count_or_a_statistic(assessment: Assessment, page: str) -> None:
    statistics = load_statistics()
    known = {s.id for s in statistics.statistics} | {g.id for g in statistics.groups} | GIVEN
    known |= {f"count:{name}" for rule in assessment.rules for name in rule.counts}
    figures = _parsed(page).figures
    assert len(figures) > 200
    for text, based_on, basis in figures:
        assert based_on, text
        assert set(based_on) <= known, text
        assert basis in {*FigureBasis, ""}, text


def test_no_number_stands_on_the_page_without_what_it_rests_on(assessment: Assessment, page: str) -> None:
    text = " ".join(_parsed(page).rest)
    names = [rule.rule.id for rule in assessment.rules] + [g.group for g in load_statistics().groups]
    for name in sorted(
        [*names, *(s.id for s in load_statistics().statistics), *load_evidence_table().kinds], key=len, reverse=True
    ):
        text = text.replace(name, "")
    assert not re.findall(r".{0,30}\d.{0,30}", text)


def test_every_published_figure_is_the_one_on_file(page: str) -> None:
    statistics = {s.id: s for s in load_statistics().statistics}
    groups = {g.id: g for g in load_statistics().groups}
    seen = set()
    for text, based_on, basis in _parsed(page).figures:
        if basis not in {"published", "assumed"} or len(based_on) != 1:
            continue
        name = based_on[0]
        seen.add(name)
        values = (
            [(groups[name].value, "share")] if name in groups else [(statistics[name].value, statistics[name].unit)]
        )
        if name in statistics and statistics[name].n is not None:
            values += [(statistics[name].n or 0, "count"), (statistics[name].design_effect or 0, "count")]
        assert text in {format_value(value, unit) for value, unit in values}, name
    assert seen >= set(groups)


def test_every_count_on_the_page_is_the_one_counted(assessment: Assessment, page: str) -> None:
    counts = {(f"count:{n}", f.text) for rule in assessment.rules for n, f in rule.counts.items()}
    counts |= {("count:customers", f"{assessment.customers:,}")}
    by_state = {f"{n:,}" for rule in assessment.rules for n in (*rule.by_state.values(), 0)}
    for text, based_on, basis in _parsed(page).figures:
        if basis == "counted":
            assert (based_on[0], text) in counts or (based_on == ["count:must_act"] and text in by_state), text


def test_the_page_says_what_it_is(page: str, tmp_path: Path) -> None:
    assert "Synthetic data" in page
    assert page.lower().count("not legally required; off by default") >= 1 + len(load_candidates())
    assert "counsel must confirm" in page
    assert "They are not applied to this file" in page
    real = assess_rules(
        write_csv(tmp_path / "a.csv", [SETTLED, customer("a")]), [load_candidates()["none"]], AssessmentInputs(AS_OF)
    )
    assert "not marked synthetic: treat this page as confidential" in render_assessment(real)


def test_the_page_is_one_small_file_without_script_or_anything_fetched(page: str) -> None:
    assert len(page.encode()) <= MAX_PAGE_BYTES
    assert not re.search(
        r"<script|javascript:|\son\w+=|<link|<img|<iframe|@import|url\(|https?://|<form", page, re.IGNORECASE
    )


def test_the_same_assessment_gives_the_same_bytes(assessment: Assessment, page: str) -> None:
    assert render_assessment(assessment) == page


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(1234, 1234, FigureBasis.COUNTED, ()), "1,234"),
        (Figure(-5, 1234, FigureBasis.DERIVED, ()), "−5 to 1,234"),
        (Figure(0.0151, 0.0153, FigureBasis.DERIVED, (), "share"), "1.5 %"),
        (Figure(4_163_000, 26_010_000, FigureBasis.DERIVED, (), "usd"), "$4.16M–$26.0M"),
        (Figure(106.3, 106.3, FigureBasis.PUBLISHED, (), "usd"), "$106"),
        (Figure(39_162.3, 243_901, FigureBasis.DERIVED, (), "hours"), "39,200–244,000"),
    ],
)
def test_figures_are_written_for_people(figure: Figure, text: str) -> None:
    assert figure.text == text
