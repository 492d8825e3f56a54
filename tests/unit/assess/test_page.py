"""The page: every figure on it leads to a count or a statistic, it says what it must, and it is one small file."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from comity.assess import Assessment, AssessmentInputs, assess_rules
from comity.assess.assessment_facts import list_facts
from comity.assess.figure import Figure, format_value
from comity.assess.page import MAX_PAGE_BYTES, render_assessment
from comity.assess.rates import FigureBasis, load_statistics
from comity.assess.synthetic import write_synthetic_customers
from comity.errors import EXIT_USAGE, ComityError
from comity.law.candidate import Candidate, load_candidates
from comity.law.worth import load_evidence_table
from tests.unit.assess.bank import AS_OF, SETTLED, customer, rule, write_csv

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
    by_state = {f"{n:,}" for rule in assessment.rules for n in rule.by_state.values()} | {"under 10"}
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


def test_every_bar_and_dot_says_what_it_is_where_a_pointer_rests_on_it(page: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(pictures) > 6
    for picture in pictures:
        assert re.search(r"aria-label=\"([^\"]+)\"[^>]*><title>\1</title>", picture)
        rows, values = re.findall(r"<g><title>([^<]+)</title>", picture), re.findall(r"data-based-on", picture)
        assert len(rows) == len(values)
        assert all(re.search(r": .+\. (counted|published|assumed|derived): [a-z]", row) for row in rows), rows


def test_what_a_figure_rests_on_is_told_in_words(page: str) -> None:
    for tooltip in re.findall(r'class="fig \w+"[^>]* title="([^"]*)"', page):
        assert not re.search(r"count:|_|\b[a-z]+-[a-z]+-(spae|yougov)", tooltip), tooltip
    assert "customers who must act" in page


def test_the_page_speaks_in_plain_words(page: str) -> None:
    text = " ".join(_parsed(page).rest)
    for word in ("not_addressed", "out of scope", "rule silent", "estimable", "transplanted", "us-passport-book"):
        assert word not in text
    assert "any of: US passport book" in page
    assert "where they differ, a paper that links the names will do" in page


def test_a_page_that_would_be_too_large_is_not_written(assessment: Assessment) -> None:
    many = replace(assessment, rules=assessment.rules * 40)
    with pytest.raises(ComityError, match=r"larger than 300 kB, so it is not written") as caught:
        render_assessment(many)
    assert caught.value.exit_code == EXIT_USAGE


def _printed(tmp_path: Path, rows: list[dict[str, str]], candidate: Candidate) -> tuple[str, str]:
    """The page and the facts of a file, without the lines that cite the rule."""
    assessment = assess_rules(write_csv(tmp_path / "a.csv", rows), [candidate], AssessmentInputs(AS_OF))
    return render_assessment(assessment), str(list_facts(assessment))


@pytest.mark.parametrize("number_kind", ["alien_card", "passport", "foreign_document", "itin", "ein"])
def test_no_output_tells_whether_one_customer_is_in_the_file(tmp_path: Path, number_kind: str) -> None:
    many = [customer(f"c{n}") for n in range(43)]
    one = customer("one", number_kind=number_kind, state="WY", opened_on="2001-02-03")
    narrow = {"number_kinds": [number_kind], "opened_from": "2001-02-03", "opened_before": "2001-02-04"}
    for candidate in (rule(), rule(who=narrow), rule(who={"number_kinds": [number_kind]})):
        without = _printed(tmp_path, many, candidate)
        assert _printed(tmp_path, [*many, one], candidate) == without
        assert "Wyoming" not in without[0].split("Must act, by state")[1].split("</details>")[0]


def test_the_same_assessment_gives_the_same_bytes(assessment: Assessment, page: str) -> None:
    assert render_assessment(assessment) == page


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(1234, 1234, FigureBasis.COUNTED, ()), "1,230"),
        (Figure(1235, 1235, FigureBasis.COUNTED, ()), "1,240"),
        (Figure(0, 0, FigureBasis.COUNTED, ()), "under 10"),
        (Figure(9, 9, FigureBasis.COUNTED, ()), "under 10"),
        (Figure(10, 10, FigureBasis.COUNTED, ()), "10"),
        (Figure(0, 0, FigureBasis.COUNTED, (), is_exact=True), "0"),
        (Figure(-5, 1234, FigureBasis.DERIVED, ()), "−5 to 1,234"),
        (Figure(0.0151, 0.0153, FigureBasis.DERIVED, (), "share"), "1.5 %"),
        (Figure(4_163_000, 26_010_000, FigureBasis.DERIVED, (), "usd"), "$4.16M–$26.0M"),
        (Figure(106.3, 106.3, FigureBasis.PUBLISHED, (), "usd"), "$106"),
        (Figure(39_162.3, 243_901, FigureBasis.DERIVED, (), "hours"), "39,200–244,000"),
    ],
)
def test_figures_are_written_for_people(figure: Figure, text: str) -> None:
    assert figure.text == text
