"""Batches of every bad kind: what a stranger can drop into a folder, and what a registered requester can sign.

Start at `hostile_kinds`.
"""

import io
import json
import os
import random
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.model.request_fields import REQUEST_FIELDS
from comity.signing import Ed25519Key, sign_detached
from tests.support.batch_folders import encode_csv, make_row, write_batch

ROWS = [make_row(request_id=f"q{n}", last_name=f"Zqmark{n}") for n in range(1, 4)]
GOOD = encode_csv(ROWS)
HEADER = GOOD.split(b"\n")[0]
MEGABYTE = 2**20

REFUSED = "refused"
"""Signed, and refused row by row: an entry for each row and one for the release."""


@dataclass(frozen=True)
class HostileKind:
    """A bad kind of batch: how it is written into a folder, and how its verification must end."""

    write: Callable[[Path, Ed25519Key], object]
    ends: str = REFUSED


def _signed(content: bytes | Callable[[], bytes], name: str = "requests.csv") -> HostileKind:
    def write(folder: Path, key: Ed25519Key) -> None:
        data = content if isinstance(content, bytes) else content()
        write_batch(folder, data, key=key, name=name, batch_id=folder.name)

    return HostileKind(write)


def _jsonl(line: bytes) -> HostileKind:
    good = json.dumps(ROWS[0]).encode()
    return _signed(good + b"\n" + line + b"\n" + good.replace(b"q1", b"q9"), "requests.jsonl")


def _parquet(content: bytes | Callable[[], bytes]) -> HostileKind:
    return _signed(content, "requests.parquet")


def _table(**columns: object) -> pa.Table:
    return pa.table({name: [row[name] for row in ROWS] for name in REQUEST_FIELDS} | columns)


def encode_parquet(table: pa.Table, **options: object) -> bytes:
    """Return a table as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def _damaged_parquet(seed: int) -> bytes:
    """Return a file with random bytes in its footer, whose first byte begins no field.

    Random bytes alone may be where no reader looks, so that the file is as good as before.
    """
    generator, data = random.Random(seed), bytearray(encode_parquet(_table()))
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    data[start] = 0xFF
    for _ in range(1 + seed % 4):
        data[generator.randrange(start, len(data) - 8)] = generator.randrange(256)
    return bytes(data)


def _repeated_value(size: int, rows: int) -> bytes:
    value = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["A" * size])
    short = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x"])
    columns = {name: value if name == "reason" else short for name in REQUEST_FIELDS}
    return encode_parquet(pa.table(columns), compression="zstd")


def _broken_utf8() -> bytes:
    names = pa.array([b"Mar\xeda", b"\xff\xfe", b"Ok"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 3, names.buffers())
    return encode_parquet(_table(first_name=broken))


def _replace(file_name: str, change: Callable[[Path], object]) -> Callable[[Path, Ed25519Key], object]:
    """Write a good batch, then put something else instead of one of its files."""

    def write(folder: Path, key: Ed25519Key) -> None:
        write_batch(folder, ROWS, key=key, batch_id=folder.name)
        moved = folder.parent / f"{folder.name}-{file_name}"
        (folder / file_name).rename(moved)
        change(folder / file_name)

    return write


def _moved(path: Path) -> Path:
    return path.parent.parent / f"{path.parent.name}-{path.name}"


def _edit_manifest(edit: Callable[[str], str | bytes], *, sign: bool = True) -> Callable[[Path, Ed25519Key], object]:
    def write(folder: Path, key: Ed25519Key) -> None:
        write_batch(folder, ROWS, key=key, batch_id=folder.name)
        text = edit((folder / "batch.json").read_text())
        data = text if isinstance(text, bytes) else text.encode()
        (folder / "batch.json").write_bytes(data)
        if sign:
            (folder / "batch.json.jws").write_text(sign_detached(data, key))

    return write


def _sparse(size: int) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return write


def _with(member: str, value: object) -> Callable[[str], str]:
    return lambda text: json.dumps(json.loads(text) | {member: value})


def _many_members(text: str) -> str:
    return text[:-2].rstrip("}") + "".join(f',"m{n}":0' for n in range(350_000)) + "}"


def _second_file(folder: Path, key: Ed25519Key) -> None:
    write_batch(folder, ROWS, key=key, batch_id=folder.name)
    (folder / "requests.jsonl").write_bytes(b"{}")


def _linked_folder(folder: Path, key: Ed25519Key) -> None:
    write_batch(folder.parent / f"{folder.name}-elsewhere", ROWS, key=key, batch_id=folder.name)
    folder.symlink_to(folder.parent / f"{folder.name}-elsewhere")


def _unregistered(folder: Path, _key: Ed25519Key) -> None:
    write_batch(folder, ROWS, batch_id=folder.name)


def _copied_signature(folder: Path, key: Ed25519Key) -> None:
    """A stranger's rows under a manifest that the agency signed for others."""
    write_batch(folder, ROWS, key=key, batch_id=folder.name)
    (folder / "requests.csv").write_bytes(HEADER + b"\n" + b"\n" * 20 * MEGABYTE)


