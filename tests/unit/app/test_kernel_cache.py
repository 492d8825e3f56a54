"""The kernel cache: compiled once for one state of the files, and nothing left for a command to compile."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.app import kernel_cache
from comity.app.kernel_tasks import TASKS


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
