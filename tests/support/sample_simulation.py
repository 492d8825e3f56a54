"""Run small simulations and read their files back as tables."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from comity.model.batch import Manifest
from comity.model.request_fields import REQUEST_FIELDS
from comity.simulate import Simulation, run_simulation

CREATED_AT = datetime(2025, 6, 25, 12, 0, tzinfo=UTC)
PERSON_COUNT, REQUEST_COUNT, SEED = 20_480, 6_000, 11


@dataclass(frozen=True)
class SimulatedTables:
    simulation: Simulation
    records: list[dict[str, str | None]]
    requests: list[dict[str, str | None]]
    truth: list[dict[str, str | bool | None]]
    manifest: Manifest


def simulate_sample(
    out: Path, shape: str, *, threads: int | None = None, seed: int = SEED, people: int = PERSON_COUNT
) -> Simulation:
    return run_simulation(
        people=people, requests=REQUEST_COUNT, seed=seed, out=out, shape=shape, created_at=CREATED_AT, threads=threads
    )


def read_requests(path: Path) -> pa.Table:
    options = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(REQUEST_FIELDS, pa.string()), strings_can_be_null=True
    )
    return pyarrow.csv.read_csv(path, convert_options=options)


def read_simulation(simulation: Simulation) -> SimulatedTables:
    return SimulatedTables(
        simulation=simulation,
        records=pa.concat_tables([pq.read_table(path) for path in simulation.record_files]).to_pylist(),
        requests=read_requests(simulation.requests_file).to_pylist(),
        truth=pq.read_table(simulation.truth_file).to_pylist(),
        manifest=Manifest.model_validate_json(simulation.manifest_file.read_bytes()),
    )
