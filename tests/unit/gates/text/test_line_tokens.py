"""A column of lines is normalized as each line is."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.gates.text.line_tokens import normalize_line, tokenize_lines


@given(st.lists(st.text("12AN #", max_size=12) | st.sampled_from(["12 OAK STREET APT 4", "12 OAK ST #4"]), max_size=20))
@settings(max_examples=40, deadline=None)
def test_tokenize_lines_equals_normalize_line(texts: list[str]) -> None:
    lines = tokenize_lines(pa.array(texts, pa.string()))
    for number, text in enumerate(texts):
        words = [lines.words[code] for code in lines.codes[lines.offsets[number] : lines.offsets[number + 1]]]
        assert " ".join(word for word in words if word) == normalize_line(text)


def test_ways_of_writing_one_line_are_equal() -> None:
    assert normalize_line("500 TWELFTH STREET SOUTHWEST") == normalize_line("500 12TH ST SW") == "500 12TH ST SW"
    assert normalize_line("12 OAK ST APT 4") == normalize_line("12 OAK STREET # 4")
