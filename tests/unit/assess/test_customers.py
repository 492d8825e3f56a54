"""Files of customers: what is read, what is refused, and that no value of a file is told."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.assess import assess_rules
from comity.assess.assessment_facts import list_facts
from comity.assess.customers import COLUMNS, _hash_texts, _repeated_rows
from comity.assess.synthetic import write_synthetic_customers
from comity.errors import RequestError
from comity.law.candidate import load_candidates
from tests.unit.assess.bank import AS_OF, INPUTS, SETTLED, counts_of, customer, rule, write_csv, write_parquet

RULE = rule()


def _refused(path: Path) -> str:
    with pytest.raises(RequestError) as caught:
        counts_of(path, RULE)
    assert caught.value.code == "customers_invalid"
    return caught.value.message + caught.value.hint


def test_csv_and_parquet_of_text_or_types_count_alike(tmp_path: Path) -> None:
    rows = [
        SETTLED,
        customer("a"),
        customer("b", opened_on="", birth_year="", details_kept=""),
        customer("c", verified="no"),
    ]
    as_csv, as_text = write_csv(tmp_path / "a.csv", rows), write_parquet(tmp_path / "a.parquet", rows)
    days = {
        n: pa.array([date.fromisoformat(r[n]) if r[n] else None for r in rows])
        for n in ("opened_on", "document_expires_on")
    }
    flags = {
        n: pa.array([r[n] == "yes" if r[n] else None for r in rows])
        for n in ("former_name_on_file", "details_kept", "verified")
    }
    years = {"birth_year": pa.array([int(r["birth_year"]) if r["birth_year"] else None for r in rows], pa.int16())}
    typed = {**days, **flags, **years}
    pq.write_table(
        pa.table({n: typed.get(n, pa.array([r[n] or None for r in rows])) for n in COLUMNS}), tmp_path / "typed.parquet"
    )
    counts = counts_of(as_csv, RULE)
    assert counts == counts_of(as_text, RULE) == counts_of(tmp_path / "typed.parquet", RULE)
    assert (counts["customers"], counts["settled"], counts["must_act"]) == (4, 1, 3)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("opened_on", "2026-11-29"),
        ("opened_on", "2020-02-31"),
        ("opened_on", "20200202"),
        ("opened_on", "0001-01-01"),
        ("document_expires_on", "soon"),
        ("kind", "Individual"),
        ("birth_year", "2027"),
        ("birth_year", "1700"),
        ("birth_year", "١٩٨٠"),
        ("state", "ZZ"),
        ("number_kind", "123-45-6789"),
        ("former_name_on_file", "maybe"),
        ("document_kind", "library-card"),
        ("details_kept", "1"),
        ("verified", "TRUE"),
    ],
)
def test_a_value_outside_its_list_is_told_by_column_and_row_and_never_itself(
    tmp_path: Path, column: str, value: str
) -> None:
    rows = [SETTLED, customer("a", **{column: value}), customer("b")]
    for path in (write_csv(tmp_path / "a.csv", rows), write_parquet(tmp_path / "a.parquet", rows)):
        told = _refused(path)
        assert f"{column} is" in told
        assert "(1 row: 2)" in told
        assert value not in told or value == "1"


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    rows = [customer("a", kind="x"), customer("b", state="x"), customer("c", verified="x"), customer("c")]
    told = _refused(write_csv(tmp_path / "a.csv", rows))
    assert all(part in told for part in ("kind is", "state is", "verified is", "customer_id is not the only one"))


@pytest.mark.parametrize(
    "column", ["race", "ethnicity", "language", "birthplace", "name", "nationality", "citizenship"]
)
def test_a_column_about_origin_or_a_name_is_refused(tmp_path: Path, column: str) -> None:
    path = write_csv(tmp_path / "a.csv", [{**SETTLED, column: "Zebulon"}], (*COLUMNS, column))
    told = _refused(path)
    assert "1 columns are not in the list" in told
    assert "Zebulon" not in told
    table = pa.table({**{n: [SETTLED[n]] for n in COLUMNS}, column: ["Zebulon"]})
    pq.write_table(table, tmp_path / "a.parquet")
    assert "not in the list" in _refused(tmp_path / "a.parquet")


def test_a_missing_or_repeated_column_is_refused(tmp_path: Path) -> None:
    assert "columns are missing: state" in _refused(
        write_csv(tmp_path / "a.csv", [SETTLED], tuple(c for c in COLUMNS if c != "state"))
    )
    (tmp_path / "b.csv").write_text(",".join([*COLUMNS, "kind"]) + "\n", encoding="utf-8")
    assert "there twice" in _refused(tmp_path / "b.csv")
    (tmp_path / "c.csv").write_text("Zebulon,1980-01-01\n", encoding="utf-8")
    assert "Zebulon" not in _refused(tmp_path / "c.csv")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_no_customer_is_refused_and_all_blank_is_counted_as_unknown(tmp_path: Path, form: str) -> None:
    write: Any = write_csv if form == "csv" else write_parquet
    assert "no customer" in _refused(write(tmp_path / f"none.{form}", []))
    blank = [{**dict.fromkeys(COLUMNS, ""), "customer_id": f"c{n}"} for n in range(7)]
    counts = counts_of(write(tmp_path / f"blank.{form}", blank), RULE)
    assert (counts["unknown"], counts["must_act"], counts["settled"], counts["out_of_scope"]) == (7, 0, 0, 0)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_repeated_and_blank_ids_are_refused_with_their_rows(tmp_path: Path, form: str) -> None:
    write: Any = write_csv if form == "csv" else write_parquet
    told = _refused(write(tmp_path / f"a.{form}", [customer("a"), customer("b"), customer("a"), customer("a")]))
    assert "customer_id is not the only one of its kind (2 rows: 3, 4)" in told
    assert "customer_id is blank (1 row: 2)" in _refused(write(tmp_path / f"b.{form}", [customer("a"), customer("")]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"PAR1",
        b"\x00" * 100,
        ",".join(COLUMNS).encode() + b"\na,b\n",
        ",".join(COLUMNS).encode() + b'\n"a\n',
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("a.csv", "a.parquet"):
        (tmp_path / name).write_bytes(content)
        _refused(tmp_path / name)
    _refused(tmp_path / "absent.csv")
    (tmp_path / "a.xlsx").write_bytes(content)
    assert ".parquet" in _refused(tmp_path / "a.xlsx")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [SETTLED, customer("a")])
    plain = counts_of(path, RULE)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert counts_of(path, RULE) == plain


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("kind", pa.array([1, 2])),
        ("details_kept", pa.array([1, 2])),
        ("verified", pa.array([1.0, 2.0])),
        ("opened_on", pa.array([18000, 18001])),
        ("birth_year", pa.array([True, False])),
        ("state", pa.array([["OH"], ["OH"]])),
        ("kind", pa.array([b"individual", b"\xff"])),
        ("document_kind", pa.array(["real-id", "x" * 1_000_000])),
        ("customer_id", pa.array([["a"], ["b"]])),
    ],
)
def test_a_column_of_another_type_is_a_fault_and_never_a_code(tmp_path: Path, column: str, values: pa.Array) -> None:
    plain = {name: pa.array([SETTLED[name]] * 2) for name in COLUMNS} | {"customer_id": pa.array(["a", "b"])}
    pq.write_table(pa.table({**plain, column: values}), tmp_path / "a.parquet")
    _refused(tmp_path / "a.parquet")


def test_columns_without_any_value_are_blank(tmp_path: Path) -> None:
    columns: dict[str, pa.Array] = {name: pa.nulls(2) for name in COLUMNS} | {"customer_id": pa.array([7, 8])}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert counts_of(tmp_path / "a.parquet", RULE)["unknown"] == 2


def test_every_repeated_hash_is_found_and_no_other() -> None:
    hashes = np.array([5, 1, 5, 2, 1, 5], np.uint64)
    assert _repeated_rows(hashes).tolist() == [3, 5, 6]
    assert _repeated_rows(np.arange(10, dtype=np.uint64)).tolist() == []
    texts = [f"C{n:09d}" for n in range(200_000)]
    filled = pa.array(texts, pa.large_string())
    _, offsets, data = filled.buffers()
    out = np.empty(len(texts), np.uint64)
    _hash_texts(np.frombuffer(data, np.uint8), np.frombuffer(offsets, np.int64), out)
    assert len(np.unique(out)) == len(texts)


def test_no_id_of_a_customer_is_in_what_is_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [customer("Zebulon"), SETTLED])
    assessment = assess_rules(path, list(load_candidates().values()), INPUTS)
    assert "Zebulon" not in str(list_facts(assessment))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_synthetic_customers_are_valid_the_same_each_time_and_say_what_they_are(tmp_path: Path, form: str) -> None:
    first, second = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
    for path in (first, second):
        write_synthetic_customers(path, 3000, 4, AS_OF)
    assert first.read_bytes() == second.read_bytes()
    counts = counts_of(first, RULE)
    assert counts["customers"] == 3000
    assert all(counts[name] for name in ("out_of_scope", "settled", "not_addressed", "must_act", "unknown"))
    assert assess_rules(first, [RULE], INPUTS).is_synthetic


@pytest.mark.parametrize("mark", [" ", "\u00a0", "\u000b", "\u000c", "\t", "\ufeff\ufeff", "\u200b", "\r", "\n", '"" '])
@pytest.mark.parametrize("at_end", [False, True], ids=["before", "after"])
def test_no_column_is_read_under_a_name_that_is_not_exactly_its_own(tmp_path: Path, mark: str, at_end: bool) -> None:
    order = ("details_kept", *(name for name in COLUMNS if name != "details_kept"))
    path = write_csv(tmp_path / "a.csv", [{**SETTLED, "details_kept": "no"}], order)
    text = path.read_text(encoding="utf-8")
    header, rows = text.split("\n", 1)
    path.write_text(f"{header.rstrip()}{mark}\n{rows}" if at_end else mark + text, encoding="utf-8")
    if at_end and mark in {"\r", "\n"}:  # a line end of another system, or an empty line
        assert counts_of(path, RULE)["must_act"] == 1
    else:
        _refused(path)


def test_columns_in_any_order_count_alike(tmp_path: Path) -> None:
    rows = [SETTLED, customer("a", verified="no"), customer("b", document_kind="")]
    forward, backward = write_csv(tmp_path / "a.csv", rows), write_csv(tmp_path / "b.csv", rows, COLUMNS[::-1])
    assert counts_of(forward, RULE) == counts_of(backward, RULE)


@pytest.mark.parametrize("name", ["", " ", "\u00a0", " C1", "C1 ", "\tC1", "C1\u2003", "x" * 201])
def test_an_id_is_there_without_blanks_around_it(tmp_path: Path, name: str) -> None:
    for form, write in (("csv", write_csv), ("parquet", write_parquet)):
        assert "customer_id" in _refused(write(tmp_path / f"a.{form}", [customer("a"), customer(name)]))


COUNTED_POOLS: list[pa.MemoryPool] = []
"""Pools that a test counted by: kept, as what is cached meanwhile is allocated in them."""


@pytest.mark.parametrize("column", ["customer_id", "birth_year", "state"])
def test_a_long_text_that_many_rows_share_is_a_fault_and_takes_no_memory(tmp_path: Path, column: str) -> None:
    rows = 3000
    shared = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array(["a" * 2**20]))
    table = pa.table({name: pa.array([SETTLED[name]] * rows) for name in COLUMNS} | {column: shared})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
    usual, counted = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    COUNTED_POOLS.append(counted)
    pa.set_memory_pool(counted)  # the usual pool's own peak is that of every test before
    try:
        _refused(tmp_path / "a.parquet")
    finally:
        pa.set_memory_pool(usual)
    assert 0 < counted.max_memory() < 2**28


@pytest.mark.parametrize("value", ["2027-W01-1", "2027-1-01 ", "20270101  "])
def test_a_date_has_one_form(tmp_path: Path, value: str) -> None:
    assert "is no date" in _refused(write_csv(tmp_path / "a.csv", [{**SETTLED, "document_expires_on": value}]))