def _signed_files() -> dict[str, HostileKind]:
    return {
        "csv empty": _signed(b""),
        "csv without rows": _signed(HEADER + b"\n"),
        "csv byte order mark": _signed(b"\xef\xbb\xbf" + GOOD),
        "csv UTF-16": _signed(GOOD.decode().encode("utf-16")),
        "csv cut UTF-16": _signed(GOOD.decode().encode("utf-16")[:-1]),
        "csv Windows-1252": _signed(GOOD.replace(b"Maria", b"Mar\xeda")),
        "csv NUL": _signed(GOOD.replace(b"Maria", b"Ma\0ia")),
        "csv blank lines": _signed(GOOD.replace(b"\n", b"\n\n")),
        "csv open quote": _signed(GOOD.replace(b"q2,Maria", b'q2,"Maria')),
        "csv a megabyte of name": _signed(GOOD.replace(b"q1,Maria", b"q1," + b"M" * MEGABYTE)),
        "csv 20 megabytes of name": _signed(lambda: GOOD.replace(b"q1,Maria", b"q1," + b"M" * 20 * MEGABYTE)),
        "csv header of 20 megabytes": _signed(lambda: b"a," * 10 * MEGABYTE + b"\n1,2\n"),
        "csv header of 60,000 columns": _signed(b"a," * 30_000 + b"\n" + b"1," * 30_000 + b"\n"),
        "csv 2 megabytes of broken text": _signed(HEADER + b"\n" + b"\xff" * 2 * MEGABYTE),
        "csv 20 megabytes of broken text": _signed(lambda: b"\xff\xfe\xfd" * 7 * MEGABYTE),
        "csv header repeated": _signed(GOOD + HEADER + b"\n"),
        "csv carriage returns alone": _signed(GOOD.replace(b"\n", b"\r")),
        "csv shifted by a comma": _signed(GOOD.replace(b"q2,Maria", b"q2,,Maria")),
        "csv gzip": _signed(b"\x1f\x8b\x08" + bytes(range(256)) * 4),
        "csv quotes alone": _signed(b'"' * MEGABYTE),
        "jsonl deep brackets": _jsonl(b"[" * 99_999),
        "jsonl a line of 20 megabytes": _jsonl(b'{"request_id": "' + b"x" * 20 * MEGABYTE + b'"}'),
        "jsonl lone surrogate": _jsonl(b'{"request_id": "q2", "first_name": "\\ud800"}'),
        "jsonl key twice": _jsonl(b'{"request_id": "q2", "request_id": "q3"}'),
        "jsonl unknown key": _jsonl(b'{"request_id": "q2", "income": "1"}'),
        "jsonl huge number": _jsonl(b'{"request_id": ' + b"9" * 9_999 + b"}"),
        "jsonl NaN": _jsonl(b'{"request_id": NaN}'),
        "jsonl not UTF-8": _jsonl(b'{"request_id": "q\xff"}'),
        "parquet garbage": _parquet(b"PAR1" + b"\xff" * 500 + b"PAR1"),
        "parquet cut": _parquet(encode_parquet(_table())[:-200]),
        "parquet encrypted": _parquet(encode_parquet(_table())[:-4] + b"PARE"),
        "parquet struct column": _parquet(encode_parquet(_table(first_name=pa.array([{"a": "x"}] * 3)))),
        "parquet list column": _parquet(encode_parquet(_table(first_name=pa.array([["x"]] * 3)))),
        "parquet map column": _parquet(
            encode_parquet(_table(first_name=pa.array([[("a", "x")]] * 3, pa.map_(pa.string(), pa.string()))))
        ),
        "parquet broken UTF-8": _parquet(_broken_utf8()),
        "parquet broken UTF-8 in a dictionary": _parquet(encode_parquet(pq.read_table(io.BytesIO(_broken_utf8())))),
        "parquet unknown columns": _parquet(encode_parquet(pa.table({"a": ["x"] * 3}))),
        "parquet no columns": _parquet(encode_parquet(pa.table({}))),
        "parquet huge value repeated": _parquet(lambda: _repeated_value(70 * MEGABYTE, 50_000)),
        "parquet huge value repeated at once": _parquet(lambda: _repeated_value(150 * MEGABYTE, 4)),
        "parquet values that expand to a gigabyte": _parquet(lambda: _repeated_value(2_000, 500_000)),
        **{f"parquet damaged footer {seed}": _parquet(_damaged_parquet(seed)) for seed in range(2, 8)},
    }


