"""Intake loses no row, names what is wrong by row number, and repeats no value."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.errors import EXIT_HELD
from comity.intake import RefusedBatchError, batch_reader, read_batch
from comity.model.batch import Batch
from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA
from comity.requests_file.limits import MAX_FIELD_CHARACTERS
from comity.signing import Ed25519Key, create_signing_key, key_thumbprint, sign_detached, to_public_key
from tests.support.batch_folders import VALID_ROW, encode_csv, make_row, write_batch

ROWS = [make_row(request_id=f"q{n}") for n in range(1, 6)]


def read(folder: Path, key: Ed25519Key) -> Batch:
    """Read with that key registered for whatever office the manifest names."""
    registered = {key_thumbprint(key): to_public_key(key)}
    return read_batch(folder, lambda _manifest: registered)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what was parsed, in order."""
    names: list[str] = []
    for name, function in (("manifest", "parse_manifest"), ("requests", "parse_requests")):
        original = getattr(batch_reader, function)

        def parse(*given: object, name: str = name, original: Callable[..., object] = original) -> object:
            names.append(name)
            return original(*given)

        monkeypatch.setattr(batch_reader, function, parse)
    return names


def rules(batch: Batch) -> set[str]:
    return {fault.rule for fault in batch.faults}


def test_a_good_batch_has_every_row_in_order_and_no_fault(tmp_path: Path) -> None:
    key = write_batch(tmp_path / "b", ROWS)
    batch = read(tmp_path / "b", key)
    assert batch.faults == ()
    assert batch.signer_key_id == key_thumbprint(key)
    assert batch.requests.schema == REQUESTS_SCHEMA
    assert batch.requests.column("request_id").to_pylist() == ["q1", "q2", "q3", "q4", "q5"]
    assert batch.requests.column("suffix").to_pylist() == [None] * 5


def test_the_three_formats_read_alike(tmp_path: Path) -> None:
    rows = [
        make_row(request_id="q1", last_name="Núñez-O'Brien"),
        make_row(request_id="q2", street='12 "Maple", St', zip="98501-1234"),
    ]
    lines = "\n".join(json.dumps(r) for r in rows).encode()
    table = pa.table({name: [r[name] for r in rows] for name in REQUEST_FIELDS})
    pq.write_table(table, tmp_path / "t.parquet")
    key = write_batch(tmp_path / "csv", rows)
    write_batch(tmp_path / "jsonl", lines, name="requests.jsonl", key=key)
    write_batch(tmp_path / "parquet", (tmp_path / "t.parquet").read_bytes(), name="requests.parquet", key=key)
    read_tables = [read(tmp_path / kind, key) for kind in ("csv", "jsonl", "parquet")]
    assert [b.faults for b in read_tables] == [(), (), ()]
    assert read_tables[0].requests == read_tables[1].requests == read_tables[2].requests


def test_a_field_of_white_space_says_nothing(tmp_path: Path) -> None:
    key = write_batch(tmp_path / "b", [make_row(street=" \t\u00a0 ")])
    assert read(tmp_path / "b", key).requests.column("street").to_pylist() == [None]


@pytest.mark.parametrize(
    ("edit", "rule", "rows"),
    [
        pytest.param(
            lambda raw: raw.replace(b"q3,Maria", b"q3,,Maria"), "r13_file_form", (3,), id="shifted by a comma"
        ),
        pytest.param(lambda raw: raw.replace(b"q2,Maria", b"q2,Mar\xeda"), "r13_file_form", (2,), id="latin-1 byte"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, "r13_file_form", (), id="byte order mark"),
        pytest.param(lambda raw: raw.decode().encode("utf-16"), "r13_file_form", (), id="UTF-16"),
        pytest.param(lambda raw: raw.replace(b"q4,", b"q2,"), "r13_file_form", (2, 4), id="request_id twice"),
        pytest.param(lambda raw: raw.replace(b"q4,", b"=1+1,"), "r13_file_form", (4,), id="formula as request_id"),
        pytest.param(lambda raw: raw.replace(b"q4,", b","), "r13_file_form", (4,), id="no request_id"),
        pytest.param(lambda raw: raw.replace(b"q5,Maria", b"q5,Ma\x00ia"), "r13_file_form", (5,), id="NUL"),
        pytest.param(
            lambda raw: raw.replace(b"q5,Maria", b'q5,"Ma\nia"'), "r13_file_form", (5,), id="line break in a name"
        ),
        pytest.param(
            lambda raw: raw.replace(b"q1,Maria", b"q1," + b"M" * 2**20), "r13_file_form", (1,), id="a megabyte of name"
        ),
        pytest.param(lambda raw: raw + raw.split(b"\n")[0] + b"\n", "r13_file_form", (6,), id="header repeated"),
        pytest.param(lambda raw: raw.replace(b"first_name", b"income", 1), "r13_file_form", (), id="unknown column"),
        pytest.param(lambda raw: raw.replace(b",zip,", b",city,", 1), "r13_file_form", (), id="column twice"),
        pytest.param(lambda raw: raw.replace(b"q3,Maria", b'q3,"Maria'), "r13_file_form", (), id="open quote"),
        pytest.param(lambda raw: raw.split(b"\n")[0] + b"\n", "r13_file_form", (), id="no rows"),
        pytest.param(lambda raw: raw[:0], "r13_file_form", (), id="empty file"),
    ],
)
def test_a_file_of_the_wrong_form_is_a_fault_with_row_numbers(
    tmp_path: Path, edit: object, rule: str, rows: tuple[int, ...]
) -> None:
    raw = edit(encode_csv(ROWS))  # type: ignore[operator]
    key = write_batch(tmp_path / "b", raw)
    batch = read(tmp_path / "b", key)
    assert rules(batch) == {rule}
    shown = {number for fault in batch.faults for number in fault.rows}
    assert set(rows) <= shown
    assert all("Maria" not in fault.message and "income" not in fault.message for fault in batch.faults)


