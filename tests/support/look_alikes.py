"""Names that look alike and are two people's, by tradition, and forms of one person's name: generated, all invented.

Brothers and sisters have names of one tradition that differ by a letter, or share a syllable and differ in the other;
parents and children the same two names in the other order, the parent's name in the middle, or the feminine form;
roommates surnames that differ by a letter. Korean and Chinese given names are put together from syllables, so that many
are on no list.

Start at `make_look_alikes` and `make_variants`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from random import Random
from typing import NamedTuple

import pyarrow.parquet as pq

from comity.match.slips import are_letters_exchanged, differing_parts
from comity.reference.nicknames import load_nickname_pairs, load_surname_pairs

NAMES_FILE = Path(__file__).with_name("names_by_tradition.parquet")
TRADITIONS: Mapping[str, frozenset[str]] = {
    "South Asian": frozenset({"en_IN", "en_PK", "IN", "PK", "BD", "LK", "NP"}),
    "Vietnamese": frozenset({"vi_VN", "VN"}),
    "Korean": frozenset({"KR", "KP"}),
    "Chinese": frozenset({"zh_CN", "zh_TW", "CN", "TW", "HK", "SG"}),
    "Japanese": frozenset({"ja_JP", "JP"}),
    "Arabic": frozenset({"fr_DZ", "EG", "DZ", "MA", "TN", "IQ", "SA", "SY", "LB", "JO", "AE", "LY", "YE"}),
    "Central American": frozenset({"es_MX", "es_CO", "MX", "SV", "GT", "HN", "NI", "CR", "CO"}),
    "West African": frozenset({"yo_NG", "ig_NG", "ha_NG", "en_NG", "tw_GH", "GH", "NG", "SN"}),
    "East and South African": frozenset({"en_KE", "sw", "zu_ZA", "KE", "UG", "ZA", "ET", "SO"}),
    "Turkic": frozenset({"tr_TR", "az_AZ", "uz_UZ", "TR", "AZ", "UZ", "KZ"}),
    "Southeast Asian": frozenset({"id_ID", "en_TH", "PH", "KH", "ID", "MY", "TH"}),
    "Slavic": frozenset({"pl_PL", "cs_CZ", "sk_SK", "hr_HR", "sl_SI", "RU", "UA", "RS", "BG"}),
    "West European": frozenset({"de_DE", "fr_FR", "it_IT", "nl_NL", "es_ES", "pt_PT", "sv_SE", "en_GB"}),
    "American": frozenset({"en_US", "en", "US"}),
}
"""Traditions, and the lists that are theirs."""
_SYLLABLES = {
    "Korean": (
        "JI",
        "MIN",
        "SEO",
        "YUN",
        "HYUN",
        "SOO",
        "JOON",
        "HEE",
        "EUN",
        "YOUNG",
        "JIN",
        "HO",
        "WOO",
        "SEUNG",
        "DONG",
        "KYUNG",
        "HAE",
        "JUNG",
        "SANG",
        "TAE",
    ),
    "Chinese": (
        "XIAO",
        "MING",
        "HONG",
        "LI",
        "WEI",
        "JIAN",
        "GUO",
        "HUA",
        "YU",
        "LAN",
        "MEI",
        "FANG",
        "JUN",
        "LEI",
        "TAO",
        "YAN",
        "NA",
        "PING",
        "QIANG",
        "XIN",
    ),
}
_KEY_SLIPS = dict(zip("AEIOUNRLTSDM", "SWOPYBTKRDFN", strict=True))
"""A letter, and one whose key is beside its own."""
_MARKED = {"A": "Á", "E": "É", "I": "Í", "O": "Ó", "U": "Ú", "N": "Ñ", "C": "Ç"}


class Name(NamedTuple):
    """A name by the fields of a record or a request."""

    first: str
    last: str
    middle: str = ""
    suffix: str = ""


class NamePair(NamedTuple):
    """The name on record and the one asked about; `kind` says how the one is made from the other."""

    tradition: str
    kind: str
    record: Name
    request: Name


@cache
def names_of(tradition: str, part: str) -> tuple[str, ...]:
    """Return the names of a tradition (`part` is given or surname), sorted; syllables are joined to given names."""
    table = pq.read_table(NAMES_FILE).to_pylist()
    names = {r["name"] for r in table if r["tradition"] in TRADITIONS[tradition] and r["part"] == part}
    if part == "given" and tradition in _SYLLABLES:
        names |= {a + b for a in _SYLLABLES[tradition] for b in _SYLLABLES[tradition] if a != b}
    return tuple(sorted(name for name in names if 3 <= len(name) <= 14))


@cache
def near_pairs(tradition: str, part: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of names of a tradition that are a letter apart; listed spellings of one name are no pair."""
    listed = frozenset(load_nickname_pairs() if part == "given" else load_surname_pairs())
    by_rest: dict[str, set[str]] = defaultdict(set)
    for name in names_of(tradition, part):
        for i in range(len(name)):
            by_rest[name[:i] + name[i + 1 :]].add(name)
        by_rest[name].add(name)
    pairs = {pair for group in by_rest.values() for pair in combinations(sorted(group), 2) if _is_letter_apart(*pair)}
    return tuple(sorted(pairs - listed))