_UNREADABLE = {
    "manifest missing": HostileKind(_replace("batch.json", lambda _path: None)),
    "manifest a directory": HostileKind(_replace("batch.json", Path.mkdir)),
    "manifest a pipe": HostileKind(_replace("batch.json", os.mkfifo)),
    "manifest a socket": HostileKind(_replace("batch.json", lambda path: os.mknod(path, stat.S_IFSOCK))),
    "manifest a link": HostileKind(_replace("batch.json", lambda path: path.symlink_to(_moved(path)))),
    "manifest a second name": HostileKind(_replace("batch.json", lambda path: path.hardlink_to(_moved(path)))),
    "manifest a device": HostileKind(_replace("batch.json", lambda path: path.symlink_to("/dev/zero"))),
    "manifest sparse": HostileKind(_replace("batch.json", _sparse(2**40))),
    "manifest of zeros": HostileKind(_replace("batch.json", _sparse(4 * MEGABYTE))),
    "manifest no JSON": HostileKind(_edit_manifest(lambda _text: "{")),
    "manifest key twice": HostileKind(_edit_manifest(lambda text: text.replace("{", '{"batch_id": "x",', 1))),
    "manifest deep brackets": HostileKind(_edit_manifest(lambda _text: "[" * 4 * MEGABYTE)),
    "manifest of a million officers": HostileKind(_edit_manifest(_with("officers", [{}] * 900_000))),
    "manifest of a million elements": HostileKind(_edit_manifest(_with("elements", [0] * 900_000))),
    "manifest of a million keys": HostileKind(_edit_manifest(_many_members)),
    "manifest not UTF-8": HostileKind(_edit_manifest(lambda text: text.encode("utf-16"))),
    "manifest with a lone surrogate": HostileKind(_edit_manifest(_with("requester", "\ud800"))),
    "requests missing": HostileKind(_replace("requests.csv", lambda _path: None)),
    "requests a pipe": HostileKind(_replace("requests.csv", os.mkfifo)),
    "requests a link": HostileKind(_replace("requests.csv", lambda path: path.symlink_to(_moved(path)))),
    "requests a link to a device": HostileKind(_replace("requests.csv", lambda path: path.symlink_to("/dev/zero"))),
    "requests a second name": HostileKind(_replace("requests.csv", lambda path: path.hardlink_to(_moved(path)))),
    "requests a directory": HostileKind(_replace("requests.csv", Path.mkdir)),
    "requests too large": HostileKind(_replace("requests.csv", _sparse(3 * 2**30))),
    "requests twice": HostileKind(_second_file),
    "requests elsewhere": HostileKind(_edit_manifest(_with("requests_file", "../requests.csv"))),
    "folder a link": HostileKind(_linked_folder),
    "folder a file": HostileKind(lambda folder, _key: folder.write_bytes(b"x")),
    "folder missing": HostileKind(lambda _folder, _key: None),
}

_UNSIGNED = {
    "signature missing": HostileKind(_replace("batch.json.jws", lambda _path: None)),
    "signature a pipe": HostileKind(_replace("batch.json.jws", os.mkfifo)),
    "signature a link": HostileKind(_replace("batch.json.jws", lambda path: path.symlink_to(_moved(path)))),
    "signature huge": HostileKind(_replace("batch.json.jws", _sparse(2**30))),
    "signature garbage": HostileKind(_replace("batch.json.jws", lambda path: path.write_bytes(b"\xff" * 99))),
    "signature of another manifest": HostileKind(_edit_manifest(_with("statutory_authority", "Z"), sign=False)),
    "rows of a stranger": HostileKind(_copied_signature),
    "sparse rows of a stranger": HostileKind(_replace("requests.csv", _sparse(256 * MEGABYTE))),
}


def hostile_kinds() -> dict[str, HostileKind]:
    """Return every kind by its name."""
    return {
        **_signed_files(),
        **{name: HostileKind(kind.write, "batch_unreadable") for name, kind in _UNREADABLE.items()},
        **{name: HostileKind(kind.write, "batch_unsigned") for name, kind in _UNSIGNED.items()},
        "key not registered": HostileKind(_unregistered, "signer_unregistered"),
    }
