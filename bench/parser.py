"""Measure the address parser on addresses labelled by hand; writes docs/results/parser.md.

    .venv/bin/python bench/parser.py [FOLDER]

FOLDER has the two labelled files of datamade/usaddress (MIT; labels by other people, a tag for each token). Every
address with a house number and a street, or a box, is put into one street field as written, without its city and
without the names of people and buildings, and normalized; the labels say what each field should be. Words are compared
in the spelling of the reference tables (`Ft` is Fort); how the line is divided is the parser's work alone.

Start at `main`.
"""

import argparse
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from comity.normalize.normalized_row import NormalizedRow, normalize_row
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    DIRECTIONALS,
    NON_ROAD_SUFFIXES,
    ORDINAL_WORDS,
    PRETYPES,
    ROAD_SUFFIXES,
    STREET_NAME_ABBREVIATIONS,
    standard_forms,
)

OUT = Path(__file__).parents[1] / "docs/results/parser.md"
FOLDER = Path(__file__).parents[2] / "shared/vectors/usaddress"
PARTS = ("number", "street", "unit", "box")
NON_STREET_TAGS = (
    "PlaceName",
    "StateName",
    "ZipCode",
    "ZipPlus4",
    "CountryName",
    "Recipient",
    "BuildingName",
    "LandmarkName",
    "NotAddress",
)
ROAD_PATTERN = re.compile(r"HWY|HIGHWAY|ROUTE|RTE|RT|ROAD|RD|US|SR|CR|C|FM|INTERSTATE|I|BUSINESS|PR")


@dataclass(frozen=True, slots=True)
class LabelledAddress:
    """An address as written and its parts by the labels (None without a label)."""

    text: str
    number: str | None
    street: str | None
    unit: str | None
    box: str | None


def _join_alphanumeric(tokens: Iterable[str]) -> str:
    return re.sub(r"[^A-Z0-9]", "", "".join(tokens).upper())


def _tagged_tokens(tokens: list[tuple[str, str]], *tags: str) -> list[str]:
    return [re.sub(r"[.,;()]", "", text).upper() for tag, text in tokens if tag in tags]


def _expected_street(tokens: list[tuple[str, str]]) -> str | None:
    """Return the name of the street in the words of the reference tables; a numbered road is HWY and its number."""
    name = [
        word
        for token in _tagged_tokens(tokens, "StreetName")
        for word in re.findall("[A-Z0-9]+", token.replace("'", ""))
    ]
    before = _tagged_tokens(tokens, "StreetNamePreModifier", "StreetNamePreType")
    after = _tagged_tokens(tokens, "StreetNamePostModifier")
    if not name:
        return None
    if any(ROAD_PATTERN.fullmatch(word.replace(" ", "")) for word in before) and re.fullmatch(
        r"[0-9]+[A-Z]?|[A-Z]{1,2}", name[0]
    ):
        modifiers = [word[:3] for word in before if word in {"BUSINESS", "OLD"}]
        directions = [DIRECTIONALS.get(word, word) for word in _tagged_tokens(tokens, "StreetNamePostDirectional")]
        return "HWY" + "".join(name[:1] + directions + [word[:3] for word in name[1:] + after] + modifiers)
    name = name[1:] if name[0] in PRETYPES and len(name) > 1 else name
    joined = " ".join(name)
    if re.fullmatch(r"0*[0-9]+ ?(ST|ND|RD|TH)?", joined) and not {"LOOP", "SPUR"} & set(before):
        return re.sub(r"[^0-9]", "", joined).lstrip("0")
    if name[0] == "MLK" or {"LUTHER", "KING"} <= set(name):
        return "MLK"
    after += [word for word in _tagged_tokens(tokens, "StreetNamePostType") if word not in ROAD_SUFFIXES]
    street_words = [word for word in before if word not in PRETYPES] + list(name) + after
    street_words = street_words[1:] if len(street_words) > 1 and street_words[0] == "THE" else street_words
    standard = [STREET_NAME_ABBREVIATIONS.get(word) or word for word in street_words]
    if len(standard) > 1 and joined not in ORDINAL_WORDS:
        standard[0] = CARDINAL_WORDS.get(standard[0], standard[0])
    standard[-1] = NON_ROAD_SUFFIXES.get(street_words[-1], standard[-1])
    return ORDINAL_WORDS.get(joined) or "".join(standard).replace(" ", "")


