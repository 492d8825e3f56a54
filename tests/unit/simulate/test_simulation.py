"""A whole simulation: the same bytes for the same arguments, the right columns, and clear refusals."""

import hashlib
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.errors import RequestError
from comity.match.records_source import RECORD_COLUMNS
from comity.model.request_fields import REQUEST_FIELDS
from comity.simulate import run_simulation, simulation
from comity.simulate.scenarios import ADDRESS_FAULT_WEIGHTS
from tests.support.sample_simulation import CREATED_AT, SimulatedTables, simulate_sample


def file_digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_on_one_thread_and_on_many(
    plain: SimulatedTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate_sample(tmp_path / "single", "plain", threads=1)
    assert file_digests(tmp_path / "single") == file_digests(plain.simulation.out)
    assert {"batch/batch.json", "batch/requests.csv", "truth.parquet", "records/records-00000.parquet"} == set(
        file_digests(tmp_path / "single")
    )


def test_another_seed_gives_other_people(plain: SimulatedTables, tmp_path: Path) -> None:
    other = simulate_sample(tmp_path, "plain", seed=12)
    other_last_names = pq.read_table(other.record_files[0], columns=["last_name"])["last_name"].to_pylist()
    last_names = [record["last_name"] for record in plain.records]
    assert sum(a == b for a, b in zip(other_last_names, last_names, strict=False)) < 0.05 * len(last_names)


def test_chunk_size_changes_the_files_but_not_the_records(
    plain: SimulatedTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "PEOPLE_PER_CHUNK", 7_001)  # cuts households in two
    result = simulate_sample(tmp_path, "plain")
    assert len(result.record_files) == 3
    rows = [row for path in result.record_files for row in pq.read_table(path).to_pylist()]
    assert rows == plain.records


def test_columns_and_their_order(plain: SimulatedTables) -> None:
    assert tuple(plain.records[0]) == RECORD_COLUMNS
    assert tuple(plain.requests[0]) == REQUEST_FIELDS
    assert list(plain.truth[0])[:9] == [
        "request_id",
        "confirmed",
        "complete",
        "address_kind",
        "variant",
        "person_kind",
        "record_id",
        "name_tin_agrees",
        "five_digits",
    ]
    assert [row["request_id"] for row in plain.requests] == [row["request_id"] for row in plain.truth]
    assert len({row["request_id"] for row in plain.truth}) == 6_000


def test_every_file_says_that_it_is_synthetic(plain: SimulatedTables) -> None:
    for path in plain.simulation.out.rglob("*.parquet"):
        metadata = pq.read_schema(path).metadata or {}
        assert metadata[b"comity.synthetic"] == b"true"
    assert plain.manifest.synthetic
    assert "Synthetic" in plain.manifest.signer.name


def test_the_manifest_has_the_hash_of_the_requests_file(plain: SimulatedTables) -> None:
    raw = plain.simulation.requests_file.read_bytes()
    assert plain.manifest.sha256 == hashlib.sha256(raw).hexdigest()
    assert plain.manifest.requests_file == "requests.csv"
    assert b"\r" not in raw
    raw.decode("utf-8")


def test_a_large_batch_is_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.simulate.simulation_files.MAX_CSV_ROWS", 10)
    result = run_simulation(people=500, requests=11, seed=1, out=tmp_path, created_at=CREATED_AT)
    assert result.requests_file.name == "requests.parquet"
    assert pq.read_table(result.requests_file).column_names == list(REQUEST_FIELDS)


def test_a_plain_batch_is_lawful_on_its_face(plain: SimulatedTables) -> None:
    officers: dict[str | None, int] = {}
    for row in plain.requests:
        officers[row["officer_id"]] = officers.get(row["officer_id"], 0) + 1
        assert row["statute"] == "8 USC 1253(a)(1)"
        assert row["case_number"]
        assert (CREATED_AT.date() - datetime.fromisoformat(str(row["final_order_date"])).date()).days > 120
    assert max(officers.values()) <= 200
    assert set(officers) == {officer.id for officer in plain.manifest.officers}
    assert len({row["reason"] for row in plain.requests}) == len(plain.requests)
    assert len({row["case_number"] for row in plain.requests}) == len(plain.requests)


def test_every_kind_of_address_fault_and_of_valid_box_occurs(plain: SimulatedTables) -> None:
    kinds = {row["address_kind"] for row in plain.truth}
    assert kinds >= {*ADDRESS_FAULT_WEIGHTS, "good", "a13_po_box", "a13_rural_route", "a13_military"}


@pytest.mark.parametrize("state", ["UT", "PR"])
def test_one_state_has_all_people_but_soldiers(tmp_path: Path, state: str) -> None:
    result = run_simulation(people=3_000, requests=50, seed=1, out=tmp_path, state=state, created_at=CREATED_AT)
    states = set(pq.read_table(result.record_files[0])["state"].to_pylist())
    assert state in states
    assert states <= {state, "AA", "AE", "AP"}


@pytest.mark.parametrize(("people", "requests"), [(1, 1), (300, 900)])
def test_small_populations(tmp_path: Path, people: int, requests: int) -> None:
    result = run_simulation(people=people, requests=requests, seed=5, out=tmp_path, created_at=CREATED_AT)
    assert pq.read_metadata(result.truth_file).num_rows == requests


@pytest.mark.parametrize(
    "argument", [{"shape": "september-2025"}, {"people": 0}, {"requests": 0}, {"state": "ZZ"}, {"state": "AE"}]
)
def test_unusable_arguments_are_refused(tmp_path: Path, argument: dict[str, str]) -> None:
    arguments = {"people": 10, "requests": 1, "seed": 1, "out": tmp_path / "new", "created_at": CREATED_AT} | argument
    with pytest.raises(RequestError) as raised:
        run_simulation(**arguments)  # type: ignore[arg-type]
    assert raised.value.code == "bad_argument"


def test_a_folder_that_is_not_empty_is_refused_and_unchanged(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(RequestError) as raised:
        run_simulation(people=10, requests=1, seed=1, out=tmp_path, created_at=CREATED_AT)
    assert raised.value.code == "output_exists"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
