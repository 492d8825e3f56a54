"""Files appear whole or not at all, also when a disk fails."""

import ctypes
import os
from pathlib import Path

import pytest

from comity import folders
from comity.folders import commit_files, lock_folder, replace_file, stage_file


@pytest.mark.parametrize("together", [True, False])
def test_commit_files__moves_many_files_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool) -> None:
    if not together:
        monkeypatch.setattr(folders, "_sync_filesystem", lambda _folder: False)
    names = [f"tile/0/x{n // 9:03}/{n:03}" for n in range(100)]
    for name in names:
        stage_file(tmp_path, name, name.encode())
    commit_files(tmp_path, names)
    assert all((tmp_path / name).read_text() == name for name in names)
    assert not (tmp_path / ".tmp").exists()


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


def test_replace_file__writes_through_nothing_that_was_planted(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_bytes(b"theirs")
    out.mkdir()
    for name in ("answers.csv", "answers.csv.part", ".answers.csv.part"):
        (out / name).symlink_to(victim)
    replace_file(out / "answers.csv", b"ours")
    assert victim.read_bytes() == b"theirs"
    assert (out / "answers.csv").read_bytes() == b"ours"
    assert not (out / "answers.csv").is_symlink()
    assert (out / "answers.csv").stat().st_mode & 0o077 == 0


def test_lock_folder__refuses_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(OSError, match="link"), lock_folder(tmp_path / "link"):
        pass


def test_stage_file__writes_through_nothing_that_was_planted(tmp_path: Path) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "public"
    victim.write_bytes(b"theirs")
    (folder / ".tmp").mkdir(parents=True)
    (folder / ".tmp" / "checkpoint").symlink_to(victim)
    stage_file(folder, "checkpoint", b"ours")
    commit_files(folder, ["checkpoint"])
    assert (victim.read_bytes(), (folder / "checkpoint").read_bytes()) == (b"theirs", b"ours")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".tmp").symlink_to(tmp_path / "real")
    with pytest.raises(OSError, match=r"exists|directory|link"):
        stage_file(tmp_path / "other", "checkpoint", b"ours")
