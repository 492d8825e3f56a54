"""Characters of any alphabet in ASCII."""

from comity.columns.transliteration import TransliterationTable


def test_letters_of_other_alphabets_become_ascii() -> None:
    assert "Łódź Αθήνα 東京".translate(TransliterationTable()).isascii()
    assert "Józef".translate(TransliterationTable()) == "Jozef"


def test_dropped_categories_vanish() -> None:
    text = "A\x07\u202eB\u0601"
    assert text.translate(TransliterationTable({"Cc", "Cf"})) == "AB"
    assert text.translate(TransliterationTable()) != "AB"


def test_a_character_is_computed_once() -> None:
    table = TransliterationTable()
    assert "éé".translate(table) == "ee"
    assert table == {ord("é"): "e"}
