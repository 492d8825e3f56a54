"""`comity serve` and `comity work` as processes of their own: they start, say where they are, and end when told to."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from comity.app.home import Home

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

RUN = "from comity.app.cli import main; main()"


@contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def write_settings(folder: Path, text: str = "") -> Path:
    path = folder / "service.toml"
    path.write_text(f'home = "home"\nindex = "idx"\nwork_folder = "work"\nport = 0\n{text}')
    return path


def test_serve_listens_on_this_machine_alone_until_it_is_told_to_stop(tmp_path: Path) -> None:
    Home.open_or_create(tmp_path / "home")
    write_settings(tmp_path)
    with started(tmp_path, "serve", "--config", "service.toml", "--json") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        url = urlsplit(json.loads("".join(lines))["url"])
        assert (url.scheme, url.hostname) == ("http", "127.0.0.1")
        connection = http.client.HTTPConnection("127.0.0.1", url.port or 0, timeout=30)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status":"ok"}'
        connection.close()
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert (output, "Traceback" in errors) == ("", False)
    assert (tmp_path / "work").stat().st_mode & 0o077 == 0
    assert (tmp_path / "home" / "desk.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("settings", "environment", "message"),
    [
        ("colour = 1\n", {}, "colour is no setting of this version"),
        ("", {"COMITY_HOME": "none"}, "home is no home of a custodian"),
    ],
)
def test_settings_that_cannot_be_used_stop_the_start(
    tmp_path: Path, settings: str, environment: dict[str, str], message: str
) -> None:
    Home.open_or_create(tmp_path / "home")
    write_settings(tmp_path, settings)
    with started(tmp_path, "serve", "--config", "service.toml", **environment) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, "")
    assert message in errors
    assert not (tmp_path / "none").exists()


def test_work_ends_when_nothing_is_due_and_counts_its_jobs(tmp_path: Path) -> None:
    Home.open_or_create(tmp_path / "home")
    write_settings(tmp_path)
    with started(tmp_path, "work", "--config", "service.toml", "--once", "--json") as process:
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, json.loads(output)) == (0, {"jobs": 0}), errors
    assert (tmp_path / "work" / "ledger" / "checkpoint").is_file()
    with started(tmp_path, "work", "--config", "service.toml", "--status", "--json") as process:
        output, errors = process.communicate(timeout=120)
    assert json.loads(output) == {"jobs": {}}, errors
