"""The files of a batch are read once, from the folder that was opened, and nothing else is ever read."""

import os
import threading
from pathlib import Path

import pytest

from comity.errors import RequestError
from comity.intake import RefusedBatchError, batch_folder, read_batch
from comity.intake.batch_folder import open_batch_folder
from comity.signing import key_thumbprint, to_public_key
from tests.support.batch_folders import encode_csv, make_row, write_batch

SIGNED = [make_row(request_id=f"q{n}") for n in range(400)]
OTHERS = encode_csv([make_row(request_id=f"q{n}", last_name="Swapped") for n in range(400)])


def test_rows_swapped_in_while_a_batch_is_read_are_never_taken_for_the_signed_ones(tmp_path: Path) -> None:
    key = write_batch(tmp_path / "b", SIGNED)
    signed, file = (tmp_path / "b" / "requests.csv").read_bytes(), tmp_path / "b" / "requests.csv"
    is_done = threading.Event()

    def swap() -> None:
        while not is_done.is_set():
            for content in (OTHERS, signed):
                (tmp_path / "next").write_bytes(content)
                (tmp_path / "next").replace(file)
            file.write_bytes(OTHERS)  # in place too
            file.write_bytes(signed)

    swapper = threading.Thread(target=swap)
    swapper.start()
    registered = {key_thumbprint(key): to_public_key(key)}
    try:
        for _ in range(10):
            try:
                names = read_batch(tmp_path / "b", lambda _manifest: registered).requests["last_name"].to_pylist()
            except RefusedBatchError:
                continue
            assert set(names) == {"Testcase"}
    finally:
        is_done.set()
        swapper.join()


def test_a_change_after_the_file_was_read_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"signed")
    with open_batch_folder(tmp_path) as folder, folder.copy("f", 10) as copy:
        (tmp_path / "f").write_bytes(b"others")
        assert os.pread(copy.descriptor, 99, 0) == b"signed"


def test_each_file_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, opened = write_batch(tmp_path / "b", SIGNED), []
    original = os.open

    def count(path: str, *given: int, **more: int) -> int:
        opened.append(str(path))
        return original(path, *given, **more)

    monkeypatch.setattr(os, "open", count)
    read_batch(tmp_path / "b", lambda _manifest: {key_thumbprint(key): to_public_key(key)})
    assert [name for name in opened if "batch.json" in name or "requests" in name] == [
        "batch.json",
        "batch.json.jws",
        "requests.csv",
    ]


@pytest.mark.parametrize("size", [10, batch_folder._MEMORY_BYTES + 1])
def test_a_copy_in_memory_and_one_on_disk_are_alike(tmp_path: Path, size: int) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(size)
    with open_batch_folder(tmp_path) as folder, folder.copy("f", size) as copy:
        assert os.fstat(copy.descriptor).st_size == size
    with open_batch_folder(tmp_path) as folder, pytest.raises(RequestError), folder.copy("f", size - 1):
        pass