def _expected_unit(tokens: list[tuple[str, str]]) -> str | None:
    """Return the identifiers of the unit in alphabetical order, or the word used instead of one (Rear)."""
    fraction = [text for text in _tagged_tokens(tokens, "AddressNumberSuffix") if "/" in text]
    identifiers = (
        _tagged_tokens(tokens, "OccupancyIdentifier", "SubaddressIdentifier")
        or fraction
        or _tagged_tokens(tokens, "OccupancyType", "SubaddressType")
    )
    cardinals = [ORDINAL_WORDS.get(word) or re.sub(r"([0-9])(ST|ND|RD|TH)\b", r"\1", word) for word in identifiers]
    sides = standard_forms("unit", "alone")
    return _join_sorted(sides.get(word, word) for word in cardinals)


def _join_sorted(parts: Iterable[str | None]) -> str | None:
    """Return the letters and digits of the parts in alphabetical order: a unit has no order of parts."""
    return "".join(sorted(_join_alphanumeric([part]).lstrip("0") for part in parts if part)) or None


def read_labelled_addresses(folder: Path, name: str) -> list[LabelledAddress]:
    """Read the addresses of one file that have a number and a street, or a box."""
    addresses = []
    for element in ET.parse(folder / name).getroot():  # noqa: S314  a file of this machine
        tokens = [(child.tag, (child.text or "").strip()) for child in element]
        tags = {tag for tag, _ in tokens}
        text = " ".join(token for tag, token in tokens if tag not in NON_STREET_TAGS).strip(" ,")
        box = _join_alphanumeric(_tagged_tokens(tokens, "USPSBoxID")).lstrip("0") or None
        if "IntersectionSeparator" in tags or not text or not (box or {"AddressNumber", "StreetName"} <= tags):
            continue
        numbers = _tagged_tokens(tokens, "AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix")
        digits = (CARDINAL_WORDS.get(number, number) for number in numbers if "/" not in number)
        number = _join_alphanumeric(digits).lstrip("0") or None
        addresses.append(LabelledAddress(text, number, _expected_street(tokens), _expected_unit(tokens), box))
    return addresses


def parse_addresses(addresses: list[LabelledAddress]) -> list[dict[str, str | None]]:
    """Parse each address."""
    rows = [normalize_row(street=address.text) for address in addresses]
    return [row._asdict() | {"number": _labelled_number(row), "unit": _labelled_unit(row)} for row in rows]


def _labelled_number(row: NormalizedRow) -> str | None:
    """Return the house number as the labels have it: its letter is part of it, its fraction is not."""
    letter = row.house_letter or ""
    return _join_alphanumeric([row.number or "", "" if "/" in letter else letter]) or None


def _labelled_unit(row: NormalizedRow) -> str | None:
    """Return the parts of the unit as the labels have it: a fraction of the house number is one without another."""
    fraction = row.house_letter if row.house_letter and "/" in row.house_letter else None
    parts = _join_sorted([row.building, row.floor, row.side, *(row.unit or "").split("+")])
    return parts or _join_sorted([fraction or row.urbanization])


def measure_agreement(
    addresses: list[LabelledAddress],
) -> tuple[dict[str, tuple[int, int]], list[tuple[str, LabelledAddress, dict[str, str | None]]]]:
    """Count for each part how many addresses have it and in how many it agrees; return also the disagreements.

    A part without a label that the parser returns counts as a disagreement.
    """
    counts = {part: [0, 0] for part in PARTS}
    disagreements = []
    for address, row in zip(addresses, parse_addresses(addresses), strict=True):
        expected: dict[str, str | None] = {"unit": address.unit}
        parsed = {"unit": row["unit"]}
        if address.box and not address.street:
            expected, parsed = {"box": address.box}, {"box": row["number"]}
        else:
            expected |= {"number": address.number, "street": address.street}
            parsed |= {"number": row["number"], "street": row["street"]}
        for part, value in expected.items():
            if value or parsed[part]:
                counts[part][0] += 1
                counts[part][1] += value == parsed[part]
                if value != parsed[part]:
                    disagreements.append((part, address, row))
    return {part: (total, agreed) for part, (total, agreed) in counts.items()}, disagreements


