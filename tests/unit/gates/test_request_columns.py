"""The shared columns of a batch: computed once, released, and computed again."""

import pytest

from comity.columns.dictionary_column import DictionaryColumn
from comity.gates.request_columns import PRECOMPUTED_COLUMNS, RequestColumns
from comity.model.batch import Batch
from tests.support.gate_batches import VALID_ROW, evaluate_batch, make_batch


def _batch() -> Batch:
    return make_batch([VALID_ROW, VALID_ROW | {"street": "Unknown"}, VALID_ROW | {"case_number": "N/A"}])


def test_released_columns_are_computed_again() -> None:
    columns = RequestColumns(_batch().requests)
    before = columns.street_line.to_pylist(), columns.max_rows_per_case
    columns.release_columns()
    assert (columns.street_line.to_pylist(), columns.max_rows_per_case) == before


def test_cached_values_survive_the_release_of_columns() -> None:
    columns = RequestColumns(_batch().requests)
    assert columns.cached("key", lambda: 1) == 1
    columns.release_columns()
    assert columns.cached_value("key") == columns.cached("key", lambda: 2) == 1
    assert columns.cached_value("other") is None


def test_precomputed_columns_are_those_that_the_rules_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that every batch needs is not forgotten, and one that no rule reads is not computed."""
    read: set[str] = set()
    original = RequestColumns.dictionary_column

    def recording(self: RequestColumns, name: str) -> DictionaryColumn:
        read.add(name)
        return original(self, name)

    monkeypatch.setattr(RequestColumns, "dictionary_column", recording)
    evaluate_batch(_batch())
    assert read == set(PRECOMPUTED_COLUMNS)


def test_precompute_leaves_errors_to_the_rule_that_reads_the_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.gates.request_columns.PARALLEL_MIN_ROWS", 0)
    columns = RequestColumns(_batch().requests.drop_columns(["city"]))
    columns.precompute()
    assert columns.case_number.to_pylist() == ["24 1", "24 1", "N A"]
    with pytest.raises(KeyError):
        columns.dictionary_column("city")
