"""The lint: what would be refused, by which law, how to mend it; the same rules as the gateway's, and never a value."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from comity import gates, intake, law
from comity.gates import REGISTER, lint_report
from comity.model.history import History
from tests.support.batch_folders import make_row, write_batch

AT = datetime(2025, 8, 7, tzinfo=UTC)
SECRETS = ("Zyxwvutson", "987 Unheard-of Ct", "C-77-SECRET")


def _lint(folder: Path, rows: list[dict[str, str]], at: datetime = AT, **manifest: Any) -> lint_report.LintReport:
    write_batch(folder / "batch", rows, **manifest)
    return lint_report.lint_batch(intake.read_batch(folder / "batch", lambda _manifest: {}), law=law.load_law(), at=at)


def test_a_clean_batch_is_said_to_be_clean(tmp_path: Path) -> None:
    found = _lint(tmp_path, [make_row()])
    assert found.is_clean
    assert lint_report.to_lines(found) == ["1 requests. Nothing would be refused."]


def test_rows_are_counted_cited_and_mended_in_the_rules_own_words(tmp_path: Path) -> None:
    bad = {"last_name": SECRETS[0], "case_number": SECRETS[2]}
    rows = [
        make_row(request_id="q1"),
        make_row(request_id="q2", street="Unknown Address", **bad),
        make_row(request_id="q3", tax_year="all", street=SECRETS[1], **bad),
    ]
    found = _lint(tmp_path, rows)
    facts = lint_report.to_dict(found)
    assert facts["rows_refused_by_rule"] == {
        "r06_taxable_period": 1,
        "a02_unknown_address": 1,
        "a07_number_and_street": 1,
    }
    year = facts["rules"][0]
    assert (year["first_rows"], year["citation"]) == ([3], "26 USC 6103(i)(2)(B)(ii)")
    assert year["to_mend"] == "four digits of such a year."
    assert any("The taxable period or periods" in words for words in year["law"])
    said = "\n".join(lint_report.to_lines(found))
    assert not any(secret in said + str(facts) for secret in SECRETS)
    assert "1 row(s) would be refused: r06_taxable_period [26 USC 6103(i)(2)(B)(ii)]; row 3" in said


def test_the_whole_batch_is_told_with_the_law_quoted(tmp_path: Path) -> None:
    found = _lint(tmp_path, [make_row()], officers=[])
    (finding, explained), *_ = found.batch_findings
    assert finding.rule == "r03_officer_engagement"
    assert explained is not None
    assert any("“officers and employees of such agency who are personally" in words for words in explained.quotations)
    assert "refused whole" in "\n".join(lint_report.to_lines(found))


def test_an_order_in_force_is_said_to_hold_it(tmp_path: Path) -> None:
    found = _lint(tmp_path, [make_row()], at=datetime(2025, 11, 21, tzinfo=UTC))
    assert [finding.rule for finding, _ in found.batch_findings] == ["r09_orders_in_force"]
    assert "would be held" in "\n".join(lint_report.to_lines(found))


def test_an_open_row_is_said_to_hold_the_batch(tmp_path: Path) -> None:
    found = _lint(tmp_path, [make_row()], agreement="none-such")
    assert any(not one.is_refused for one in found.rule_failures)
    assert "held, and the batch with them" in "\n".join(lint_report.to_lines(found))


def test_it_judges_as_the_gateway_does(tmp_path: Path) -> None:
    rows = [
        make_row(request_id=f"q{n}", street=street) for n, street in enumerate(("TBD", "9 Elm Ave", "", "Laredo TX"))
    ]
    found = _lint(tmp_path, rows)
    read = intake.read_batch(tmp_path / "batch", lambda _manifest: {})
    judged = gates.evaluate_gates(read, law=law.load_law(), at=AT, history=History()).row_findings
    for one in found.rule_failures:
        assert one.row_count == int((judged.not_met >> judged.rules.index(one.explanation.rule) & 1).sum())


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_says_how_to_pass_it_and_under_which_words(rule: gates.Rule) -> None:
    rules = law.load_law()
    for rows in [rows for rows in (True, False) if (rule.rows if rows else rule.batch)]:
        said = gates.explain_rule(rule.id, law=rules, agreement=None, rows=rows)
        assert said.met_when
        assert said.not_met_when or rule.id == "r00_law_on_file"
        assert said.quotations
        assert said.citation == rule.citation


def test_words_that_counsel_must_confirm_are_marked() -> None:
    said = gates.explain_rule("d04_protected_subject", law=law.load_law(), agreement=None, rows=False)
    assert said.quotations[0].endswith("[counsel must confirm]")
    with pytest.raises(RuntimeError):
        gates.rule_requirement("x99_none")
