"""Addresses as people write them, taken apart: number, street, direction, suffix, unit, and the place.

A post office box, a rural route and a military box fit the same shape: the box is the `number`, and the `street` says
whose box it is (`POBOX`, `RR2`, `PSC1234`). The number is cut off every line first; what is left has few distinct
values, and only those are read word by word.

Guarantees: `number`, `street` and `unit` hold letters and digits only, or are null.
Does not: look an address up, or mend it.
Basis: USPS Publication 28 (`comity.reference.streets`).
Start at `ADDRESS_STAGES`.
"""

from comity.match.duckdb.stages import Stage
from comity.reference.streets import DIRECTIONS, NAME_WORDS, ORDINALS, SUFFIXES, UNITS_ALONE, UNITS_WITH_VALUE

NUMBER = r"^([NSEW][0-9]+[NSEW]? ?[NSEW][0-9]+|[A-Z]?[0-9][0-9A-Z]*(?:-[0-9A-Z]+)*)(?: ([0-9]/[0-9]))?(?: (.*))?$"
ORDINAL = r"^[0-9]*(?:1ST|2ND|3RD|[0-9]TH)\b"
DOTTED = r"\b([A-Z])[.]([A-Z])[.]"
"""H.C., R.R., N.E., U.S.: one word (P.S.C. too, in two steps of one pass)."""
UNIT_FIRST = r"^(?:#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|FL|FLOOR|C/O|ATTN|CARE OF)\b)"
UNIT_BEFORE = r"^((?:#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM)) ?#? ?[A-Z0-9-]+) ([0-9].*)$"
UNIT = (
    rf"^(.*?) ?((?:#|\b(?:{'|'.join(UNITS_WITH_VALUE)})) ?#? ?[A-Z]?[0-9][A-Z0-9/-]*(?: .*)?|"
    rf"\b(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|BLDG|BUILDING|LOT|FLOOR|FLR|#) ?#? ?[A-Z]{{1,2}}(?: [0-9]+[A-Z]?)?|"
    rf"\b(?:{'|'.join(UNITS_ALONE)})(?: .*[0-9].*)?)$"
)
UNIT_WORDS = rf"\b(?:{'|'.join(UNITS_WITH_VALUE)})\b|[^A-Z0-9]+"
BOX = r"^(?:P ?O ?|POST OFFICE |POB ?)?(?:BOX|BX|DRAWER|LOCKBOX|CALLER|APARTADO(?: POSTAL)?) ?#? ?([0-9][0-9A-Z-]*)"
ROUTE = r"^(?:(RR|R R|RURAL R(?:OUTE|TE|T)|RFD|RD|RT|RTE|HC|HCR|HIGHWAY CONTRACT(?: ROUTE)?|STAR ROUTE)) ?#? ?([0-9]+[A-Z]?) (?:BOX|BX) ?#? ?([0-9][0-9A-Z-]*)"
MILITARY = r"^(PSC|CMR|UNIT|OPS) ?#? ?([0-9]+) BOX ?#? ?([0-9][0-9A-Z-]*)"
HIGHWAY = (
    r"^(?:(?:US|U S|STATE|ST|COUNTY|CO|CNTY|FARM TO MARKET|FARM MARKET|RANCH(?: TO MARKET)?) ?)?"
    r"(?:HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD|SR|CR|SH|IH|FM|RM|CH|INTERSTATE|US|FARM TO MARKET|RANCH TO MARKET) ?#? ?([0-9]+[A-Z]?)$"
)


KING = ("M L KING", "M L KING JR", "M L K", "M L K JR", "MLK", "MLK JR")


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _lookup(table: dict[str, str], word: str) -> str:
    """The canonical word for `word`, or null: a join-free look-up in a constant table."""
    groups: dict[str, list[str]] = {}
    for variant, canonical in table.items():
        groups.setdefault(canonical, []).append(variant)
    whens = " ".join(f"WHEN {word} IN ({_quoted(tuple(group))}) THEN '{name}'" for name, group in groups.items())
    return f"CASE {whens} END"


