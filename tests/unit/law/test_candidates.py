"""Candidate rules: what does not load, what changes from a day on, and that nothing applies one."""

import ast
import dataclasses
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity import law
from comity.errors import EXIT_REFUSED, EXIT_USAGE, PolicyError
from comity.law import Agreement, CitedRecord, CourtOrder, Law, Statute, compute_seal
from comity.law.candidate import (
    Candidate,
    NameRule,
    Status,
    find_candidate,
    load_candidates,
    parse_candidate,
    read_candidate,
    refuse_to_apply,
)
from comity.law.identification import IdentificationRule
from comity.law.loader import CUSTODIAN_LAW_TYPES, build_document, parse_document
from comity.law.provisions import compute_file_seal
from comity.law.seal import seal_whole_yaml
from comity.law.worth import DocumentKind, load_evidence_table

SOURCE = Path(__file__).parents[3] / "src" / "comity"
RULE = (files("comity.law") / "candidates" / "proof-list-link.yaml").read_text(encoding="utf-8")
DEMONSTRATION = ("app/use_cases/paper_demonstration.py", "app/pages/demo_page.py", "app/cli/demo.py")
MAY_IMPORT = ("law/candidate.py", "assess/", "app/cli/")
"""What may know of candidates: their own module, what counts their effects, and what prints it."""


def _load(**changes: Any) -> Candidate:
    data = {**yaml.safe_load(RULE), **changes}
    data["sha256"] = compute_file_seal(data)
    return parse_candidate(yaml.safe_dump(data), "a file", load_evidence_table())


def _exception(name: str, **fields: Any) -> dict[str, Any]:
    words = "An exception."
    return {"id": name, "summary": words, "sha256": compute_seal(words), "who": {}, **fields}


def test_the_rules_on_file_are_all_candidates_and_one_asks_nothing() -> None:
    assert sorted(load_candidates()) == [
        "medicaid-435-407", "none", "passport-only-all", "passport-only-new", "proof-list-link",
    ]  # fmt: skip
    assert [c.id for c in load_candidates().values() if c.status is Status.BASELINE] == ["none"]


@pytest.mark.parametrize(
    "key", ["name", "surname", "language", "birthplace", "race", "ethnicity", "sex", "group", "country"]
)
def test_whom_a_rule_reaches_cannot_be_said_by_name_language_birthplace_or_group(key: str) -> None:
    for changes in ({"who": {key: "X"}}, {"exceptions": [_exception("one", exempts=True, who={key: "X"})]}):
        with pytest.raises(PolicyError) as caught:
            _load(**changes)
        assert caught.value.code == "law_invalid"
    assert _load().id == "proof-list-link"


@pytest.mark.parametrize(
    ("exceptions", "why"),
    [
        ([_exception("a", exempts=True), _exception("b", deadline_days=700)], "contradict"),
        ([_exception("a", deadline_days=400), _exception("b", deadline_days=700)], "contradict"),
        ([_exception("a", exempts=True), _exception("b", also_shows=["real-id"])], "contradict"),
        ([_exception("a", exempts=True), _exception("a", exempts=True)], "same id"),
        ([_exception("a", exempts=True, deadline_days=700)], "exempts"),
        ([_exception("a")], "exempts, accepts"),
    ],
)
def test_exceptions_that_contradict_do_not_load(exceptions: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(PolicyError, match=why):
        _load(exceptions=exceptions)


def test_exceptions_that_cannot_meet_or_agree_load() -> None:
    before, after = {"opened_before": date(2020, 1, 1)}, {"opened_from": date(2020, 1, 1)}
    apart = [_exception("a", exempts=True, who=before), _exception("b", deadline_days=700, who=after)]
    kinds = [
        _exception("a", exempts=True, who={"number_kinds": ["itin"]}),
        _exception("b", deadline_days=700, who={"number_kinds": ["ssn"]}),
    ]
    agree = [_exception("a", exempts=True), _exception("b", exempts=True)]
    for exceptions in (apart, kinds, agree):
        assert len(_load(exceptions=exceptions).exceptions) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "in_force"},
        {"effective_from": date(2026, 1, 1)},
        {"shows": ["library-card"]},
        {"shows": []},
        {"status": "baseline"},
        {"deadline_days": 0},
        {"who": {"opened_from": date(2026, 1, 1), "opened_before": date(2026, 1, 1)}},
        {"changes": [{"changes_on": date(2027, 1, 1)}, {"changes_on": date(2027, 1, 1)}]},
        {"changes": [{"changes_on": date(2027, 1, 1), "shows": ["library-card"]}]},
        {"marks": []},
    ],
)
def test_a_rule_that_cannot_be_does_not_load(changes: dict[str, Any]) -> None:
    with pytest.raises(PolicyError) as caught:
        _load(**changes)
    assert caught.value.code == "law_invalid"


