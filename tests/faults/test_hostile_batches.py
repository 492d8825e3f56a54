"""Whatever is dropped into a folder or signed: an entry, a clear end, little memory, and the next batch is served."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.hostile_batches import REFUSED, ROWS, hostile_kinds
from tests.support.workspace import Workspace, make_workspace

MAX_MIB = 512


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The town with its index."""
    return make_workspace(tmp_path_factory.mktemp("town"))


def test_no_batch_takes_memory_goes_unaccounted_or_stops_the_next_one(town: Workspace, tmp_path: Path) -> None:
    kinds = hostile_kinds()
    assert len(kinds) >= 40
    world = Workspace(tmp_path, town.index, town.key)
    home = world.open_home()
    (tmp_path / "in").mkdir()
    ends: dict[str, str] = {}
    for name, kind in kinds.items():
        folder = tmp_path / "in" / name.replace(" ", "-").replace(",", "")
        kind.write(folder, town.key)
        ends[folder.name] = kind.ends
    good = world.write_batch("good", ROWS)
    folders = [*(tmp_path / "in" / name for name in ends), good]
    command = [sys.executable, "-m", "tests.support.batch_verifier", home.path, town.index, tmp_path / "out", *folders]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    results = {item["name"]: item for item in map(json.loads, run.stdout.splitlines())}
    assert (run.returncode, run.stderr) == (0, "")
    assert {name: results[name]["ends"] for name in ends} == ends
    for name, item in results.items():
        expected = 1 if ends.get(name, REFUSED) != REFUSED else item["rows"] + 1
        assert item["entries"] == expected, name
    assert results["good"]["ends"] == "answered"
    assert {name: item["mib"] for name, item in results.items() if max(item["mib"]) >= MAX_MIB} == {}
