"""Ways of writing one line become equal."""

from comity.gates.text.line_tokens import normalize_line


def test_ways_of_writing_one_line_are_equal() -> None:
    assert normalize_line("500 TWELFTH STREET SOUTHWEST") == normalize_line("500 12TH ST SW") == "500 12TH ST SW"
    assert normalize_line("12 OAK ST APT 4") == normalize_line("12 OAK STREET # 4")
