"""The address parser against addresses labelled by hand: writes docs/results/parser.md.

    .venv/bin/python bench/parser.py [FOLDER]

FOLDER holds test_labeled.xml and training_labeled.xml of datamade/usaddress (MIT; other people's labels, tokens with a
tag each). Every address that has a house number and a street, or a box, is put into one street field as written, without
its place and without the names of people and buildings, and brought to normal form; the labels say what each part should
be. Words are compared in the spelling of the reference tables (`Ft` is Fort); how the line falls apart is the parser's alone.
"""

import argparse
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from comity.match.normalize.normalized_row import normalize_row
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    NON_ROAD_SUFFIXES,
    ORDINAL_WORDS,
    PRETYPES,
    ROAD_SUFFIXES,
    STREET_NAME_ABBREVIATIONS,
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
    """An address as written and the parts its labels name (null where they name none)."""

    text: str
    number: str | None
    street: str | None
    unit: str | None
    box: str | None


def _join_alphanumeric(words: Iterable[str]) -> str:
    return re.sub(r"[^A-Z0-9]", "", "".join(words).upper())


def _tagged_tokens(parts: list[tuple[str, str]], *tags: str) -> list[str]:
    return [re.sub(r"[.,;()]", "", text).upper() for tag, text in parts if tag in tags]


def _expected_street(parts: list[tuple[str, str]]) -> str | None:
    """The name of the street in the words of the reference tables; a numbered road is HWY and its number."""
    name = [
        word
        for token in _tagged_tokens(parts, "StreetName")
        for word in re.findall("[A-Z0-9]+", token.replace("'", ""))
    ]
    before = _tagged_tokens(parts, "StreetNamePreModifier", "StreetNamePreType")
    behind = _tagged_tokens(parts, "StreetNamePostModifier")
    if not name:
        return None
    if any(ROAD_PATTERN.fullmatch(word.replace(" ", "")) for word in before) and re.fullmatch(
        r"[0-9]+[A-Z]?|[A-Z]{1,2}", name[0]
    ):
        turn = [word[:3] for word in before if word in {"BUSINESS", "OLD"}]
        return "HWY" + "".join(name[:1] + [w[:3] for w in name[1:] + behind] + turn)
    name = name[1:] if name[0] in PRETYPES and len(name) > 1 else name
    joined = " ".join(name)
    if re.fullmatch(r"0*[0-9]+ ?(ST|ND|RD|TH)?", joined) and not {"LOOP", "SPUR"} & set(before):
        return re.sub(r"[^0-9]", "", joined).lstrip("0")
    if name[0] == "MLK" or {"LUTHER", "KING"} <= set(name):
        return "MLK"
    kept = [word for word in before if word not in PRETYPES]
    behind += [word for word in _tagged_tokens(parts, "StreetNamePostType") if word not in ROAD_SUFFIXES]
    words = [*kept, *name, *behind]
    last = NON_ROAD_SUFFIXES.get(words[-1], STREET_NAME_ABBREVIATIONS.get(words[-1], words[-1]))
    return ORDINAL_WORDS.get(joined) or "".join(
        [*(STREET_NAME_ABBREVIATIONS.get(word, word) for word in words[:-1]), last]
    ).replace(" ", "")


def _expected_unit(parts: list[tuple[str, str]]) -> str | None:
    """The identifiers of the unit, or the word that stands for them (Rear)."""
    fraction = [text for text in _tagged_tokens(parts, "AddressNumberSuffix") if "/" in text]
    named = (
        _tagged_tokens(parts, "OccupancyIdentifier", "SubaddressIdentifier")
        or fraction
        or _tagged_tokens(parts, "OccupancyType", "SubaddressType")
    )
    return (
        _join_alphanumeric(
            ORDINAL_WORDS.get(word) or re.sub(r"([0-9])(ST|ND|RD|TH)\b", r"\1", word) for word in named
        ).lstrip("0")
        or None
    )


def read_labelled_addresses(folder: Path, name: str) -> list[LabelledAddress]:
    """The addresses of one file that have a number and a street, or a box."""
    found = []
    for address in ET.parse(folder / name).getroot():  # noqa: S314  a file of this machine
        parts = [(part.tag, (part.text or "").strip()) for part in address]
        tags = {tag for tag, _ in parts}
        written = " ".join(text for tag, text in parts if tag not in NON_STREET_TAGS).strip(" ,")
        box = _join_alphanumeric(_tagged_tokens(parts, "USPSBoxID")).lstrip("0") or None
        if "IntersectionSeparator" in tags or not written or not (box or {"AddressNumber", "StreetName"} <= tags):
            continue
        tokens = _tagged_tokens(parts, "AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix")
        number = (
            _join_alphanumeric(CARDINAL_WORDS.get(token, token) for token in tokens if "/" not in token).lstrip("0")
            or None
        )
        found.append(LabelledAddress(written, number, _expected_street(parts), _expected_unit(parts), box))
    return found