DISAGREEMENT_KINDS = (
    (
        "mail stops, departments, lock boxes and accounts around the address",
        r"LOCK ?BOX|LBX|\bLB\b|DEPT|DEPARTMENT|DRAWER|\bBIN\b|MAIL|\bMSC\b|ACCT|KBA|M/?C\b|CODE|FILE|BOX.*BOX",
    ),
    ("another address or box in the same line", r"BOX|POB|[0-9]+ .* [0-9]{3,5} [A-Z. ]+ (ST|STREET|RD|ROAD|AVE|DR)\b"),
    (
        "numbered roads and grids that the labels take apart otherwise",
        r"HWY|HIGHWAY|ROUTE|\bRTE?\b|STATE ROAD|LOOP|SPUR|BUSINESS|\bC ?R\b|\bI [0-9]|[0-9]+ [NSEW]\.? (RD|ROAD|AVE)",
    ),
)
"""Kind of disagreement and a pattern of the address; the first pattern that matches decides."""


def classify_disagreement(part: str, address: LabelledAddress, row: dict[str, str | None]) -> str:
    """Return the kind of a disagreement."""
    for name, pattern in DISAGREEMENT_KINDS:
        if re.search(pattern, address.text.upper()):
            return name
    label, parsed = getattr(address, part) or "", row["number" if part == "box" else part] or ""
    if label and parsed and (label in parsed or parsed in label):
        return "one word more or less in the part (a direction inside a name, a word beside a unit)"
    return "damaged, doubled or foreign addresses, and others"


def render_page(table: list[str], disagreements: list[tuple[str, LabelledAddress, dict[str, str | None]]]) -> str:
    """Render the results as Markdown."""
    examples_by_kind: dict[str, list[str]] = defaultdict(list)
    for part, address, row in disagreements:
        parsed = row["number" if part == "box" else part]
        examples_by_kind[classify_disagreement(part, address, row)].append(
            f"`{address.text}` ({part}: `{getattr(address, part)}`, parsed `{parsed}`)"
        )
    lines = [
        "# The address parser on addresses labelled by hand",
        "",
        *__doc__.split("\n\n")[2].split("\n"),
        "",
        "Written by `make bench-parser`.",
        "",
        *table,
        "",
    ]
    lines += [
        "A part without a label that the parser returns counts against it. The line is the entire street field: how",
        "names of people and buildings are distinguished from a street is not measured here. The parser was improved",
        "by reading its disagreements with these files, so the shares are not those of unseen addresses.",
        "",
        "## What is left",
        "",
        "| kind | disagreements | for example |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {len(examples)} | {'; '.join(examples[:: max(1, len(examples) // 3)][:3])} |"
        for name, examples in sorted(examples_by_kind.items(), key=lambda item: -len(item[1]))
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure both files, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--failures", action="store_true", help="print every disagreement and write nothing")
    args = parser.parse_args()
    lines = ["| file | addresses | " + " | ".join(PARTS) + " | all parts |", "|---|---|" + "---|" * (len(PARTS) + 1)]
    disagreements = []
    for file in sorted(args.folder.glob("*.xml"), reverse=True):
        addresses = read_labelled_addresses(args.folder, file.name)
        counts, file_disagreements = measure_agreement(addresses)
        all_agree = len(addresses) - len({id(address) for _, address, _ in file_disagreements})
        cells = [
            f"{agreed:,} of {total:,} ({agreed / total:.1%})" if total else "none" for total, agreed in counts.values()
        ]
        lines.append(
            f"| {file.name} | {len(addresses):,} | "
            + " | ".join(cells)
            + f" | {all_agree:,} ({all_agree / len(addresses):.1%}) |"
        )
        disagreements += file_disagreements
    print("\n".join(lines))
    if args.failures:
        for part, address, row in disagreements:
            print(f"{part:6} {address.text!r:60} labels {getattr(address, part)!s:20} parser {row}")
        return
    OUT.write_text(render_page(lines, disagreements), encoding="utf-8")
    print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