def address_lines(named: str) -> str:
    """One address line per row, in words; a unit or an addressee written first goes behind the street."""
    joined = f"regexp_replace({{}}, '{DOTTED}', '\\1\\2', 'g')"
    tidy = f"trim(regexp_replace(regexp_replace({joined}, '[^A-Z0-9#/&-]+', ' ', 'g'), ' ?# ?', ' # ', 'g'))"
    street, street2 = (f"regexp_replace({tidy.format(c)}, '{UNIT_BEFORE}', '\\2 \\1')" for c in ("street", "street2"))
    return f"""
        SELECT * EXCLUDE (street, street2, line_1, line_2),
            nullif(CASE WHEN line_2 IS NULL THEN line_1
                WHEN line_1 IS NULL THEN line_2
                WHEN regexp_matches(line_1, '^(C/O|CARE OF|ATTN)\\b') THEN line_2
                WHEN regexp_matches(line_2, '^(C/O|CARE OF|ATTN)\\b') THEN line_1
                WHEN regexp_matches(line_1, '{UNIT_FIRST}') AND regexp_matches(line_2, '^[0-9]')
                    THEN line_2 || ' ' || line_1
                ELSE line_1 || ' ' || line_2 END, '') AS line
        FROM (SELECT *, CASE WHEN street IS NOT NULL THEN {street} END AS line_1,
            CASE WHEN street2 IS NOT NULL THEN {street2} END AS line_2 FROM {named})"""


def numbered(lines: str) -> str:
    """The house number cut off the line; `rest` is what follows."""
    return f"""
        SELECT * EXCLUDE (line, cut), nullif(cut.number, '') AS line_number, nullif(cut.fraction, '') AS fraction,
            nullif(CASE WHEN cut.number <> '' THEN cut.rest ELSE line END, '') AS rest
        FROM (
            SELECT *, CASE WHEN NOT regexp_matches(line, '{ORDINAL}')
                THEN regexp_extract(line, '{NUMBER}', ['number', 'fraction', 'rest']) END AS cut
            FROM {lines}
        )"""


def boxes(numbers: str) -> str:
    """Each distinct rest of a line: is it a box, a route or a military address, and does a unit end it?"""
    return f"""
        SELECT rest, kind,
            CASE kind WHEN 'box' THEN 'POBOX'
                WHEN 'route' THEN (CASE WHEN route.kind LIKE 'H%' OR route.kind LIKE 'S%' THEN 'HC' ELSE 'RR' END)
                    || ltrim(route.route, '0')
                WHEN 'military' THEN military.kind || ltrim(military.unit, '0') END AS box_street,
            CASE kind WHEN 'box' THEN box WHEN 'route' THEN route.box WHEN 'military' THEN military.box END AS box,
            CASE WHEN kind = 'street' THEN coalesce(nullif(split.head, ''), CASE WHEN split.tail = '' THEN rest END)
                END AS head,
            CASE WHEN kind = 'street' THEN nullif(regexp_replace(
                CASE WHEN regexp_matches(split.tail, '[0-9]|(?:^| )[A-Z]{{1,2}}$')
                    THEN regexp_replace(split.tail, '{UNIT_WORDS}', '', 'g') ELSE split.tail END, '^0+|[^A-Z0-9]', '', 'g'), '')
                END AS unit
        FROM (
            SELECT *, CASE WHEN box <> '' THEN 'box' WHEN route.box <> '' THEN 'route'
                WHEN military.box <> '' THEN 'military' ELSE 'street' END AS kind,
                regexp_extract(rest, '{UNIT}', ['head', 'tail']) AS split
            FROM (
                SELECT rest, regexp_extract(rest, '{BOX}', 1) AS box,
                    regexp_extract(rest, '{ROUTE}', ['kind', 'route', 'box']) AS route,
                    regexp_extract(rest, '{MILITARY}', ['kind', 'unit', 'box']) AS military
                FROM (SELECT DISTINCT rest FROM {numbers} WHERE rest IS NOT NULL)
            )
        )"""


def _words(table: dict[str, str]) -> str:
    """A derived table of (variant, canonical)."""
    rows = ", ".join(f"('{variant}', '{canonical}')" for variant, canonical in table.items())
    return f"(SELECT * FROM (VALUES {rows}) t (variant, canonical))"


def directed(boxed: str) -> str:
    """Each distinct street head as a list of words, without the direction at its end."""
    return f"""
        SELECT head, pre.canonical AS pre, post.canonical AS post,
            CASE WHEN post.canonical IS NOT NULL THEN words[:-2] ELSE words END AS words
        FROM (
            SELECT head, words, CASE WHEN len(words) > 1 THEN words[1] END AS first_word,
                CASE WHEN len(words) > 2 THEN words[-1] END AS last_word
            FROM (SELECT head, regexp_extract_all(head, '[A-Z0-9]+') AS words
                FROM (SELECT DISTINCT head FROM {boxed} WHERE head IS NOT NULL))
        ) LEFT JOIN {_words(DIRECTIONS)} pre ON pre.variant = first_word
        LEFT JOIN {_words(DIRECTIONS)} post ON post.variant = last_word"""


