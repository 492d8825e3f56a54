"""Segments: what is stored leads from an address to records, and from a name to no one."""

import re
from pathlib import Path

from comity.match import build_index
from comity.match.index.blocking_rules import BLOCKING_RULES
from comity.match.index.format import COUNT_COLUMNS, PRIMITIVE_COLUMNS
from comity.match.index.lexicons import read_arrow
from comity.normalize.schema import DICTIONARY_COLUMNS, LEXICONS
from tests.support.match_records import make_neighbors, write_records

SPECIFICATION = Path(__file__).parents[4] / "docs" / "spec" / "index-format.md"


def build(folder: Path) -> Path:
    build_index([write_records(folder / "records.parquet", make_neighbors(5))], folder / "index")
    return folder / "index"


def test_what_is_stored_leads_from_an_address_to_records_and_from_names_to_nobody(tmp_path: Path) -> None:
    segment = next(build(tmp_path).glob("segment-*"))
    postings = {f"{rule.postings_name}.{ending}" for rule in BLOCKING_RULES for ending in ("keys", "hot")}
    lexicons = {f"{lexicon.name}.arrow" for lexicon in LEXICONS}
    columns = {
        f"{name}.bin" for name in (*DICTIONARY_COLUMNS, *COUNT_COLUMNS, *PRIMITIVE_COLUMNS, "record_id", "marks")
    }
    frequencies = {"first_names.arrow", "surnames.arrow", "initials.arrow"}
    counts = {"neighbors.npy", "years.npy", "place_streets.bin"}
    assert {path.name for path in segment.iterdir()} == postings | lexicons | columns | frequencies | counts
    assert (segment / "place_streets.bin").stat().st_size == 8 * 5  # one entry for each street of a ZIP code
    for name in frequencies:
        assert read_arrow(segment / name).column_names == ["name", "frequency"]
    for lexicon in LEXICONS:
        extra = set(read_arrow(segment / f"{lexicon.name}.arrow").column_names) - set(lexicon.columns)
        assert extra <= {"rank", "frequency"} | {f"h_{part}" for part in lexicon.key_parts}


def test_the_specification_names_every_file_and_every_rule(tmp_path: Path) -> None:
    index = build(tmp_path)
    text = SPECIFICATION.read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-zA-Z_/-]+\.[a-z]+)` \|", text, re.MULTILINE))
    postings = "|".join({rule.postings_name for rule in BLOCKING_RULES})
    stored = {
        re.sub("[0-9]{6}", "NUMBER", re.sub(rf"^({postings})(?=\.)", "RULE", name))
        for path in index.rglob("*")
        if path.is_file()
        for name in [re.sub("^segment-[0-9a-f]+/", "", path.relative_to(index).as_posix())]
    }
    assert stored == named - {"withdrawn-NUMBER-HASH.bin"}
    for rule in BLOCKING_RULES:
        parts = ", ".join(f"`{part}`" for part in rule.key_parts)
        assert f"| `{rule.name}` | {parts} | `{rule.postings_name}` | {rule.max_block_size} |" in text, rule.name
