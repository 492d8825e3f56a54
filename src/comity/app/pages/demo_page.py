"""Render the demonstration as one self-contained HTML page, its charts inline SVG.

Guarantees: no script, nothing fetched; every figure is of the run that is passed in.
Start at `render_demo_page`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from comity import gates, law
from comity.app.pages.page_template import load_template
from comity.assess import Assessment
from comity.assess.page import draw_without_document
from comity.evaluate.process_comparison import ProcessComparison
from comity.figures.exact_intervals import clopper_pearson
from comity.law.population_profile import PopulationProfile
from comity.model.document import InspectionReport, Proposition
from comity.model.finding import Finding, Outcome
from comity.pipeline import BatchResult

AUGUST_2025 = datetime(2025, 8, 7, 12, tzinfo=UTC)
AFTER_DENIAL = datetime(2026, 2, 25, 12, tzinfo=UTC)
_TIMELINE_RANGE = (datetime(2025, 4, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class LedgerDemo:
    """The published ledger's size and root hash, which byte was flipped in a copy, and what the checker said of it."""

    entry_count: int
    root_hash: str
    flipped_byte: str
    checker_finding: str


@dataclass(frozen=True, slots=True)
class InspectedPaper:
    """One paper of the demonstration and the report on it."""

    title: str
    report: InspectionReport


@dataclass(frozen=True, slots=True)
class PaperDemo:
    """The papers that were inspected, and the candidate rules that were assessed."""

    papers: tuple[InspectedPaper, ...]
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class ClaimedErrors:
    """What the agreement tolerates in the population of its profile; what was claimed of confirmations; what was so.

    `claimed_wrong` is the sum, over all confirmations, of the probability that each is wrong; `wrong` of them are.
    """

    tolerated_error: float
    population: PopulationProfile
    confirmed: int
    claimed_wrong: float
    wrong: int

    @property
    def sentence(self) -> str:
        """Return all of it in words.

        That a file is of another population is said only where the exact interval of its wrong share shows it.
        """
        tolerated = (
            f"The agreement tolerates at most {1000 * self.tolerated_error:g} wrong in 1,000 confirmations, in the "
            f"population that its profile {self.population.id} states ({self.population.title.lower()})."
        )
        were = "was" if self.wrong == 1 else "were"
        so = (
            f"At the least favorable end of its ranges, {self.claimed_wrong:.1f} of these {self.confirmed:,} would be "
            f"wrong; {self.wrong:,} {were}."
        )
        low, high = clopper_pearson(self.wrong, self.confirmed)
        share = f"{self.wrong / max(self.confirmed, 1):.2%} (exact interval, 95 %: {low:.3%} to {high:.2%})"
        verdict = f"That is {share}, within what is tolerated."
        if self.wrong > self.tolerated_error * self.confirmed:
            verdict = f"That is {share}: more than is tolerated by count, but too few confirmations to show it."
        if low > self.tolerated_error:
            verdict = f"That is {share}: more than is tolerated, so this file is of another population."
        return f"{tolerated} {so} {verdict}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What a demonstration did: the file as sent, cured and held; both processes; ledger; papers; seconds by step."""

    people: int
    records: int
    requests: int
    as_sent: BatchResult
    cured: BatchResult
    held: BatchResult
    comparison: ProcessComparison
    claims: ClaimedErrors
    ledger: LedgerDemo
    papers: PaperDemo
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BarSegment:
    """One segment of a bar: its value, its label, and the class that colors it."""

    value: int
    label: str
    css_class: str


@dataclass(frozen=True, slots=True)
class PaperCell:
    """What one paper gives for one question: the word on the page, and the class that colors it."""

    text: str
    css_class: str


