"""Data about zones that nobody compared with their original text carry marks that say so."""

from importlib import resources

import yaml

from comity.documents.zone_rules import load_zone_rules
from comity.law.worth import load_evidence_table

MARKS = {"S", "GK", "INF"}


def test_load_zone_rules__marks_every_rule_and_names_kinds_of_the_evidence_table() -> None:
    for kind, rule in load_zone_rules().items():
        assert rule.marks, kind
        assert set(rule.marks) <= MARKS, kind
        assert load_evidence_table().kind(kind).id == kind


def test_state_codes__mark_every_list() -> None:
    text = resources.files("comity.documents.mrz").joinpath("state_codes.yaml").read_text(encoding="utf-8")
    lists = yaml.safe_load(text)
    marks = lists.pop("marks")
    assert set(marks) == set(lists)
    for name, list_marks in marks.items():
        assert list_marks, name
        assert set(list_marks) <= MARKS, name
