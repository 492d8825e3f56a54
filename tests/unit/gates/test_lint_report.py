"""The lint: what would be refused, by which law, and how to correct it; the gateway's own rules, and never a value."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comity import gates, intake, law
from comity.gates import lint_report
from comity.model.history import History
from tests.support.batch_folders import make_row, write_batch

AT = datetime(2025, 8, 7, tzinfo=UTC)
SECRETS = ("Zyxwvutson", "987 Unheard-of Ct", "C-77-SECRET")


def _lint(folder: Path, rows: list[dict[str, str]], at: datetime = AT, **manifest: Any) -> lint_report.LintReport:
    write_batch(folder / "batch", rows, **manifest)
    return lint_report.lint_batch(intake.read_draft(folder / "batch"), law=law.load_law(), at=at)


def test_a_clean_batch_is_reported_clean(tmp_path: Path) -> None:
    report = _lint(tmp_path, [make_row()])
    assert report.is_clean
    assert lint_report.to_lines(report) == ["1 requests. Nothing would be refused."]


def test_rows_are_counted_and_cited_in_the_rules_own_words(tmp_path: Path) -> None:
    bad = {"last_name": SECRETS[0], "case_number": SECRETS[2]}
    rows = [
        make_row(request_id="q1"),
        make_row(request_id="q2", street="Unknown Address", **bad),
        make_row(request_id="q3", tax_year="all", street=SECRETS[1], **bad),
    ]
    report = _lint(tmp_path, rows)
    document = lint_report.to_dict(report)
    assert document["rows_refused_by_rule"] == {
        "r06_taxable_period": 1,
        "a02_unknown_address": 1,
        "a07_number_and_street": 1,
    }
    year = document["rules"][0]
    assert (year["first_rows"], year["citation"]) == ([3], "26 USC 6103(i)(2)(B)(ii)")
    assert year["to_mend"] == "four digits of such a year."
    assert any("The taxable period or periods" in words for words in year["law"])
    text = "\n".join(lint_report.to_lines(report))
    assert not any(secret in text + str(document) for secret in SECRETS)
    assert "1 row(s) would be refused: r06_taxable_period [26 USC 6103(i)(2)(B)(ii)]; row 3" in text


def test_a_refused_batch_quotes_the_law(tmp_path: Path) -> None:
    report = _lint(tmp_path, [make_row()], officers=[])
    (finding, explanation), *_ = report.batch_findings
    assert finding.rule == "r03_officer_engagement"
    assert explanation is not None
    assert any("“officers and employees of such agency who are personally" in words for words in explanation.quotations)
    assert "refused whole" in "\n".join(lint_report.to_lines(report))


def test_an_order_in_force_holds_the_batch(tmp_path: Path) -> None:
    report = _lint(tmp_path, [make_row()], at=datetime(2025, 11, 21, tzinfo=UTC))
    assert [finding.rule for finding, _ in report.batch_findings] == ["r09_orders_in_force"]
    assert "would be held" in "\n".join(lint_report.to_lines(report))


def test_an_undetermined_row_holds_the_batch(tmp_path: Path) -> None:
    report = _lint(tmp_path, [make_row()], agreement="none-such")
    assert any(not failure.is_refused for failure in report.rule_failures)
    assert "held, and the batch with them" in "\n".join(lint_report.to_lines(report))


def test_it_counts_as_the_gateway_does(tmp_path: Path) -> None:
    rows = [
        make_row(request_id=f"q{n}", street=street) for n, street in enumerate(("TBD", "9 Elm Ave", "", "Laredo TX"))
    ]
    report = _lint(tmp_path, rows)
    batch = intake.read_draft(tmp_path / "batch")
    row_findings = gates.evaluate_gates(batch, law=law.load_law(), at=AT, history=History()).row_findings
    for failure in report.rule_failures:
        bit = row_findings.rules.index(failure.explanation.rule)
        assert failure.row_count == int((row_findings.not_met >> bit & 1).sum())
