"""A batch is answered alike on any number of processors: gates, matching and answers."""

from pathlib import Path

import pytest

from comity.columns import parallel
from comity.gates import request_columns
from comity.match import candidate_pairs
from comity.match.index import segment
from comity.match.kernels import pair_lists
from tests.support.workspace import make_workspace, request_about

pytestmark = pytest.mark.usefixtures("august_2025")


def test_a_batch_is_answered_alike_on_any_number_of_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is split even where it is too little to be worth it."""
    for module, limit in (
        (parallel, "PARALLEL_MIN_ROWS"),
        (request_columns, "PARALLEL_MIN_ROWS"),
        (pair_lists, "PARALLEL_MIN_ROWS"),
        (candidate_pairs, "PAIRS_PER_BATCH"),
        (segment, "SMALL_BATCH"),
    ):
        monkeypatch.setattr(module, limit, 4)
    world = make_workspace(tmp_path)
    rows = [
        *(request_about(number) for number in (1, 3, 4, 5)),
        request_about(1, first_name="Marysol") | {"request_id": "misspelled"},
        request_about(3, street="Unknown address", street2="") | {"request_id": "no-address"},
        request_about(4, case_number="") | {"request_id": "no-case"},
        request_about(8, zip="99999") | {"request_id": "no-place"},
    ]
    answers = {}
    for processors in (1, 2, 3, 5):
        monkeypatch.setattr(parallel, "count_processors", lambda count=processors: count)
        home = world.open_home(f"home-{processors}")
        batch = world.write_batch(f"batch-{processors}", rows)
        result, said = world.verify_batch(batch, home=home)
        answers[processors] = dict(result.counts_by_code), said
    assert answers == dict.fromkeys(answers, answers[1])
    assert {"CONFIRMED", "REFUSED"} <= {code for code, _ in answers[1][1].values()}