def test_rows_that_cannot_be_read_keep_their_place(tmp_path: Path) -> None:
    key = write_batch(tmp_path / "b", encode_csv(ROWS).replace(b"q3,Maria", b"q3,,Maria"))
    batch = read(tmp_path / "b", key)
    assert batch.requests.column("row").to_pylist() == [1, 2, 3, 4, 5]
    assert batch.requests.column("request_id").to_pylist() == ["q1", "q2", None, "q4", "q5"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.decode().encode("utf-16"),
        lambda raw: raw.replace(b"q2,Maria", b"q2,Mar\xeda").replace(b"q4,Maria", b"q4,Mar\xeda"),
        lambda raw: raw.replace(b"first_name", b"income", 1),
        lambda raw: raw.replace(b",zip,", b",city,", 1),
    ],
    ids=["byte order mark", "UTF-16", "latin-1", "unknown column", "column twice"],
)
def test_a_file_refused_whole_still_says_which_rows_it_had(tmp_path: Path, edit: object) -> None:
    key = write_batch(tmp_path / "b", edit(encode_csv(ROWS)))  # type: ignore[operator]
    batch = read(tmp_path / "b", key)
    assert rules(batch) == {"r13_file_form"}
    assert batch.requests.column("request_id").to_pylist() == ["q1", "q2", "q3", "q4", "q5"]


def test_every_row_with_a_bad_byte_is_named(tmp_path: Path) -> None:
    raw = encode_csv(ROWS).replace(b"q2,Maria", b"q2,Mar\xeda").replace(b"q4,Maria", b"q4,Mar\xeda")
    key = write_batch(tmp_path / "b", raw)
    assert [fault.rows for fault in read(tmp_path / "b", key).faults] == [(2, 4)]


@pytest.mark.parametrize(
    "line",
    [
        b'{"request_id": "q2", "income": "1"}',
        b'{"request_id": "q2", "request_id": "q3"}',
        b"[1, 2]",
        b"not json",
        b'{"request_id": {"a": 1}}',
        b'{"request_id": "q2", "first_name": "\\ud800"}',
        b'{"request_id": true}',
        b"[" * 99_999,
    ],
)
def test_a_bad_json_line_is_named_by_its_number(tmp_path: Path, line: bytes) -> None:
    good = json.dumps(VALID_ROW).encode()
    key = write_batch(tmp_path / "b", good + b"\n" + line + b"\n" + good.replace(b"q1", b"q9"), name="requests.jsonl")
    batch = read(tmp_path / "b", key)
    assert batch.requests.num_rows == 3
    assert any(2 in fault.rows for fault in batch.faults)


def test_a_json_nul_is_found(tmp_path: Path) -> None:
    key = write_batch(tmp_path / "b", json.dumps(make_row(first_name="A\0B")).encode(), name="requests.jsonl")
    assert rules(read(tmp_path / "b", key)) == {"r13_file_form"}