def test_words_that_were_edited_and_not_sealed_do_not_load() -> None:
    with pytest.raises(PolicyError, match="hash on file"):
        parse_document(Candidate, RULE.replace("Every natural person", "No natural person"), "a file")
    with pytest.raises(PolicyError, match="hash on file"):
        _load(exceptions=[_exception("a", exempts=True) | {"summary": "Another exception."}])


def test_a_dated_change_holds_from_its_day_and_leaves_the_rest() -> None:
    rule = _load(changes=[{"changes_on": date(2027, 1, 1), "shows": ["us-passport-book"], "name_rule": "exact"}])
    before, after = rule.terms(date(2026, 12, 31)), rule.terms(date(2027, 1, 1))
    assert (len(before.shows), before.name_rule) == (7, NameRule.LINK)
    assert (after.shows, after.name_rule) == (frozenset({"us-passport-book"}), NameRule.EXACT)
    assert after.deadline_days == before.deadline_days == 365


def test_a_candidate_is_no_law() -> None:
    assert not issubclass(Candidate, CitedRecord | Statute | Agreement | CourtOrder | DocumentKind | IdentificationRule)
    assert not hasattr(Candidate, "is_in_force_on")
    fields = {field.name for field in dataclasses.fields(Law)}
    filed = {"pending", "suspended", "clearances", "order_reviews", "exceptions", "plans", "settled_rows", "stops"}
    assert fields == {"statutes", "agreements", "orders", "agencies"} | filed
    assert not [name for name in CUSTODIAN_LAW_TYPES if "candidate" in name]


@pytest.mark.parametrize("model", [Statute, Agreement, CourtOrder, DocumentKind, IdentificationRule])
def test_the_text_of_a_candidate_loads_as_no_kind_of_law(model: Any) -> None:
    with pytest.raises(PolicyError):
        parse_document(model, RULE, "a file")
    with pytest.raises(PolicyError):
        build_document(model, load_candidates()["passport-only-all"].model_dump(), "a candidate")


def test_a_folder_of_candidates_beside_the_law_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "candidates").mkdir()
    (tmp_path / "candidates" / "rule.yaml").write_text(RULE, encoding="utf-8")
    assert law.load_law(folder=tmp_path).fingerprint == law.load_law().fingerprint
    (tmp_path / "statutes").mkdir()
    (tmp_path / "statutes" / "rule.yaml").write_text(RULE, encoding="utf-8")
    with pytest.raises(PolicyError):
        law.load_law(folder=tmp_path)


def test_nothing_but_assessment_and_its_commands_can_import_a_candidate() -> None:
    importers = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            if any(name.startswith(("comity.law.candidate", "comity.assess")) for name in names):
                importers.append(path.relative_to(SOURCE).as_posix())
    assert "law/candidate.py" not in importers
    assert [path for path in importers if not path.startswith((*MAY_IMPORT, *DEMONSTRATION))] == []


@pytest.mark.parametrize("name", sorted(load_candidates()))
def test_whoever_asks_to_apply_one_is_refused(name: str) -> None:
    refusal = refuse_to_apply(find_candidate(name))
    assert (refusal.code, refusal.exit_code) == ("not_in_force", EXIT_REFUSED)
    assert "not legally required; off by default" in refusal.message


def test_a_rule_of_the_users_own_is_read_and_a_bad_file_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(seal_whole_yaml(RULE.replace("id: proof-list-link", "id: mine"), "mine"), encoding="utf-8")
    assert read_candidate(path).id == "mine"
    for content in (b"\xff\xfe", b"[", b"x" * 300_000, b"", b"id: mine\nid: mine\n"):
        path.write_bytes(content)
        with pytest.raises(PolicyError) as caught:
            read_candidate(path)
        assert (caught.value.code, caught.value.exit_code) == ("rule_invalid", EXIT_USAGE)
        assert "comity documents seal FILE" in caught.value.hint
    with pytest.raises(PolicyError, match="no file of that name"):
        read_candidate(tmp_path / "absent.yaml")
    with pytest.raises(PolicyError) as caught:
        find_candidate("absent")
    assert caught.value.code == "rule_unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "\u202eIn force"}, {"title": "a\u200bb"}, {"title": "\x1b[2J"}, {"title": ""}, {"title": "x" * 201},
        {"citation": "\u2066none"}, {"on_failure": "x" * 5000}, {"id": "x" * 61}, {"summary": "Ten or more.\u202d"},
        {"status": "baseline", "shows": [], "changes": [{"changes_on": "2027-01-01", "shows": ["real-id"]}]},
        {"exceptions": [_exception(f"e{n}", also_shows=["real-id"]) for n in range(101)]},
    ],
    ids=str,
)  # fmt: skip
def test_no_text_of_a_rule_disguises_another_or_fills_a_page(changes: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        _load(**changes)


def test_no_rule_of_ones_own_has_the_id_of_one_on_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(RULE, encoding="utf-8")
    with pytest.raises(PolicyError, match="give yours another"):
        read_candidate(path)
    path.write_text(seal_whole_yaml(RULE.replace("id: proof-list-link", "id: mine", 1), "mine"), encoding="utf-8")
    assert read_candidate(path).id == "mine"
