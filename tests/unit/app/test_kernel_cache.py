"""The kernel cache: compiled once for one state of the files, and nothing left for a command to compile."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from comity.app import kernel_cache
from comity.app.kernel_tasks import TASKS
from comity.errors import ComityError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package folder with one kernel file, which stands in for the real one."""
    for name in kernel_cache.KERNEL_PACKAGES:
        (tmp_path / name / "__pycache__").mkdir(parents=True)
    (tmp_path / "columns" / "loops.py").write_text("@kernel\ndef f(): ...\n")
    for name in kernel_cache.KERNEL_DATA:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(kernel_cache, "PACKAGE", tmp_path)
    monkeypatch.setattr(kernel_cache, "STAMP", tmp_path / "columns" / "__pycache__" / "kernels.stamp")
    return tmp_path


def test_ensure_kernels__compiles_once_for_one_state_of_the_files(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    notices: list[str] = []
    monkeypatch.setattr(kernel_cache, "run_tasks", ran.extend)
    kernel_cache.ensure_kernels(notices.append)
    assert notices[0] == kernel_cache.NOTICE
    assert set(ran) == set(TASKS), "every task is in a stage"
    ran.clear()
    notices.clear()
    kernel_cache.ensure_kernels(notices.append)
    assert (ran, notices) == ([], [])
    stale = package / "match" / "__pycache__" / "loops.f-1.py311.nbi"
    stale.touch()
    (package / "columns" / "loops.py").write_text("@kernel\ndef f(): return 1\n")
    kernel_cache.ensure_kernels(notices.append)
    assert set(ran) == set(TASKS)
    assert not stale.exists(), "machine code of the earlier state is discarded"


@pytest.mark.parametrize("exposed", ["file", "folder"])
@pytest.mark.parametrize("place", ["package", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
def test_ensure_kernels__runs_no_machine_code_that_others_could_have_changed(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, exposed: str
) -> None:
    folder = package / "match" / "__pycache__"
    if place != "package":
        monkeypatch.setenv(place, str(tmp_path / "elsewhere"))
        folder = tmp_path / "elsewhere" / "numba" / "match_1"
        folder.mkdir(parents=True)
    monkeypatch.setattr(kernel_cache, "run_tasks", lambda _: None)
    kernel_cache.ensure_kernels(lambda _: None)
    planted = folder / "loops.f-1.py311.nbi"
    planted.write_bytes(b"a pickle")
    kernel_cache.ensure_kernels(lambda _: None)
    assert planted.exists(), "what nobody else could write is kept"
    (planted if exposed == "file" else folder).chmod(0o777)
    notices: list[str] = []
    kernel_cache.ensure_kernels(notices.append)
    assert notices[:2] == [kernel_cache.EXPOSED, kernel_cache.NOTICE]
    assert not planted.exists()
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o022


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_ensure_kernels__refuses_machine_code_of_somebody_else(package: Path) -> None:
    planted = package / "match" / "__pycache__" / "loops.f-1.py311.nbi"
    planted.write_bytes(b"a pickle")
    os.chown(planted, 65534, 65534)
    with pytest.raises(ComityError) as refused:
        kernel_cache.ensure_kernels(lambda _: None)
    assert refused.value.code == "folder_exposed"


def test_ensure_kernels__a_file_without_kernels_does_not_matter(package: Path) -> None:
    before = kernel_cache.hash_kernel_sources()
    (package / "columns" / "plain.py").write_text("x = 1\n")
    assert kernel_cache.hash_kernel_sources() == before


def test_ensure_kernels__a_word_that_is_compiled_into_kernels_matters(package: Path) -> None:
    before = kernel_cache.hash_kernel_sources()
    (package / kernel_cache.KERNEL_DATA[0]).write_text("another word\n")
    assert kernel_cache.hash_kernel_sources() != before


def test_run_tasks__a_task_that_fails_stops_nothing() -> None:
    kernel_cache.run_tasks(["no-such-task"])


COUNT_COMPILATIONS = """
import sys
from numba.core import event
class Recorder(event.Listener):
    def on_start(self, happened):
        function = happened.data["dispatcher"].py_func
        if function.__module__.startswith("comity."):
            print(function.__module__, function.__qualname__)
    def on_end(self, happened):
        pass
event.register("numba:compile", Recorder())
from comity.app import kernel_tasks
for task in kernel_tasks.TASKS.values():
    task()
"""


@pytest.mark.slow
def test_ensure_kernels__leaves_nothing_to_compile() -> None:
    kernel_cache.ensure_kernels(lambda _: None)
    again = subprocess.run([sys.executable, "-c", COUNT_COMPILATIONS], capture_output=True, text=True, check=True)
    assert again.stdout == ""