_CELLS = {
    Outcome.MET: PaperCell("yes", "met"),
    Outcome.NOT_MET: PaperCell("no", "not-met"),
    Outcome.UNDETERMINED: PaperCell("not settled", "open"),
    Outcome.NOT_APPLICABLE: PaperCell("never shows it", "never"),
}
_NO_CHIP = PaperCell("nothing is signed", "never")
_PAPER_QUESTIONS = (
    (Proposition.UNALTERED, "Unaltered since it was signed?"),
    (Proposition.ISSUED_BY, "Shown to be the issuer's?"),
    (Proposition.FOREIGN_NATIONAL, "Shows a foreign nationality?"),
    (Proposition.US_CITIZEN, "Shows United States citizenship?"),
    (Proposition.SAME_PERSON, "Shows that the presenter is the person named?"),
)


@dataclass(frozen=True, slots=True)
class TimelineOrder:
    """One order on the timeline: where it starts, in percent of the width, and whether it blocks."""

    id: str
    title: str
    start_percent: float
    is_blocking: bool


def render_demo_page(demo: DemoResult, *, created_at: datetime) -> str:
    """Render the page."""
    compared = demo.comparison
    return load_template("demo.html.j2").render(
        demo=demo,
        compared=compared,
        refusals=[finding for finding in demo.as_sent.findings if finding.outcome is Outcome.NOT_MET],
        disclosed_segments=(
            BarSegment(compared.right_2025, "at the address asked about", "right"),
            BarSegment(compared.another_address_2025, "recorded at another address", "wrong"),
            BarSegment(compared.no_address_2025, "no address was set forth", "void"),
        ),
        confirmed_segments=(
            BarSegment(compared.confirmed_right, "at the address asked about", "right"),
            BarSegment(compared.confirmed_wrong, "not the person on record there", "wrong"),
        ),
        refused_by_rule=[(rule, gates.rule_requirement(rule), count) for rule, count in compared.refused_by_rule],
        timeline=_timeline_orders(),
        paper_rows=tabulate_papers(demo.papers.papers),
        estimates_chart=draw_without_document(demo.papers.assessment),
        marks=[(_position_percent(moment), f"{moment:%d %b %Y}") for moment in (AUGUST_2025, AFTER_DENIAL)],
        created_at=f"{created_at:%d %B %Y}",
    )


def tabulate_papers(papers: tuple[InspectedPaper, ...]) -> list[tuple[str, list[PaperCell]]]:
    """Return the table of papers: each question with one cell for each paper."""
    rows = [
        ("Formed as its standard says?", [_CELLS[p.report.conclusion(Proposition.FORM_SOUND).outcome] for p in papers]),
        ("Check digits of the zone", [_count_digits(p.report.findings) for p in papers]),
        ("Chip: data as the state signed them?", [_judge_hashes(p.report.findings) for p in papers]),
    ]
    return rows + [
        (question, [_CELLS[paper.report.conclusion(proposition).outcome] for paper in papers])
        for proposition, question in _PAPER_QUESTIONS
    ]


def _count_digits(findings: tuple[Finding, ...]) -> PaperCell:
    digits = [finding.outcome for finding in findings if finding.rule.startswith("zone_digits.")]
    if not digits:
        return PaperCell("it has none", "never")
    agreeing = digits.count(Outcome.MET)
    return PaperCell(f"{agreeing} of {len(digits)} agree", "met" if agreeing == len(digits) else "not-met")


def _judge_hashes(findings: tuple[Finding, ...]) -> PaperCell:
    outcomes = {finding.outcome for finding in findings if finding.rule.startswith("group_hashes.")}
    if not outcomes:
        return _NO_CHIP
    worst_first = (Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.MET, Outcome.NOT_APPLICABLE)
    return _CELLS[next(outcome for outcome in worst_first if outcome in outcomes)]


def _timeline_orders() -> list[TimelineOrder]:
    orders = sorted(law.load_law().orders.values(), key=lambda order: order.effective_at)
    return [
        TimelineOrder(
            order.id,
            f"{order.court}: {', '.join(str(instrument).replace('_', ' ') for instrument in order.instruments)}",
            _position_percent(order.effective_at),
            is_blocking=bool(order.prohibits),
        )
        for order in orders
    ]


def _position_percent(moment: datetime) -> float:
    start, end = _TIMELINE_RANGE
    return round(100 * (moment - start) / (end - start), 2)
