"""The evaluation's page has both charts, loads nothing from elsewhere, and holds no value of the data."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.app.use_cases.match_evaluation import LabelledData, evaluate_files
from tests.support.labelled_town import write_labelled_town


@pytest.mark.slow
def test_evaluate_files__writes_a_page_without_script_and_without_a_row(tmp_path: Path) -> None:
    evaluate_files(LabelledData(*write_labelled_town(tmp_path)), tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "http" not in page
    assert "<script" not in page
    assert "too small to tell" in page
    rows = pq.read_table(tmp_path / "requests.parquet").to_pylist()
    values = {str(row[column]) for row in rows for column in ("last_name", "street")} | {"Zelda"}
    assert not [value for value in values if value in page]
