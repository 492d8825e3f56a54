"""Records appended in any cuts are met, compared and taken for one person as in an index that was built at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.decide import MatchPolicy, determine_outcomes
from comity.law import find_population
from comity.match import Index, build_index, match_requests, update_index
from comity.match.comparison_vectors import ComparisonVectors, compute_comparison_vectors
from comity.match.match_model import load_default_model
from comity.match.scoring import score_requests
from tests.support.match_records import make_neighbors, make_record, make_requests, write_records

COUNTED_BY_SEGMENT = {
    *("first_frequency", "surname_frequency", "middle_frequency"),  # of the first segment
    *("residents", "street_residents", "household", "neighbors"),  # among the records of a segment
    *("person_rarity", "surname_rarity", "address_rarity"),  # derived from these
    "tin",  # whose number it is, of the household
}
"""What depends on the cuts (docs/spec/index-format.md)."""
Row = dict[str, str | None]
JOHN: dict[str, Any] = {"first_name": "John", "last_name": "Smith", "street": "12 Oak Ave"}
PEOPLE: tuple[Row, ...] = (
    *(make_record(f"john{i}", **JOHN) for i in range(3)),
    *(make_record(f"numbered{i}", **JOHN, tin=f"90012345{i // 2}") for i in range(4)),
    *(make_record(f"jon{i}", **JOHN | {"first_name": "Jon"}, tax_year="2022") for i in range(2)),
    *make_neighbors(40),
)


def build_in_cuts(folder: Path, rows: Sequence[Row], cuts: Sequence[int]) -> Path:
    """Build an index of the first rows and append the others, from cut to cut."""
    for number, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        file = write_records(folder / f"{number}.parquet", rows[start:stop])
        if number:
            update_index(folder / "index", append=[file])
        else:
            build_index([file], folder / "index")
    return folder / "index"


def sort_pairs(index: Index, vectors: ComparisonVectors) -> tuple[list[tuple[int, str]], dict[str, Any]]:
    """Return the pairs by row and record_id, and the vectors in that order."""
    pairs = list(zip(vectors["row"].tolist(), index.record_ids(vectors["record"]).tolist(), strict=True))
    order = sorted(range(len(pairs)), key=pairs.__getitem__)
    return [pairs[i] for i in order], {name: values[order] for name, values in vectors.items()}


def persons(vectors: Mapping[str, Any]) -> list[int]:
    """Return for each pair the first pair of its request with the same person."""
    keys = list(zip(vectors["row"].tolist(), vectors["person_key"].tolist(), strict=True))
    return [keys.index(key) for key in keys]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(PEOPLE), st.lists(st.integers(1, len(PEOPLE) - 1), max_size=3, unique=True).map(sorted))
def test_cuts_change_nothing_but_what_is_counted_by_segment(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("cuts")
    (folder / "whole").mkdir()
    requests = make_requests(JOHN, JOHN | {"tin": "900123450"}, JOHN | {"first_name": "Jon"}, JOHN | {"zip": "62702"})
    with (
        Index.open(build_in_cuts(folder / "whole", rows, [])) as whole,
        Index.open(build_in_cuts(folder, rows, cuts)) as parts,
    ):
        pairs, vectors = sort_pairs(whole, compute_comparison_vectors(whole, requests))
        pairs_of_parts, vectors_of_parts = sort_pairs(parts, compute_comparison_vectors(parts, requests))
    assert pairs_of_parts == pairs
    assert persons(vectors_of_parts) == persons(vectors)
    differing = {name for name, values in vectors.items() if not np.array_equal(values, vectors_of_parts[name])}
    assert differing <= COUNTED_BY_SEGMENT | {"record", "person_key"}
    # With what is counted taken from the whole, the parts give the same evidence.
    counted = vectors_of_parts | {name: vectors[name] for name in COUNTED_BY_SEGMENT}
    expected, scores = (
        score_requests(v, load_default_model(), find_population().least_favorable) for v in (vectors, counted)
    )
    for name in ("best_pair_index", "best_mass", "second_mass", "candidate_mass", "total_mass"):
        assert np.array_equal(getattr(scores, name), getattr(expected, name)), name


@pytest.mark.parametrize("apart", [False, True])
def test_two_of_one_name_at_one_address_are_two_however_they_were_indexed(tmp_path: Path, apart: bool) -> None:
    """Each is alone in a segment, or both are in one. Neither has a taxpayer number, and nobody is confirmed."""
    johns = [make_record("a", **JOHN), make_record("b", **JOHN)]
    neighbors = make_neighbors(60)
    rows = [*neighbors[:30], johns[0], *neighbors[30:], johns[1]] if apart else [*neighbors, *johns]
    index = build_in_cuts(tmp_path, rows, [31, 61] if apart else [30])
    with Index.open(index) as opened:
        evidence = match_requests(opened, make_requests(JOHN))
    assert determine_outcomes(evidence, MatchPolicy())["outcome"].to_pylist() != ["match"]
    assert evidence["rival_probability"][0].as_py() == pytest.approx(evidence["match_probability"][0].as_py(), abs=0.1)


def test_records_of_one_number_in_two_segments_do_not_make_one_person_of_two(tmp_path: Path) -> None:
    """The first record of each of two segments, which are segments of one record each."""
    index = build_in_cuts(tmp_path, [*make_neighbors(30), make_record("a", **JOHN), make_record("b", **JOHN)], [30, 31])
    with Index.open(index) as opened:
        vectors = compute_comparison_vectors(opened, make_requests(JOHN))
        is_john = np.isin(opened.record_ids(vectors["record"]).astype(str), ["a", "b"])
        assert (vectors["record"][is_john] & np.uint64(0xFFFFFFFF)).tolist() == [0, 0]
        assert len(set(vectors["person_key"][is_john].tolist())) == 2
        evidence = match_requests(opened, make_requests(JOHN))
    assert evidence["match_probability"][0].as_py() < 0.6
    assert evidence["rival_probability"][0].as_py() > 0.4
