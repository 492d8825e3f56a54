"""Plain address lines, split by the compiled loop."""

import pyarrow as pa

from comity.normalize.plain_lines import LineStatus, split_plain_lines


def test_split_plain_lines() -> None:
    street = ["12 n. Oak St #4", None, "PO Box 7", "One Oak St", "17-10 Elm Rd", "1 O'Neil St", "", "5 Oak St"]
    street2 = [None, "", None, None, "Apt 7G", None, "Apt 4", "Sunny Acres"]
    lines = split_plain_lines(pa.array(street, pa.large_string()), pa.array(street2, pa.large_string()))
    parser = LineStatus.NEEDS_PARSER
    split = LineStatus.SPLIT
    assert lines.status.tolist() == [split, LineStatus.EMPTY, split, parser, split, parser, parser, parser]
    parts = [[part.texts[code] for code in part.codes.tolist()] for part in (lines.numbers, lines.streets, lines.units)]
    assert [row for row in zip(*parts, strict=True) if any(row)] == [
        ("12", "N OAK ST", "# 4"),
        ("7", "~PO BOX", ""),
        ("17-10", "ELM RD", "APT 7G"),
    ]


def test_split_plain_lines_of_no_rows() -> None:
    none = pa.array([], pa.large_string())
    lines = split_plain_lines(none, none)
    assert (len(lines.status), lines.numbers.texts, len(lines.units.codes)) == (0, [""], 0)
