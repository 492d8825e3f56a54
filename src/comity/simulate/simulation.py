"""Simulate a population and a batch of requests about it: records, requests, manifest and truth.

Records are created and written in chunks of a fixed number of people, so memory does not grow with the population;
requests are created all at once, so it grows with the batch.

Guarantees: the same arguments give the same bytes, whatever the number of threads; nothing in them is a real person's.
Does not: sign the batch, or build an index.
Basis: docs/law-notes.md 2.2 and 2.3.
Start at `run_simulation`.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc

from comity.columns.duck import DuckDBConnection, connect
from comity.errors import RequestError
from comity.model.progress import ProgressCallback, no_progress
from comity.reference.states import STATE_NAMES
from comity.simulate import random_sql
from comity.simulate.dwelling_addresses import create_zip_pool
from comity.simulate.households import build_block_cycle_table, build_seat_table
from comity.simulate.look_alikes import LookAlikeRates, create_look_alike_tables
from comity.simulate.name_noise import create_nickname_table
from comity.simulate.names_and_tins import create_name_tables
from comity.simulate.population import Population
from comity.simulate.request_mix import RequestMix, apply_request_mix
from comity.simulate.request_plan import create_person_pool, create_plan_table
from comity.simulate.scenarios import SCENARIOS, SHAPES
from comity.simulate.simulated_records import records_query
from comity.simulate.simulated_requests import REQUESTS_QUERY, TRUTH_QUERY, create_requests_table
from comity.simulate.simulation_files import build_manifest, write_manifest, write_parquet, write_requests
from comity.simulate.text_noise import define_noise_macros

NO_LOOK_ALIKES, MIX_OF_SHAPE = LookAlikeRates(), RequestMix()
PEOPLE_PER_CHUNK = 1_000_000
"""People whose records are created at a time; fixed, because the files depend on it."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """The files of a simulation and their counts; `record_files` are in the order of the people."""

    out: Path
    records_folder: Path
    record_files: tuple[Path, ...]
    batch_folder: Path
    manifest_file: Path
    requests_file: Path
    truth_file: Path
    person_count: int
    record_count: int
    request_count: int
    confirmable_count: int
    shape: str
    seed: int


def run_simulation(  # noqa: PLR0913  the arguments of `comity simulate`, all by name
    *,
    people: int,
    requests: int,
    seed: int,
    out: Path,
    shape: str = "plain",
    state: str | None = None,
    tax_year: int = 2023,
    created_at: datetime,
    look_alikes: LookAlikeRates = NO_LOOK_ALIKES,
    mix: RequestMix = MIX_OF_SHAPE,
    threads: int | None = None,
    progress: ProgressCallback = no_progress,
) -> Simulation:
    """Simulate `people` people, the custodian's records of them, and a batch of `requests` about them, under `out`.

    `shape` is one of `SHAPES`; `look_alikes` are shares of the requests at an address on record; `mix` changes what
    the shape is made of; `state` (two letters) puts all people but soldiers in one state; `created_at` is the
    manifest's date, with a time zone. `out` may exist but must be empty.

    Raises:
        RequestError: an argument cannot be used (bad_argument), or `out` is not empty (output_exists).
    """
    _verify_arguments(people=people, requests=requests, shape=shape, state=state, created_at=created_at)
    _verify_rates(look_alikes)
    scenario = apply_request_mix(SCENARIOS[shape], mix)
    if out.exists() and any(out.iterdir()):
        raise RequestError("output_exists", "The output folder is not empty.", "Name a new folder.")
    records_folder, batch_folder = out / "records", out / "batch"
    for folder in (records_folder, batch_folder):
        folder.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory(dir=out, prefix=".spill-") as spill:
        connection = connect(threads=threads, memory_limit="3GB", spill=Path(spill))
        try:
            population = Population(people, tax_year, _prepare_connection(connection, seed=seed, state=state))
            progress("records", 0.02)
            files, rows = _write_records(connection, population, records_folder, progress)
            progress("requests", 0.8)
            create_person_pool(connection, population, scenario, requests)
            create_plan_table(connection, population, scenario, requests)
            if not look_alikes.is_zero:
                create_look_alike_tables(connection)
            create_requests_table(
                connection,
                population,
                scenario,
                shape=shape,
                requests=requests,
                created_at=created_at,
                look_alikes=look_alikes,
            )
            progress("writing", 0.95)
            truth = connection.sql(TRUTH_QUERY).to_arrow_table()
            write_parquet(truth, out / "truth.parquet")
            requests_file = write_requests(connection.sql(REQUESTS_QUERY).to_arrow_table(), batch_folder)
        finally:
            connection.close()
    manifest = build_manifest(requests_file, shape=shape, seed=seed, requests=requests, created_at=created_at)
    manifest_file = write_manifest(manifest, batch_folder)
    progress("done", 1.0)
    return Simulation(
        out=out,
        records_folder=records_folder,
        record_files=tuple(files),
        batch_folder=batch_folder,
        manifest_file=manifest_file,
        requests_file=requests_file,
        truth_file=out / "truth.parquet",
        person_count=people,
        record_count=rows,
        request_count=requests,
        confirmable_count=pc.sum(truth["confirmed"]).as_py(),
        shape=shape,
        seed=seed,
    )


def _verify_arguments(*, people: int, requests: int, shape: str, state: str | None, created_at: datetime) -> None:
    """Raise RequestError for arguments from which nothing can be simulated."""
    if shape not in SHAPES:
        raise RequestError("bad_argument", "That shape is not known.", f"Use one of: {', '.join(SHAPES)}.")
    if people < 1 or requests < 1:
        raise RequestError("bad_argument", "There must be at least one person and one request.", "Use larger numbers.")
    if state is not None and state not in STATE_NAMES:
        raise RequestError("bad_argument", "That is not a state's two-letter code.", "Use a code such as TX.")
    if created_at.tzinfo is None:
        raise RuntimeError("created_at has no time zone")


def _verify_rates(rates: LookAlikeRates) -> None:
    """Raise RequestError for rates that are no shares."""
    if min(rates.names, rates.addresses) < 0 or not rates.names + rates.addresses <= 1:
        raise RequestError("bad_argument", "The rates of look-alikes are no shares.", "Use 0 to 1, together at most 1.")


def _prepare_connection(connection: DuckDBConnection, *, seed: int, state: str | None) -> dict[str, tuple[int, int]]:
    """Define macros and small tables; return the ranges of ZIP codes by kind.

    The order of rows is preserved and joins stay as written, so the output is in order.
    """
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    random_sql.define_draw_macros(connection, seed)
    for name, table in (("seats", build_seat_table()), ("block_cycle", build_block_cycle_table())):
        connection.register("arrow_table", table)
        connection.execute(f"CREATE TEMP TABLE {name} AS FROM arrow_table")
        connection.unregister("arrow_table")
    create_name_tables(connection)
    create_nickname_table(connection)
    define_noise_macros(connection)
    pools = create_zip_pool(connection, state)
    if "STANDARD" not in pools:
        raise RequestError("bad_argument", "That state has no ordinary ZIP codes.", "Use one of the fifty states.")
    return pools


def _write_records(
    connection: DuckDBConnection, population: Population, folder: Path, progress: ProgressCallback
) -> tuple[list[Path], int]:
    """Write the records chunk by chunk; return the files and the number of records in them."""
    files, rows = [], 0
    query = records_query("chunk", population)
    for number, start in enumerate(range(0, population.person_count, PEOPLE_PER_CHUNK)):
        end = min(start + PEOPLE_PER_CHUNK, population.person_count)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE chunk AS SELECT range AS person_id FROM range({start}, {end})"
        )
        table = connection.sql(query).to_arrow_table()
        path = folder / f"records-{number:05d}.parquet"
        write_parquet(table, path)
        files.append(path)
        rows += table.num_rows
        progress("records", 0.02 + 0.78 * end / population.person_count)
    return files, rows