def test_a_parquet_bomb_is_refused_before_it_expands(tmp_path: Path) -> None:
    huge = "A" * (70 * 2**20)
    columns = {
        name: pa.DictionaryArray.from_arrays(
            pa.array([0] * 50_000, pa.int32()), [huge if name == "first_name" else "x"]
        )
        for name in REQUEST_FIELDS
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet", compression="zstd")
    assert (tmp_path / "t.parquet").stat().st_size < 2**20
    key = write_batch(tmp_path / "b", (tmp_path / "t.parquet").read_bytes(), name="requests.parquet")
    assert "r13_file_form" in rules(read(tmp_path / "b", key))


def test_a_billion_row_claim_is_refused_unread(tmp_path: Path) -> None:
    schema = pa.schema([(name, pa.string()) for name in REQUEST_FIELDS])
    with pq.ParquetWriter(tmp_path / "t.parquet", schema) as writer:
        for _ in range(6):
            writer.write_table(pa.table({name: pa.nulls(2**20, pa.string()) for name in REQUEST_FIELDS}))
    key = write_batch(tmp_path / "b", (tmp_path / "t.parquet").read_bytes(), name="requests.parquet")
    batch = read(tmp_path / "b", key)
    assert rules(batch) == {"r13_file_form"}
    assert batch.row_count == 0


def test_garbage_for_parquet_is_a_fault(tmp_path: Path) -> None:
    key = write_batch(tmp_path / "b", b"PAR1" + b"\xff" * 500 + b"PAR1", name="requests.parquet")
    assert "r13_file_form" in rules(read(tmp_path / "b", key))


def test_right_to_left_marks_and_formulas_in_names_are_text(tmp_path: Path) -> None:
    key = write_batch(tmp_path / "b", [make_row(first_name="=HYPERLINK(1)", last_name="\u202eابن \u200fخلدون")])
    assert read(tmp_path / "b", key).faults == ()


@pytest.mark.parametrize("field", ["first_name", "street", "reason"])
def test_the_field_limit_is_exact(tmp_path: Path, field: str) -> None:
    key = write_batch(tmp_path / "b", [make_row(**{field: "x" * MAX_FIELD_CHARACTERS})])
    assert read(tmp_path / "b", key).faults == ()
    write_batch(tmp_path / "b", [make_row(**{field: "x" * (MAX_FIELD_CHARACTERS + 1)})], key=key)
    assert rules(read(tmp_path / "b", key)) == {"r13_file_form"}


def refuse(folder: Path, key: Ed25519Key) -> RefusedBatchError:
    """Read a batch that must be refused, with that key registered; the error."""
    with pytest.raises(RefusedBatchError) as raised:
        read(folder, key)
    return raised.value


class TestSignature:
    def test_a_changed_requests_file_is_not_parsed(self, tmp_path: Path, parsed: list[str]) -> None:
        key = write_batch(tmp_path / "b", ROWS)
        path = tmp_path / "b" / "requests.csv"
        path.write_bytes(path.read_bytes().replace(b"Maple", b"Cedar"))
        assert refuse(tmp_path / "b", key).code == "batch_unsigned"
        assert parsed == ["manifest"]

    def test_of_a_changed_manifest_no_request_is_parsed(self, tmp_path: Path, parsed: list[str]) -> None:
        key = write_batch(tmp_path / "b", ROWS)
        path = tmp_path / "b" / "batch.json"
        path.write_text(path.read_text().replace("batch-1", "batch-2"))
        error = refuse(tmp_path / "b", key)
        assert (error.code, error.manifest, parsed) == ("batch_unsigned", None, ["manifest"])

    def test_without_a_signature_no_request_is_parsed(self, tmp_path: Path, parsed: list[str]) -> None:
        key = write_batch(tmp_path / "b", ROWS)
        (tmp_path / "b" / "batch.json.jws").unlink()
        assert refuse(tmp_path / "b", key).code == "batch_unsigned"
        assert parsed == ["manifest"]

    def test_an_unregistered_key_is_an_open_question_not_a_refusal(self, tmp_path: Path, parsed: list[str]) -> None:
        write_batch(tmp_path / "b", ROWS)
        error = refuse(tmp_path / "b", create_signing_key(tmp_path / "other.key"))
        assert (error.code, error.exit_code) == ("signer_unregistered", EXIT_HELD)
        assert parsed == ["manifest"]

    @pytest.mark.parametrize(
        "edit",
        [
            lambda text: text.replace("..", ".e30."),
            lambda text: text + "=",
            lambda text: text * 9,
            lambda text: text[:-1],
            lambda text: "e30.." + text.split("..")[1],
            lambda text: "\u2603" + text,
        ],
    )
    def test_a_malformed_signature_is_refused(self, tmp_path: Path, edit: Callable[[str], str]) -> None:
        key = write_batch(tmp_path / "b", ROWS)
        path = tmp_path / "b" / "batch.json.jws"
        path.write_text(edit(path.read_text().strip()), encoding="utf-8")
        assert refuse(tmp_path / "b", key).code == "batch_unsigned"


class TestManifest:
    @pytest.mark.parametrize(
        "text",
        ["", "[]", "{", '{"batch_id": "a", "batch_id": "b"}', "[" * 99_999, '{"secret-name": 1}', "\x00"],
        ids=["empty", "array", "cut", "key twice", "deep", "unknown key", "NUL"],
    )
    def test_a_manifest_that_cannot_be_read_says_so_without_values(self, tmp_path: Path, text: str) -> None:
        key = write_batch(tmp_path / "b", ROWS)
        (tmp_path / "b" / "batch.json").write_text(text)
        error = refuse(tmp_path / "b", key)
        assert error.code == "batch_unreadable"
        assert "secret-name" not in error.message

    @pytest.mark.parametrize("name", ["../requests.csv", "/etc/hostname", "requests.xlsx"])
    def test_the_requests_file_stays_in_the_folder(self, tmp_path: Path, name: str) -> None:
        key = write_batch(tmp_path / "b", ROWS)
        path = tmp_path / "b" / "batch.json"
        signed = json.dumps(json.loads(path.read_text()) | {"requests_file": name})
        path.write_text(signed)
        (tmp_path / "b" / "batch.json.jws").write_text(sign_detached(signed.encode(), key))
        assert "exactly one requests file" in refuse(tmp_path / "b", key).message
