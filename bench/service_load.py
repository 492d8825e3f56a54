"""Ask single questions over the service on loopback, and measure how long each takes; writes docs/results/service.md.

Usage: python bench/service_load.py [PEOPLE] [SECONDS]. Web server, asker and clients are processes of their own, over a
simulated index; the clock of each shows August 2025, before the orders that hold every question today.
Start at `main`.
"""

import json
import os
import platform
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity import match  # noqa: E402
from comity.app import clock  # noqa: E402
from comity.app.api.web_server import open_server  # noqa: E402
from comity.app.settings import load_settings  # noqa: E402
from comity.app.use_cases import question_server  # noqa: E402
from comity.app.use_cases.synthetic_nation import SimulationPlan, simulate_nation  # noqa: E402
from comity.intake import read_draft  # noqa: E402
from comity.signing import Ed25519Key, create_signing_key  # noqa: E402
from tests.support.api_client_key import TokenClient, enroll_client  # noqa: E402
from tests.support.api_service import ApiServer, make_settings  # noqa: E402
from tests.support.batch_folders import make_row  # noqa: E402
from tests.support.single_questions import make_question  # noqa: E402
from tests.support.workspace import AUGUST_2025, Workspace  # noqa: E402

OUT = ROOT / "docs" / "results" / "service.md"
REQUESTS = 6000
RATES = (0.5, 1, 2, 5)
CLIENTS_AT_ONCE = 16
PERSON_FIELDS = (
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "street",
    "street2",
    "city",
    "state",
    "zip",
    "tax_year",
)
STEP_MILLISECONDS = 250
TIMES_MADE = "times-made.txt"


@dataclass
class Phase:
    """One phase: how questions were sent, how long each took (s), what became of it, and the asker's CPU (s).

    `making` is how long it took, from when the asker had a question, until it had the answer (s).
    """

    name: str
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    making: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    asker_cpu: float = 0.0
    on_file: int = 0


