"""Files appear whole or not at all, also when a disk fails."""

import ctypes
import os
from pathlib import Path

import pytest

from comity import folders
from comity.folders import commit_files, stage_file


@pytest.mark.parametrize("together", [True, False])
def test_commit_files__moves_many_files_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool) -> None:
    if not together:
        monkeypatch.setattr(folders, "_sync_filesystem", lambda _folder: False)
    names = [f"tile/0/x{n // 9:03}/{n:03}" for n in range(100)]
    for name in names:
        stage_file(tmp_path, name, name.encode())
    commit_files(tmp_path, names)
    assert all((tmp_path / name).read_text() == name for name in names)
    assert not list((tmp_path / ".tmp").iterdir())


@pytest.mark.parametrize("together", [True, False])
def test_commit_files__moves_nothing_when_the_sync_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    class Broken:
        """A C library on a broken disk."""

        def __init__(self, *_: object, **__: object) -> None:
            """As ctypes.CDLL."""

        def syncfs(self, _handle: int) -> int:
            """Fail as the system call does."""
            ctypes.set_errno(5)
            return -1

    def fail(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    if together:
        monkeypatch.setattr(ctypes, "CDLL", Broken)
    else:
        monkeypatch.setattr(folders, "_sync_filesystem", lambda _folder: False)
        monkeypatch.setattr(os, "fsync", fail)
    names = [f"tile/0/{n:03}" for n in range(100)]
    for name in names:
        stage_file(tmp_path, name, b"x")
    with pytest.raises(OSError, match="Input/output error"):
        commit_files(tmp_path, names)
    assert not (tmp_path / "tile").exists()
