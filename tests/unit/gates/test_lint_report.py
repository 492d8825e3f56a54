"""The lint: what would be refused, by which law, and how to correct it; the gateway's own rules, and never a value."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from comity import gates, intake, law
from comity.gates import lint_report
from comity.gates.lint_findings import list_findings
from comity.gates.register import REGISTER
from comity.model.history import History
from comity.model.request_fields import ADDED_FIELDS, REQUEST_FIELDS
from tests.support.batch_folders import encode_csv, make_row, write_batch

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
    assert "1 row(s) would be refused: r06_taxable_period [26 USC 6103(i)(2)(B)(ii)]; row 3 (q3)" in text


def test_an_id_that_is_no_plain_id_is_not_shown(tmp_path: Path) -> None:
    ids = ("\x1b[2Jcleared", "a" * 100, "Zyxwvutson, Maria", "\u202etxt", "q-5:b.c")
    report = _lint(tmp_path, [make_row(request_id=name, tax_year="all") for name in ids])
    failure = report.rule_failures[0]
    assert failure.first_ids == ("", "", "", "", "q-5:b.c")
    text = "\n".join(lint_report.to_lines(report))
    assert "row 1, 2, 3, 4, 5 (q-5:b.c)" in text
    assert "\x1b" not in text


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
    report = _lint(tmp_path, [make_row(reason=f"To find the subject. {make_row()['reason']}")])
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


def _rules(report: lint_report.LintReport) -> list[str]:
    """Return the rules of the batch's findings, then of the rows'."""
    return [finding.rule for finding, _ in report.batch_findings] + [f.explanation.rule for f in report.rule_failures]


def _inspect(folder: Path, at: datetime = AT) -> lint_report.LintReport:
    return lint_report.lint_batch(intake.inspect_draft(folder), law=law.load_law(), at=at)


def test_a_wrong_layout_is_one_finding(tmp_path: Path) -> None:
    rows = [make_row(request_id=f"q{n}") for n in range(1, 4)]
    old = [name for name in REQUEST_FIELDS if name not in ADDED_FIELDS]
    contents = {
        "old": encode_csv([{name: row[name] for name in old} for row in rows], old),
        "semicolons": encode_csv(rows).replace(b",", b";"),
        "no last name": encode_csv(
            [{k: v for k, v in row.items() if k != "last_name"} for row in rows],
            [name for name in REQUEST_FIELDS if name != "last_name"],
        ),
        "not a file of requests": b"hello\n" * 3,
    }
    for name, content in contents.items():
        write_batch(tmp_path / name, content)
        report = _inspect(tmp_path / name)
        assert _rules(report) == ["r13_file_form"], name
        assert report.not_judged, name


def test_an_agreement_that_is_not_on_file_is_one_finding(tmp_path: Path) -> None:
    report = _lint(
        tmp_path, [make_row(), make_row(request_id="q2", street="Unknown Address", street2="")], agreement="none-such"
    )
    assert _rules(report) == ["r10_agreement", "a02_unknown_address", "a07_number_and_street"]
    assert report.not_judged


def test_what_no_row_passes_is_said_once(tmp_path: Path) -> None:
    report = _lint(tmp_path, [make_row(request_id=f"q{n}", tax_year="all") for n in range(3)])
    assert _rules(report) == ["r06_taxable_period"]
    assert "refused, and with them the whole batch" in "\n".join(lint_report.to_lines(report))


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    rows = [
        make_row(request_id="q1", street="Unknown Address", street2="", reason="a\0b"),
        make_row(request_id="q2", tax_year="all"),
        make_row(request_id="q 3"),
        make_row(request_id="q1"),
    ]
    folder = tmp_path / "batch"
    write_batch(folder, encode_csv(rows) + b"too,few\n", batch_id="b")
    manifest = json.loads((folder / "batch.json").read_text())
    manifest |= {"batch_id": "no good", "officers": [{"id": "o1"}, 7], "synthetic": "perhaps", "more": 1}
    (folder / "batch.json").write_text(json.dumps(manifest))
    report = _inspect(folder)
    text = "\n".join(lint_report.to_lines(report))
    for said in (
        "batch_id is not 1 to 128 letters",
        "officers, number 1, name is missing",
        "officers, number 2 is not an object",
        "synthetic is not true or false",
        "batch.json has 1 unknown member",
        "batch.json is not what was signed",
        "(column reason; rows 1; 1 in all)",
        "(column request_id; rows 3; 1 in all)",
        "(column request_id; rows 1, 4; 2 in all)",
        "(rows 5; 1 in all)",
        "a02_unknown_address",
        "r06_taxable_period",
        "Not judged: r03_officer_engagement",
    ):
        assert said in text, said
    assert "no good" not in text
    assert "perhaps" not in text
    refused = {failure.explanation.rule: failure.rows.tolist() for failure in report.rule_failures}
    on_the_address = {"a02_unknown_address": [1], "a07_number_and_street": [1]}
    assert refused == {"r06_taxable_period": [2]} | on_the_address, "nothing about what could not be read"


def test_every_finding_is_a_line_with_its_row(tmp_path: Path) -> None:
    rows = [
        make_row(request_id=f"q{n}", street="Unknown Address" if n % 2 else "9 Elm St", street2="")
        for n in range(1, 101)
    ]
    rows[6] |= {"request_id": "not good", "tax_year": "all"}
    write_batch(tmp_path / "batch", rows, agreement="irs-ice-2025")
    (tmp_path / "batch" / "batch.json.jws").unlink()
    batch = intake.inspect_draft(tmp_path / "batch")
    report = lint_report.lint_batch(batch, law=law.load_law(), at=AT)
    lines = [line for lines in list_findings(report, batch.requests) for line in lines.to_pylist()]
    assert (lines[0]["row"], lines[0]["rule"]) == (None, "r02_signature")
    assert "comity request sign" in lines[0]["to_do"]
    streets = [line for line in lines if line["rule"] == "a02_unknown_address"]
    assert [line["row"] for line in streets] == list(range(1, 101, 2))
    assert {line["column"] for line in streets} == {"street"}
    assert [line["request_id"] for line in streets][:4] == ["q1", "q3", "q5", "row:7"]
    assert [line["rule"] for line in lines if line["row"] == 7] == [
        "r13_file_form",
        "r06_taxable_period",
        "a02_unknown_address",
        "a07_number_and_street",
    ]
    assert [line["row"] or 0 for line in lines] == sorted(line["row"] or 0 for line in lines)
    assert all(line["finding"] for line in lines)


def test_every_rule_about_rows_names_its_columns() -> None:
    for rule in REGISTER:
        assert bool(rule.columns) == (rule.rows is not None), rule.id
        assert set(rule.columns) <= set(REQUEST_FIELDS), rule.id


def test_each_text_of_the_law_is_printed_once(tmp_path: Path) -> None:
    streets = ("Unknown Address", "TBD", "", "Laredo TX", "See file", "12345")
    rows = [make_row(request_id=f"q{n}", street=street, tax_year="all") for n, street in enumerate(streets)]
    lines = [line for line in lint_report.to_lines(_lint(tmp_path, rows, officers=[])) if line.startswith("  law")]
    quoted = [line for line in lines if not line.endswith(", quoted above")]
    assert len(quoted) == len(set(quoted)) < len(lines)


def test_rows_that_ask_the_same_are_named_and_not_refused(tmp_path: Path) -> None:
    rows = [make_row(request_id=f"q{n}", case_number=f"C-{n % 2}") for n in range(1, 4)]
    report = _lint(tmp_path, rows)
    assert report.repeats == ((1, 3),)
    assert "the same is asked twice in rows 1 and 3." in "\n".join(lint_report.to_lines(report))
    assert lint_report.to_dict(report)["repeats"] == [[1, 3]]
    found = pa.Table.from_batches(list_findings(report, intake.read_draft(tmp_path / "batch").requests)).to_pylist()
    assert [line["row"] for line in found if line["rule"] == "repeated_row"] == [1, 3]
    assert not _lint(tmp_path / "other", rows[:2]).repeats
