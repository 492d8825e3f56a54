"""The table of address words, and the lists derived from it."""

import re
from pathlib import Path

import comity.reference
from comity.gates.text import street_words
from comity.normalize.plain_lines import UNIT_DESIGNATORS
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    COMMON_SUFFIXES,
    NON_ROAD_SUFFIXES,
    ORDINAL_WORDS,
    ROAD_SUFFIXES,
    STREET_SUFFIXES,
    UNIT_DESIGNATORS_WITH_VALUE,
    load_address_words,
    written_out,
)

ROOT = Path(__file__).parents[3]
GATE_FLAGS = {"gate", "gate_alone"}
FLAGS = {
    "suffix": {"road", "full", "common", "gate", "gate_alone"},
    "directional": {"full"},
    "unit": {"value", "alone", "floor", "building", "number", "lettered", "leading", "before_number", "plain"},
    "street_type": {"pretype", "spanish"},
    "development": {"leading", "trailing", "building", "first"},
    "ordinal": {"floor"},
    "cardinal": set[str](),
    "floor_name": {"floor"},
    "name_word": set[str](),
    "building_word": {"building"},
    "short_word": {"name"},
    "borrowed_word": {"name"},
}


def test_every_word_is_upper_case_ascii_and_once_in_its_kind() -> None:
    rows = load_address_words()
    assert all(re.fullmatch("[A-Z]+( [A-Z]+)?", row.word) for row in rows)
    assert len({(row.word, row.kind) for row in rows}) == len(rows)
    assert {row.kind for row in rows} == set(FLAGS)
    for row in rows:
        assert row.flags <= FLAGS[row.kind], row


def test_every_flag_is_used() -> None:
    assert {(row.kind, flag) for row in load_address_words() for flag in row.flags} == {
        (kind, flag) for kind, flags in FLAGS.items() for flag in flags
    }


def test_every_suffix_has_a_standard_and_one_written_out_form_if_it_is_not_a_road() -> None:
    full = written_out("suffix")
    assert set(STREET_SUFFIXES.values()) <= set(STREET_SUFFIXES)
    assert {word: suffix for word, suffix in STREET_SUFFIXES.items() if suffix in set(ROAD_SUFFIXES.values())} == (
        ROAD_SUFFIXES
    )
    assert set(NON_ROAD_SUFFIXES.values()) <= set(full.values())
    assert STREET_SUFFIXES["STREET"] == STREET_SUFFIXES["STR"] == "ST"
    assert COMMON_SUFFIXES["AVE"] == "AVENUE"
    assert len(COMMON_SUFFIXES) == 15


def test_number_words_cover_one_to_ninety_nine() -> None:
    for words in (ORDINAL_WORDS, CARDINAL_WORDS):
        assert {str(n) for n in range(1, 101)} <= set(words.values())
    assert (ORDINAL_WORDS["TWENTY FIRST"], CARDINAL_WORDS["NINETY NINE"]) == ("21", "99")


def test_the_decision_record_counts_the_differences_between_gates_and_normalizer() -> None:
    lines = []
    for kind in FLAGS:
        rows = [row for row in load_address_words() if row.kind == kind]
        gates = {row.word for row in rows if row.flags & GATE_FLAGS}
        normalizer = {row.word for row in rows if row.flags - GATE_FLAGS or row.standard}
        assert gates | normalizer == {row.word for row in rows}
        counts = (len(rows), len(gates - normalizer), len(normalizer - gates), len(gates & normalizer))
        lines.append(f"| `{kind}` | {' | '.join(map(str, counts))} |")
    record = (ROOT / "docs" / "adr" / "0020-one-address-vocabulary.md").read_text(encoding="utf-8")
    assert [line for line in lines if line not in record] == []


def test_the_sources_describe_every_flag() -> None:
    (folder,) = comity.reference.__path__
    text = (Path(folder) / "SOURCES.md").read_text(encoding="utf-8")
    assert {flag for flags in FLAGS.values() for flag in flags} <= set(re.findall("`([a-z_]+)`", text))


def test_gates_and_normalizer_take_their_words_from_the_table() -> None:
    words = {row.word for row in load_address_words()}
    assert set(street_words.STREET_SUFFIX.split("|")) < words
    assert set(UNIT_DESIGNATORS) - {"#"} < set(UNIT_DESIGNATORS_WITH_VALUE)