def without_bare_unit(heads: str) -> str:
    """A number or letter that follows the street's suffix is a unit (`MAPLE DR 4`), except on a numbered road."""
    return f"""
        SELECT * EXCLUDE (words, before), CASE WHEN is_unit THEN words[-1] END AS bare_unit,
            CASE WHEN is_unit THEN words[:-2] ELSE words END AS words
        FROM (
            SELECT h.*, s.canonical IS NOT NULL AND s.canonical NOT IN ('HWY', 'RD', 'RTE')
                AND regexp_full_match(words[-1], '[0-9]+[A-Z]?|[A-Z]|[A-Z][0-9]+') AS is_unit
            FROM (SELECT *, CASE WHEN len(words) > 2 THEN words[-2] END AS before FROM {heads}) h
            LEFT JOIN {_words(SUFFIXES)} s ON s.variant = before
        )"""


def street_words(heads: str) -> str:
    """The suffix and the direction before the name, apart from the name."""
    return f"""
        SELECT head, post, bare_unit, suffix,
            CASE WHEN pre IS NOT NULL AND len(body) > 1 THEN body[2:] ELSE body END AS name,
            CASE WHEN pre IS NOT NULL AND len(body) > 1 THEN pre END AS predirection
        FROM (
            SELECT h.*, s.canonical AS suffix, CASE WHEN s.canonical IS NOT NULL THEN words[:-2] ELSE words END AS body
            FROM (SELECT *, CASE WHEN len(words) > 1 THEN words[-1] END AS last_word FROM {heads}) h
            LEFT JOIN {_words(SUFFIXES)} s ON s.variant = last_word
        )"""


def streets(words: str) -> str:
    """Each distinct street head with its canonical name, suffix and directions."""
    inner = _lookup({k: v for k, v in NAME_WORDS.items() if v and " " not in k}, "w")
    return f"""
        SELECT head, suffix AS street_suffix, coalesce(predirection, '') || coalesce(post, '') AS direction, bare_unit,
            nullif(CASE WHEN regexp_extract(joined, '{HIGHWAY}', 1) <> '' THEN 'HWY' || regexp_extract(joined, '{HIGHWAY}', 1)
                WHEN regexp_matches(joined, '^0*[0-9]+(ST|ND|RD|TH)?$') THEN ltrim(regexp_extract(joined, '[0-9]+'), '0')
                WHEN starts_with(joined, 'MARTIN LUTHER KING') OR joined IN ({_quoted(KING)}) THEN 'MLK'
                ELSE replace(canonical, ' ', '') END, '') AS street
        FROM (
            SELECT *, array_to_string(name, ' ') || CASE WHEN suffix IN ('RD', 'HWY', 'RTE') AND len(name) = 0 THEN suffix ELSE '' END AS joined,
                array_to_string([coalesce({inner}, {_lookup(ORDINALS, "w")}, w) FOR w IN name], ' ') AS canonical
            FROM {words}
        )"""


def addressed(numbers: str, boxed: str, street: str) -> str:
    """The rows with their address taken apart."""
    return f"""
        SELECT n.* EXCLUDE (line_number, fraction, rest, city, state, zip),
            nullif(regexp_replace(ltrim(coalesce(b.box, CASE WHEN b.box_street IS NULL THEN line_number END), '0'),
                '[^A-Z0-9]', '', 'g'), '') AS number,
            coalesce(b.box_street, s.street) AS street, coalesce(s.direction, '') AS direction, s.street_suffix,
            coalesce(b.unit, s.bare_unit, replace(n.fraction, '/', '')) AS unit,
            nullif(regexp_replace(n.city, '[^A-Z0-9]+', '', 'g'), '') AS city,
            nullif(regexp_replace(n.state, '[^A-Z]+', '', 'g'), '') AS state,
            nullif(left(regexp_replace(n.zip, '[^A-Z0-9]+', '', 'g'), 5), '') AS zip
        FROM {numbers} n LEFT JOIN {boxed} b USING (rest) LEFT JOIN {street} s USING (head)"""


ADDRESS_STAGES = (
    Stage("address_lines", address_lines, ("named",)),
    Stage("numbered", numbered, ("address_lines",)),
    Stage("boxes", boxes, ("numbered",)),
    Stage("directed", directed, ("boxes",)),
    Stage("without_bare_unit", without_bare_unit, ("directed",)),
    Stage("street_words", street_words, ("without_bare_unit",)),
    Stage("streets", streets, ("street_words",)),
    Stage("people", addressed, ("numbered", "boxes", "streets")),
)
"""From `named` (see names.py) to `people`: the normal form of both sides."""