def parse_addresses(addresses: list[LabelledAddress]) -> list[dict[str, str | None]]:
    """What the parser makes of each."""
    return [normalize_row(street=a.text)._asdict() for a in addresses]


def measure_agreement(
    addresses: list[LabelledAddress],
) -> tuple[dict[str, tuple[int, int]], list[tuple[str, LabelledAddress, dict[str, str | None]]]]:
    """For each part, how many addresses have it and in how many it agrees; and what does not agree.

    A part that the labels do not name must not be found either: then it counts as failed for that part.
    """
    counts = {part: [0, 0] for part in PARTS}
    failed = []
    for address, row in zip(addresses, parse_addresses(addresses), strict=True):
        wanted: dict[str, str | None] = {"unit": address.unit}
        got = {"unit": row["unit"]}
        if address.box and not address.street:
            wanted, got = {"box": address.box}, {"box": row["number"]}
        else:
            wanted |= {"number": address.number, "street": address.street}
            got |= {"number": row["number"], "street": row["street"]}
        for part, value in wanted.items():
            if value or got[part]:
                counts[part][0] += 1
                counts[part][1] += value == got[part]
                if value != got[part]:
                    failed.append((part, address, row))
    return {part: (total, good) for part, (total, good) in counts.items()}, failed


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
"""Kinds of disagreement, told by what the address holds; the first that fits."""


def classify_disagreement(part: str, address: LabelledAddress, row: dict[str, str | None]) -> str:
    """What a disagreement is about."""
    for name, pattern in DISAGREEMENT_KINDS:
        if re.search(pattern, address.text.upper()):
            return name
    label, got = getattr(address, part) or "", row["number" if part == "box" else part] or ""
    if label and got and (label in got or got in label):
        return "one word more or less in the part (a direction inside a name, a word beside a unit)"
    return "damaged, doubled or foreign addresses, and others"


def render_page(tables: list[str], failed: list[tuple[str, LabelledAddress, dict[str, str | None]]]) -> str:
    """The results as markdown."""
    found: dict[str, list[str]] = defaultdict(list)
    for part, address, row in failed:
        found[classify_disagreement(part, address, row)].append(
            f"`{address.text}` ({part}: `{getattr(address, part)}`, parsed `{row['number' if part == 'box' else part]}`)"
        )
    lines = [
        "# The address parser on addresses labelled by hand",
        "",
        *__doc__.split("\n\n")[2].split("\n"),
        "",
        "Written by `make bench-parser`.",
        "",
        *tables,
        "",
    ]
    lines += [
        "A part that the labels do not name and the parser finds counts against it. The line is the whole of the street",
        "field: how people's and buildings' names are told from a street is not measured here. The parser was improved by reading its disagreements with these files, so the shares are not those of unseen addresses.",
        "",
        "## What is left",
        "",
        "| kind | disagreements | for example |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {len(examples)} | {'; '.join(examples[:: max(1, len(examples) // 3)][:3])} |"
        for name, examples in sorted(found.items(), key=lambda item: -len(item[1]))
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure both files, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--failures", action="store_true", help="print every disagreement and write nothing")
    args = parser.parse_args()
    lines = ["| file | addresses | " + " | ".join(PARTS) + " | all parts |", "|---|---|" + "---|" * (len(PARTS) + 1)]
    everything = []
    for file in sorted(args.folder.glob("*.xml"), reverse=True):
        addresses = read_labelled_addresses(args.folder, file.name)
        counts, failed = measure_agreement(addresses)
        whole = len(addresses) - len({id(a) for _, a, _ in failed})
        cells = [f"{good:,} of {total:,} ({good / total:.1%})" if total else "none" for total, good in counts.values()]
        lines.append(
            f"| {file.name} | {len(addresses):,} | "
            + " | ".join(cells)
            + f" | {whole:,} ({whole / len(addresses):.1%}) |"
        )
        everything += failed
    print("\n".join(lines))
    if args.failures:
        for part, address, row in everything:
            print(f"{part:6} {address.text!r:60} labels {getattr(address, part)!s:20} parser {row}")
        return
    OUT.write_text(render_page(lines, everything), encoding="utf-8")
    print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
