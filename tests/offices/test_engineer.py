"""The custodian's engineer, from exports of her own to an index month after month, by her guide's commands alone."""

import gzip
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.guide_commands import COMITY, read_commands, run_comity
from tests.support.mixed_export import make_rows, write_bars, write_plain


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Write three months of an export of one layout, and a list of records to withdraw."""
    rows = make_rows(3_000)
    for month, name in enumerate(("march", "april", "may")):
        write_bars(tmp_path / f"{name}.txt.gz", rows[1_000 * month :][:1_000])
    (tmp_path / "gone.txt").write_text("E0000003\nE0001004\n")
    return tmp_path


@pytest.mark.slow
def test_her_first_half_hour_and_the_months_after_it(exports: Path) -> None:
    commands = read_commands("custodian-files.md")
    assert len(commands) == 15
    for command, exit_code in commands:
        assert command[0] == "comity"
        result = run_comity(*command[1:], folder=exports)
        assert result.returncode == exit_code, f"{command}: {result.stdout} {result.stderr}"
        assert "unforeseen" not in result.stderr
    write_plain(exports / "truth.parquet", make_rows(2_000))  # may was rolled back, and what was withdrawn is back
    assert run_comity("index", "build", "truth.parquet", "--out", "truth", folder=exports).returncode == 0
    mine, truth = (
        json.loads(run_comity("index", "info", name, "--json", folder=exports).stdout) for name in ("idx", "truth")
    )
    assert (mine["rows"], mine["state"], len(mine["segments"])) == (2_000, 6, 1)
    assert mine["years"] == truth["years"]
    folders = [
        exports / name / f"segment-{state['segments'][0]['fingerprint'][:16]}"
        for name, state in (("idx", mine), ("truth", truth))
    ]
    for file in (
        "street.arrow",
        "place.arrow",
        "number.arrow",
        "record_id.bin",
        "given.bin",
        "street.bin",
        "tax_year.bin",
    ):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes(), file


@pytest.mark.slow
def test_what_she_gets_wrong_is_named_with_what_to_do(exports: Path) -> None:
    broken = gzip.decompress((exports / "march.txt.gz").read_bytes()).decode("cp1252").splitlines()
    broken[7] = "Hunter2"
    (exports / "broken.txt.gz").write_bytes(gzip.compress("\n".join(broken).encode("cp1252")))
    refused = run_comity("index", "build", "broken.txt.gz", "--out", "idx", folder=exports)
    assert refused.returncode == 1
    assert "comity index map" in refused.stderr
    assert run_comity("index", "map", "broken.txt.gz", folder=exports).returncode == 0
    refused = run_comity("index", "build", "broken.txt.gz", "--map", "map.toml", "--out", "idx", folder=exports)
    assert refused.returncode == 1
    assert "broken.txt.gz: 1 fields and not 10 in 1 row (row 7)" in refused.stderr
    assert "--leave-out" in refused.stderr
    assert "Hunter2" not in refused.stderr
    built = run_comity(
        "index", "build", "broken.txt.gz", "--map", "map.toml", "--leave-out", "--out", "idx", folder=exports
    )
    assert built.returncode == 0
    assert "left out: 1 fields and not 10 in 1 row (row 7)" in built.stdout
    assert sorted(path.name for path in exports.glob(".*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("moment", [".idx.staged", ".idx.building", ".idx.building/work/chunk-*"])
def test_a_build_that_she_stops_says_so_and_what_stays(tmp_path: Path, moment: str) -> None:
    write_bars(tmp_path / "march.txt.gz", make_rows(150_000))
    assert run_comity("index", "map", "march.txt.gz", folder=tmp_path).returncode == 0
    command = [*COMITY, "index", "build", "march.txt.gz", "--map", "map.toml", "--out", "idx"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as build:
        while not list(tmp_path.glob(moment)):
            assert build.poll() is None
            time.sleep(0.01)
        os.killpg(build.pid, signal.SIGINT)
        assert build.stderr is not None
        told = build.stderr.read()
    assert build.returncode == 130
    assert "stopped. Run the same command again to go on." in told
    assert "unforeseen" not in told
    assert "Traceback" not in told
    assert ("The unfinished build is in" in told) == (tmp_path / ".idx.building").exists()
    assert not (tmp_path / ".idx.staged").exists()
    assert not (tmp_path / "idx").exists()