def _is_letter_apart(left: str, right: str) -> bool:
    differing, others, _ = differing_parts(left, right)
    return max(len(differing), len(others)) == 1 or are_letters_exchanged(left, right)


def _shuffled(pair: tuple[str, str], random: Random) -> tuple[str, str]:
    return pair if random.random() < 0.5 else (pair[1], pair[0])


def make_look_alikes(tradition: str, count: int, random: Random) -> Iterator[NamePair]:
    """Yield as many pairs of each kind of two people whose names look alike."""
    given, surnames = names_of(tradition, "given"), names_of(tradition, "surname")
    siblings, roommates = near_pairs(tradition, "given"), near_pairs(tradition, "surname")
    for _ in range(count):
        last, first, parent = random.choice(surnames), *random.sample(given, 2)
        asked, on_record = _shuffled(random.choice(siblings), random)
        yield NamePair(tradition, "siblings", Name(on_record, last), Name(asked, last))
        yield NamePair(tradition, "father and son exchanged", Name(first, parent), Name(parent, first))
        yield NamePair(tradition, "father's name in the middle", Name(first, last, parent), Name(parent, last))
        yield NamePair(tradition, "father's name in the middle", Name(parent, last), Name(first, last, parent))
        yield NamePair(tradition, "feminine form", Name(first, last), Name(_feminine(first), last))
        asked, on_record = _shuffled(random.choice(roommates), random)
        yield NamePair(tradition, "roommates", Name(first, on_record), Name(first, asked))
        initial, other = random.sample("ABCDEFGHJKLMNPRST", 2)
        yield NamePair(tradition, "middle initials", Name(first, last, initial), Name(first, last, other))
        yield NamePair(tradition, "an initial on record", Name(first[0], last), Name(first, last))


def _feminine(name: str) -> str:
    return f"{name[:-1]}A" if name[-1] in "EIO" else f"{name}INE" if name.endswith("A") else f"{name}A"


def make_variants(tradition: str, count: int, random: Random) -> Iterator[NamePair]:
    """Yield as many pairs of each kind of one person's name in two forms."""
    given, surnames = names_of(tradition, "given"), names_of(tradition, "surname")
    nicknames = _nicknames(frozenset(given))
    forms: Mapping[str, Callable[[str, str], tuple[Name, Name]]] = {
        "the same": lambda first, last: (Name(first, last), Name(first, last)),
        "small letters": lambda first, last: (Name(first, last), Name(first.lower(), last.lower())),
        "a slip in the given name": lambda first, last: (Name(first, last), Name(_slip(first, random), last)),
        "a slip in the surname": lambda first, last: (Name(first, last), Name(first, _slip(last, random))),
        "marks": lambda first, last: (Name(first, last), Name(_mark(first), _mark(last))),
        "a hyphen": lambda first, last: (Name(f"{first} {given[0]}", last), Name(f"{first}-{given[0]}", last)),
        "joined": lambda first, last: (Name(f"{first} {given[0]}", last), Name(f"{first}{given[0]}", last)),
        "a middle initial": lambda first, last: (Name(first, last, given[1]), Name(first, last, given[1][0])),
        "no middle name": lambda first, last: (Name(first, last, given[1]), Name(first, last)),
        "one of two surnames": lambda first, last: (Name(first, f"{last} {surnames[0]}"), Name(first, last)),
        "cut at 21 letters": lambda first, last: _cut(first, last, random.choice(surnames)),
        "one name": lambda first, _: (Name("FNU", first), Name(first, "LNU")),
    }
    for _ in range(count):
        for kind, form in forms.items():
            record, request = form(random.choice(given), random.choice(surnames))
            yield NamePair(tradition, kind, record, request)
        if nicknames:
            name, nickname = random.choice(nicknames)
            last = random.choice(surnames)
            yield NamePair(tradition, "a nickname or spelling", Name(name, last), Name(nickname, last))


def _nicknames(given: frozenset[str]) -> list[tuple[str, str]]:
    return [pair for pair in load_nickname_pairs() if pair[0] in given]


def _slip(name: str, random: Random) -> str:
    """Return a name with one slip: letters exchanged, a key hit twice, left out, or beside the right one."""
    at, kind = random.randrange(1, len(name)), random.randrange(4)
    if kind == 0:
        return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at] + name[at:]
    if kind == 2 and len(name) > 4:
        return name[:at] + name[at + 1 :]
    return name[:at] + _KEY_SLIPS.get(name[at], "X") + name[at + 1 :]


def _mark(name: str) -> str:
    return "".join(_MARKED.get(letter, letter) for letter in name)


def _cut(first: str, last: str, other: str) -> tuple[Name, Name]:
    """Return two surnames and what a field of 21 letters leaves of them; the same, if they fit."""
    whole = f"{last}OVIEDO {other}MENDI"
    return Name(first, whole), Name(first, whole[:21].strip())