@dataclass
class Load:
    """A running service, and the questions that are left to ask."""

    server: ApiServer
    key: Ed25519Key
    asker: int
    times_made: Path
    bodies: Iterator[bytes]
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, client: TokenClient, phase: Phase) -> None:
        """Ask the next question, and note how long it took."""
        with self.lock:
            body = next(self.bodies)
            self.asked += 1
        headers = {"Idempotency-Key": secrets.token_hex(16), "Content-Type": "application/json"}
        began = time.perf_counter()
        reply = client.send("POST", "/v1/questions", body, headers)
        taken = time.perf_counter() - began
        outcome = str(reply.json["state"]) if reply.status < 300 else reply.code
        with self.lock:
            phase.latencies.append(taken)
            phase.outcomes[outcome] += 1

    def open_client(self) -> TokenClient:
        """Return a client with a token of its own."""
        client = TokenClient(self.server, self.key)
        client.log_in()
        return client

    def run(self, phase: Phase, seconds: float, *, rate: float | None) -> Phase:
        """Send questions for some seconds: so many a second whatever comes back, or as fast as the clients can."""
        clients = [self.open_client() for _ in range(CLIENTS_AT_ONCE)]
        began, cpu = time.monotonic(), read_cpu(self.asker)
        phase.on_file, made_before = self.asked, len(read_times(self.times_made))

        def send(number: int) -> None:
            for turn in range(10**9):
                due = began if rate is None else began + (number + turn * CLIENTS_AT_ONCE) / rate
                time.sleep(max(0.0, due - time.monotonic()))
                if time.monotonic() - began >= seconds:
                    return
                self.ask(clients[number], phase)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(CLIENTS_AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        phase.seconds, phase.asker_cpu = time.monotonic() - began, read_cpu(self.asker) - cpu
        phase.making = read_times(self.times_made)[made_before:]
        return phase


def read_cpu(process: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_times(path: Path) -> list[float]:
    """Return the times (s) in a file, one a line."""
    return [float(line) for line in path.read_text().splitlines()] if path.exists() else []


def note_times_made(path: Path) -> None:
    """Let the asker of this process write down how long each answer took to make, before it waits for its step."""
    compute_departure = question_server.compute_departure

    def note_and_compute(arrived: float, done: float, step: float) -> float:
        with path.open("a") as file:
            file.write(f"{done - arrived}\n")
        return compute_departure(arrived, done, step)

    question_server.compute_departure = note_and_compute


def set_clock(began_at: float) -> None:
    """Let this process's clock show how long after August 2025 it is, counted from a time (s since the epoch)."""
    offset = datetime.fromtimestamp(began_at, UTC) - AUGUST_2025
    clock.now = lambda: datetime.now(UTC) - offset


def run_role(role: str, folder: Path, began_at: float) -> None:
    """Be the web server or the asker, until told to stop; say so in a line. Its clock is that of the clients."""
    set_clock(began_at)
    settings = make_settings(folder, requests_per_second=1000, question_step_milliseconds=STEP_MILLISECONDS)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if role == "ask":
        note_times_made(folder / TIMES_MADE)
        question_server.run_asker(settings, stop, on_ready=lambda: print("ready", flush=True))
        return
    with open_server(settings) as server:
        print(server.url, flush=True)
        server.run()


@contextmanager
def start(role: str, folder: Path, began_at: float) -> Iterator[tuple[int, str]]:
    """Start a role in a process of its own; give its number and its line."""
    command = [sys.executable, __file__, "--role", role, str(folder), str(began_at)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, process.stdout.readline().strip()
        finally:
            process.terminate()


def prepare(folder: Path, people: int) -> tuple[int, Ed25519Key, list[bytes]]:
    """Simulate records, build the index and a home, and sign the questions; return the records' count."""
    plan = SimulationPlan(people=people, requests=REQUESTS, seed=7, shape="august-2025-cured", created_at=AUGUST_2025)
    simulate_nation(plan, folder / "nation")
    match.build_index([folder / "nation" / "records"], folder / "index")
    signing = create_signing_key(folder / "requester.key")
    home = Workspace(folder, folder / "index", signing).open_home()
    rows = read_draft(folder / "nation" / "batch").requests.drop_columns(["row"]).to_pylist()
    bodies = []
    for number, row in enumerate(rows):
        about = f"Residence at this address bears on the failure to depart charged in case C-{number}."
        own = {"request_id": f"r-{number}", "case_number": f"C-{number}", "reason": about}
        person = {name: row[name] or "" for name in PERSON_FIELDS}
        sent = make_question(signing, f"Q-{number:06d}", make_row(**person, **own))
        names = ("manifest", "signature", "request")
        bodies.append(json.dumps({name: getattr(sent, name).decode() for name in names}).encode())
    return match.Index.find_commit(folder / "index").rows, enroll_client(home), bodies


def measure(people: int, seconds: float) -> tuple[int, list[Phase]]:
    """Measure every phase over a service of its own; return the records' count too."""
    began_at = time.time()
    set_clock(began_at)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records, key, bodies = prepare(folder, people)
        with start("serve", folder, began_at) as (_, url), start("ask", folder, began_at) as (asker, _):
            settings = load_settings(None, {"home": folder, "index": folder, "work_folder": folder})
            server = ApiServer(url, int(url.rpartition(":")[2]), settings)
            load = Load(server, key, asker, folder / TIMES_MADE, iter(bodies))
            load.run(Phase("warm"), 10.0, rate=1)
            phases = [load.run(Phase(f"{rate} a second"), seconds, rate=rate) for rate in RATES]
            phases.append(load.run(Phase(f"{CLIENTS_AT_ONCE} clients without a pause"), seconds, rate=None))
            phases.append(load.run(Phase("1 a second, afterwards"), seconds, rate=1))
    return records, phases


PAGE = """\
# Single questions over the service

Written by `make bench-service` at commit {commit}: Python {version}, {processors} processors that other work shared,
with a load average of {before:.1f} at the beginning and {after:.1f} at the end.

`comity serve`, `comity ask` and the clients are processes on one machine, over loopback, without TLS, on SQLite, over
a simulated index of {records:,} records. Each question is another one, signed before. A time (ms) is from the first
byte sent to the last received, with the proof (DPoP) that the client signs. An answer leaves a multiple of {step} ms
after its question came, whatever it says, so no time can be shorter. "Made" is the time until the asker had the answer,
before it waited for that step, of all answers that it made during the phase, also to questions that came before it.
"CPU" is what the asker used.

| questions come | on file | asked | a second | made, p50 | made, p99 | p50 | p99 | longest | CPU, each | outcomes |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|
{rows}

Not measured here: an index of 10 or 160 million records, ten minutes at a stretch, an upload beside it, PostgreSQL,
TLS, and Splink's real-time call on the same records.
"""


def render(records: int, phases: list[Phase], load: tuple[float, float]) -> str:
    """Return the page."""
    run = ["git", "rev-parse", "--short", "HEAD"]
    return PAGE.format(
        commit=subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip(),
        version=platform.python_version(),
        processors=os.cpu_count(),
        before=load[0],
        after=load[1],
        records=records,
        step=STEP_MILLISECONDS,
        rows="\n".join(render_row(phase) for phase in phases),
    )


def render_row(phase: Phase) -> str:
    """Return the row of a phase."""
    count, times = len(phase.latencies), np.array(phase.latencies) * 1000
    outcomes = ", ".join(f"{number} {name}" for name, number in sorted(phase.outcomes.items()))
    made = np.percentile(np.array(phase.making or [np.nan]) * 1000, (50, 99))
    figures = (*made, *np.percentile(times, (50, 99)), times.max(), phase.asker_cpu / count * 1000)
    cells = [phase.name, f"{phase.on_file:,}", f"{count:,}", f"{count / phase.seconds:.1f}"]
    numbers = ["-" if np.isnan(figure) else f"{figure:.0f}" for figure in figures]
    return f"| {' | '.join([*cells, *numbers, outcomes])} |"


def main() -> None:
    """Measure, and write the page."""
    if sys.argv[1:2] == ["--role"]:
        run_role(sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]))
        return
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 120_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    before = os.getloadavg()[0]
    records, phases = measure(people, seconds)
    OUT.write_text(render(records, phases, (before, os.getloadavg()[0])), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
