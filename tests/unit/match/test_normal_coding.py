"""The lines that a table cuts at a glance, and those that only look as if it could."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.match.normalize import encode
from comity.match.normalize.encode import encode_table
from comity.match.normalize.normalized_row import normalize_row
from comity.match.normalize.plain_lines import intern

LINES = (
    "8111 Main St Apt 17N", "1 Oak Rd # 101", "1 Oak St #4", "1 Oak St Apt # 4", "1 Oak St Apt PO1", "1 Oak St Apt ABC", "1 Oak St # NO",
    "1 A Oak St Apt 4", "1 A Oak St # 4", "1 Oak St Rear Apt B", "1 First Floor Apt 4", "5 Fl, 12 Main St", "1 Oak St Apt 0", "1 Oak St 5 Apt 4",
    "17-10 N.E. Oak St.", "1 Oak St  ,Apt 4", "5th Ave Apt 4", "1 Oak St NY 12345", "123456789", "1 Apt 4", "PO Box 12", "P.O. Box 12",
    "PO Box 3 Box 12", "Apt 5 12 Box 7", "A5 Box 7", "One Box 7", "1 1/2 Oak St", "1 O'Neil St", "1 Calle Colón Apt 4", "1 PR RR5 Box 3",
    "1 Sol Urb Vista Apt 0", "1 Oak St Apt 4 # 5", "1 Hwy # 5", "1 Oak St Lot NO 5", "1 Oak St Bldg A Apt 2", "#", "1 #",
)  # fmt: skip
SECOND = (None, "Apt 7G", "#7G", "APT # 4", "Apt B", "Rear", "Rm 12345", "c/o Ana", "Sunny Acres", ".", "4")


@pytest.mark.parametrize("second", SECOND)
def test_a_line_is_read_in_a_table_as_it_is_alone(second: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "_MIN_COLUMNAR_ROWS", 0)
    lines = [*LINES, *(line.upper() for line in LINES), *(f" {line.lower()}." for line in LINES)]
    coded = encode_table(pa.table({"street": lines, "street2": pa.array([second] * len(lines), pa.string())}))
    for i, line in enumerate(lines):
        alone = normalize_row(street=line, street2=second)
        number, street, unit = (coded.values[name][coded.codes[name][i]] for name in ("number", "street", "unit"))
        assert (*number, street[0], street[2], *unit) == (
            alone.number, alone.street, alone.street_suffix, alone.unit,
        ), line  # fmt: skip


def test_zip_codes_depend_on_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "_MIN_COLUMNAR_ROWS", 0)
    rows = pa.table({"zip": ["213", "213", "213", "62701-1234", "627011234"], "state": ["MA", "NY", None, "IL", "IL"]})
    coded = encode_table(rows)
    assert [value[0] for value in coded.values["place"][1:]] == ["00213", "213", "00213", "62701"]
    assert coded.codes["place"].tolist() == [1, 2, 3, 4, 4]


@given(st.lists(st.text("aAbB{`[@zZé\0", max_size=20) | st.none(), max_size=200))
def test_texts_share_a_number_when_they_differ_in_the_case_of_ascii_letters_alone(texts: list[str | None]) -> None:
    written = ["" if text is None else text.upper() if text.isascii() else text for text in texts]
    distinct = list(dict.fromkeys(text for text in written if text))
    codes, told = intern(pa.array(["before", *texts], pa.string()).slice(1))  # a slice, as batches are cut
    assert told == ["", *distinct]
    assert [told[code] for code in codes.tolist()] == written


def test_many_long_texts_each_have_a_number_of_their_own() -> None:
    texts = [f"{'LONG WORD ' * (n % 9)}{n}" for n in range(30_000)]
    codes, told = intern(pa.array(texts * 2))
    assert told == ["", *texts]
    assert codes.tolist() == [*range(1, 30_001)] * 2
