"""Propose a map for files of an export, by the names of their columns and by what is in them.

Guarantees: the proposal holds names of files and columns, and no value; what it could not tell is left for a person, as
a comment that says so.
Does not: decide. A person reads it, and `index build` refuses rows that do not fit it.
Start at `propose_map`.
"""

import codecs
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.errors import ComityError
from comity.match.exports.export_map import DEFAULT_EMPTY, MAP_VERSION, WHOLE_NAME, WHOLE_PLACE, given_fields
from comity.match.exports.table_reader import number_repeated_names, open_content, split_line
from comity.match.records_source import PANDAS_INDEX, is_parquet, list_files
from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.reference.states import STATE_NAMES
from comity.reference.zip_codes import load_zip_table

_SAMPLE_LINES, _HEAD_BYTES = 2_000, 1 << 20
_DELIMITERS = "|\t,;^~"
_CODEPAGES = ("cp1252", "cp437", "mac_roman", "cp850")
_COMMON_LETTERS = frozenset("áéíóúñüçàèìòùâêîôûäëïöãõåæøßÁÉÍÓÚÑÜÇÀÈÌÒÙÂÊÎÔÛÄËÏÖÃÕÅÆØ’“”–")
_MARKS = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x19\x1b\x1c\x7f]")
"""Characters that text does not have; units are separated by \\x1d to \\x1f in some exports."""
_YEARS = r"(?:[FTC]Y ?)?(19|20)\d\d(\.0*)?|[12],\d{3}"
_STATES = frozenset(STATE_NAMES) | {name.upper() for name in STATE_NAMES.values()}
HOUSE_NUMBER = "house number"
"""A column of house numbers, which is joined with that of streets."""
_REQUIRED = ("record_id", "tax_year", "first_name", "last_name", "street", "city", "state", "zip")

_NAMES = {
    "record_id": "record recordid recid recordkey recordno recordnumber rowid id uid guid custno customerid customerno "
    "accountno accountnumber acctno clientid memberid taxpayerid taxpayerkey personid perskey caseid exportkey key",
    "return_id": "ret return returnid returnno returnnumber retid retno dln documentlocator filingid filingno",
    "role": "role roletype rolecode filerrole filertype personrole relationship reltype",
    "tax_year": "taxyear ty taxyr yr year txyear txyr taxperiod periodend period filingyear yearfiled fiscalyear fy "
    "yearend yearending periodending taxperiodend taxprd taxyearend filedon filed datefiled",
    "first_name": "firstname fname first fstname givenname given forename namefirst nmfirst firstnm primfirst",
    "middle_name": "middlename mname middle middleinitial mi mid minit namemiddle middlenm initial",
    "last_name": "lastname lname last surname familyname namelast nmlast lastnm lst",
    "suffix": "suffix sfx namesuffix generation gen jrsr sufx suf",
    "tin": "tin ssn ssno socialsecuritynumber socialsecurityno socsecno socsec taxid taxpayeridno itin ssntin ssnitin "
    "taxidno",
    HOUSE_NUMBER: "houseno housenumber houseno hsno stno streetno streetnumber addrno no number hnum hno",
    "street": "street streetname stname "
    "address address1 addr addr1 addressline1 street1 streetaddress addrln1 addrline1 line1 mailaddr "
    "mailingaddress homeaddress resaddr address1st strtaddr addressline staddr",
    "street2": "street2 address2 addr2 addressline2 addrln2 addrline2 line2 apt unit aptno aptunit apartment suite",
    "city": "city town cityname municipality posttown cty citytown mailcity",
    "state": "state st statecode stateabbr stcode province stcd mailstate stateprov",
    "zip": "zip zipcode zip5 postalcode postcode zipcd zip9 zipplus4 mailzip zp postal zip4",
    WHOLE_NAME: "name fullname wholename taxpayername personname tpname nameline nameline1 custname customername "
    "filername displayname clientname",
    WHOLE_PLACE: "citystatezip csz cityst citystzip cityzip lastline placeline citystate",
}
_FIELD_OF_NAME = {name: field for field, names in _NAMES.items() for name in names.split()}
_PREFIXES = (
    *("taxpayer", "primary", "persons", "person", "customer", "cust", "member", "filer", "client", "mail", "home"),
    *("mailing", "prim", "res", "residence", "tp", "txt", "str", "vc", "fld", "cur", "current"),
)


@dataclass(frozen=True, slots=True)
class _Guess:
    """What a column seems to be: a field of a record or None, its form if it needs one, and why."""

    field: str | None
    form: str | None = None
    why: str = ""


@dataclass(slots=True)
class _Layout:
    """How a file is laid out, and the columns of its first lines."""

    layout: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    has_header: bool = True
    columns: dict[str, list[str]] = field(default_factory=dict)
    slices: dict[str, tuple[int, int]] = field(default_factory=dict)
    skip_lines: int = 0

    @property
    def signature(self) -> tuple[object, ...]:
        """Return what files of one table share."""
        settings = (self.layout, self.encoding, self.delimiter, self.quote, self.has_header, self.skip_lines)
        return (*settings, tuple(self.columns), tuple(self.slices.items()))


@dataclass(frozen=True, slots=True)
class MapProposal:
    """A proposed map.

    Attributes:
        text: TOML.
        missing: for each table the fields that no column seems to give.
        not_read: the files that are no tables, each with why.
    """

    text: str
    missing: Mapping[str, Sequence[str]]
    not_read: Mapping[str, str]


def propose_map(records: Sequence[Path]) -> MapProposal:
    """Propose a map for files, or folders of them: files of one layout become one table.

    Raises:
        ComityError: `records_invalid`, a named file is missing, empty, or no table.
    """
    groups: dict[tuple[object, ...], tuple[_Layout, list[str]]] = {}
    not_read: dict[str, str] = {}
    for path in records:
        files = [file for file in list_files(path) if not file.name.startswith(".")]
        if not files:
            raise _no_table_error(path.name, "it is not there, or is an empty folder")
        for file in files:
            layout = _detect_layout(file)
            if isinstance(layout, str):
                if file == path:
                    raise _no_table_error(file.name, layout)
                not_read[file.name] = layout
                continue
            _, names = groups.setdefault(layout.signature, (layout, []))
            names.append(file.name)
    if not groups:
        raise _no_table_error(records[0].name, "it holds no table")
    guesses = [_guess_columns(layout) for layout, _ in groups.values()]
    links = _guess_links([layout for layout, _ in groups.values()], guesses)
    for number in {int(link[0].removeprefix("table_")) - 1 for link in links}:
        _name_returns(guesses[number])
    blocks, missing = [], {}
    for number, (layout, names) in enumerate(groups.values()):
        name = f"table_{number + 1}"
        lines, absent = _write_table(name, layout, names, guesses[number], is_linked=bool(links))
        blocks.append("\n".join(lines))
        if absent and not links:
            missing[name] = absent
    return MapProposal("\n\n".join([_write_head(), *blocks, *_write_links(links)]) + "\n", missing, not_read)


def _no_table_error(name: str, cause: str) -> ComityError:
    return ComityError(
        "records_invalid",
        f"No map can be proposed for {name}: {cause}.",
        "Give delimited text, text of fixed width, or Parquet; save the sheet of a workbook as CSV UTF-8.",
    )


def _detect_layout(file: Path) -> _Layout | str:
    """Return how a file is laid out, or why it is no table."""
    try:
        if is_parquet(file) or _starts_with(file, b"PAR1"):
            return _read_parquet(file)
        if _starts_with(file, b"PK\x03\x04") or _starts_with(file, b"%PDF") or _starts_with(file, b"\xd0\xcf\x11\xe0"):
            return "it is a workbook or a document; save the sheet as CSV UTF-8"
        with open_content(file) as stream:
            encoding = detect_encoding(iter(lambda: stream.read(_HEAD_BYTES), b""))
        with open_content(file) as stream:
            head = stream.read(_HEAD_BYTES)
    except (OSError, pa.ArrowInvalid):
        return "it cannot be read"
    if encoding is None:
        return "it is not text"
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")
    if len(_CONTROLS.findall(text)) > 1 + len(text) // 50:
        return "it is not text"
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip(" \t\x1a")][:_SAMPLE_LINES]
    if len(head) == _HEAD_BYTES and len(lines) > 1:
        lines = lines[:-1]
    return _lay_out_lines(lines, encoding) if lines else "it is empty"


def _starts_with(file: Path, magic: bytes) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(magic)) == magic


def _read_parquet(file: Path) -> _Layout:
    table = next(pq.ParquetFile(file).iter_batches(_SAMPLE_LINES), None)
    schema = pq.read_schema(file)
    columns = {
        name: ["" if v is None else _as_text(v) for v in (table.column(name).to_pylist() if table is not None else [])]
        for name in schema.names
        if not PANDAS_INDEX.fullmatch(name)
    }
    return _Layout("parquet", columns=columns)


def _as_text(value: object) -> str:
    text = str(value)
    return text.removesuffix(".0") if isinstance(value, float) else text


def detect_encoding(blocks: Iterator[bytes]) -> str | None:
    """Return the encoding of a file's content, read whole; None where it is no text.

    Text that is not UTF-8 is taken for the code page in which its letters beyond ASCII are those that names have.
    """
    decoder, sample, is_utf8, first = codecs.getincrementaldecoder("utf-8")("strict"), bytearray(), True, True
    for block in blocks:
        if first:
            mark = next((name for mark, name in _MARKS.items() if block.startswith(mark)), None)
            if mark not in {None, "utf-8"}:
                return mark
            if block[1::2].count(0) > len(block) // 5:
                return "utf-16-le"
            if block[::2].count(0) > len(block) // 5:
                return "utf-16-be"
            if block.count(0) > 1 + len(block) // 100:
                return None
            first = False
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(sample) < _HEAD_BYTES:
            sample += re.sub(rb"[\x00-\x7f]+", b" ", block)
    if is_utf8:
        return "utf-8"
    scores = {page: _score_codepage(bytes(sample), page) for page in _CODEPAGES}
    best = max(scores.values())
    return "windows-1252" if scores["cp1252"] == best else max(scores, key=lambda page: scores[page])


def _score_codepage(sample: bytes, page: str) -> int:
    """Return how many characters beyond ASCII are letters of names, less those that are nothing of the kind."""
    text = sample.decode(page, errors="replace")
    odd = sum(character == "\ufffd" or unicodedata.category(character) in {"So", "Cc", "Sm"} for character in text)
    return sum(character in _COMMON_LETTERS for character in text) - odd


def _lay_out_lines(lines: list[str], encoding: str) -> _Layout:
    """Return the layout of lines of text: the delimiter that cuts most lines alike, or fixed widths."""
    best, best_score = "", (0.0, 0)
    for delimiter in _DELIMITERS:
        counts = Counter(len(split_line(line, delimiter, '"')) for line in lines)
        fields, agreed = counts.most_common(1)[0]
        score = (round(agreed / len(lines), 2), fields)
        if fields > 1 and score > best_score and agreed >= 0.7 * len(lines):
            best, best_score = delimiter, score
    if not best:
        return _lay_out_fixed(lines, encoding)
    unbalanced = sum(line.count('"') % 2 for line in lines)
    quote = "" if unbalanced > 0.05 * len(lines) else '"'
    rows = [split_line(line, best, quote) for line in lines]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    skip_lines = next(i for i, row in enumerate(rows) if len(row) == width)
    rows = [row for row in rows if len(row) == width]
    has_header = _is_header(rows[0])
    names = number_repeated_names(rows[0]) if has_header else [f"column_{n}" for n in range(1, width + 1)]
    body = rows[1:] if has_header else rows
    columns = {name: [_clean(row[i]) for row in body] for i, name in enumerate(names)}
    return _Layout("delimited", encoding, best, quote, has_header, columns, skip_lines=skip_lines)


def _clean(text: str) -> str:
    """Return a value without blanks around it, and without the ="..." of spreadsheets."""
    text = text.strip()
    return text[1:].strip('"') if text.startswith("=") else text


def _is_header(row: Sequence[str]) -> bool:
    """Return whether a first row holds names of columns: names that are known, or words that all differ."""
    names = [text.strip() for text in row]
    is_named = sum(_field_of_name(name) is not None for name in names) >= max(2, len(names) // 4)
    is_plain = all(names) and not any(re.fullmatch(r"[\d./-]+", name) for name in names)
    return is_named or (len(set(names)) == len(names) and is_plain and all(len(name) < 40 for name in names))


def _lay_out_fixed(lines: list[str], encoding: str) -> _Layout:
    """Cut lines of fixed width: at the runs of a line of dashes, or where columns begin by what is in them."""
    underlined = next((i for i, line in enumerate(lines[:20]) if re.fullmatch(r"-+( +-+)+ *", line)), None)
    if underlined is not None:
        runs = [(run.start(), run.end()) for run in re.finditer("-+", lines[underlined])]
        header, body, skip_lines = lines[max(underlined - 1, 0)], lines[underlined + 1 :], underlined + 1
    else:
        has_header = not re.search(r"\d", lines[0]) and len(lines) > 1 and bool(re.search(r"\d", lines[1]))
        header, body, skip_lines = (lines[0], lines[1:], 1) if has_header else ("", lines, 0)
        runs = _find_runs(body)
    columns: dict[str, list[str]] = {}
    slices: dict[str, tuple[int, int]] = {}
    for number, (start, stop) in enumerate(runs, 1):
        name = header[start:stop].strip()
        name = name if name and name not in columns else f"column_{number}"
        columns[name] = [line[start:stop].strip() for line in body]
        slices[name] = (start, stop)
    return _Layout("fixed", encoding, has_header=False, columns=columns, slices=slices, skip_lines=skip_lines)


def _find_runs(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return the start and the end of each column of lines of fixed width."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    shares = [_position_shares([line[i] for line in padded]) for i in range(width)]
    starts = [0]
    for i in range(1, width):
        if _begins_column(padded, starts[-1], i, shares):
            starts.append(i)
    return list(zip(starts, [*starts[1:], width], strict=True))


def _position_shares(characters: Sequence[str]) -> tuple[float, float]:
    """Return how often a position is blank, and how often it is a digit where it is not blank."""
    written = [character for character in characters if character != " "]
    digits = sum(character.isdigit() for character in written)
    return 1 - len(written) / len(characters), digits / len(written) if written else 0.0


def _begins_column(lines: Sequence[str], start: int, i: int, shares: Sequence[tuple[float, float]]) -> bool:
    """Return whether a column seems to begin at position i, when the one before began at `start`.

    That is so where words end before it and hardly any goes over it, and where digits give way to letters or letters,
    other than a fixed beginning such as that of an account number, give way to digits.
    """
    (blank_before, digits_before), (blank, digits) = shares[i - 1], shares[i]
    if blank > 0.9:
        return False
    goes_over = sum(line[i - 1] != " " and line[i] != " " for line in lines) / len(lines)
    if blank_before > 0.25 and goes_over < 0.1:
        return True
    if blank_before > 0.1:
        return False
    before = {line[start:i] for line in lines}
    is_prefix = len(before) == 1 and not before <= _STATES
    return (digits_before > 0.95 and digits < 0.5) or (digits > 0.95 and digits_before < 0.5 and not is_prefix)


def _field_of_name(column: str) -> str | None:
    """Return the field that a column's name says it is."""
    letters = re.sub("[^a-z0-9]", "", re.sub(r" \(\d+\)$", "", column).lower())
    if letters in _FIELD_OF_NAME:
        return _FIELD_OF_NAME[letters]
    for prefix in _PREFIXES:
        if letters.startswith(prefix) and letters.removeprefix(prefix) in _FIELD_OF_NAME:
            return _FIELD_OF_NAME[letters.removeprefix(prefix)]
    return None


def _share(values: Sequence[str], pattern: str) -> float:
    """Return the share of the texts that match a pattern, empty ones and placeholders left out."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    return sum(re.fullmatch(pattern, text, re.IGNORECASE) is not None for text in texts) / len(texts) if texts else 0.0


def _guess_columns(layout: _Layout) -> dict[str, _Guess]:
    """Return what each column seems to be; a field is given by one column, the one that its name says first."""
    guesses: dict[str, _Guess] = {}
    taken: set[str] = set()
    for column, values in layout.columns.items():
        named = _field_of_name(column)
        if named and named not in taken and _fits(named, values):
            guess = _with_form(named, values, "by its name")
            if guess.field is not None:
                guesses[column] = guess
                taken.add(guess.field)
    given = given_fields(taken)
    for column, values in layout.columns.items():
        if column in guesses:
            continue
        found = next((f for f in _by_content(values) if f not in given and f not in taken), None)
        guesses[column] = _with_form(found, values, "by what is in it") if found else _Guess(None)
        if found:
            taken.add(found)
            given = given_fields(taken)
    return guesses


def _fits(name: str, values: Sequence[str]) -> bool:
    """Return whether the content does not speak against what a column's name says."""
    if not any(values):
        return True
    match name:
        case "tin":
            return _share(values, r"[\dX*]{2,3}[- ]?[\dX*]{2}[- ]?[\dX*]{4,5}|\d{7,9}(\.0)?") > 0.5
        case "zip":
            return _share(values, r"\d{3,5}(\.0)?|\d{7,9}(\.0)?|\d{3,5}-?\d{4}") > 0.5
        case "tax_year":
            return _year_form(values) is not None
        case "state":
            return sum(value.upper() in _STATES for value in values if value) > 0.5 * sum(map(bool, values))
        case _:
            return True


def _by_content(values: Sequence[str]) -> Iterator[str]:
    """Yield the fields that a column's content speaks for."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    if not texts:
        return
    if _share(texts, r"\d{3}-\d{2}-\d{4}") > 0.8:
        yield "tin"
    if _share(texts, _YEARS) > 0.95:
        yield "tax_year"
    if _share(texts, r"\d{5}(-\d{4})?") > 0.9 and len(set(texts)) < len(texts):
        yield "zip"
    if sum(text.upper() in _STATES for text in texts) > 0.95 * len(texts):
        yield "state"
    if _share(texts, r".+, *[a-z]{2}\.? +\d{4,5}(-?\d{4})?") > 0.8:
        yield WHOLE_PLACE
    if _share(texts, r"(\d+[a-z]? |p\.? ?o\.? ?box|rr ).*[a-z].*") > 0.7:
        yield "street"
    if _share(texts, r"[a-z' .-]+, *[a-z' .-]+") > 0.8:
        yield WHOLE_NAME
    if _share_known(texts, _cities()) > 0.8:
        yield "city"
    first, last = (_share_known(texts, names) for names in _frequent_names())
    if max(first, last) > 0.5:
        yield "first_name" if first >= last else "last_name"
    if len(set(texts)) == len(values) and _share(texts, r"[a-z0-9-]*\d[a-z0-9-]*") > 0.95:
        yield "record_id"


def _share_known(texts: Sequence[str], known: Collection[str]) -> float:
    """Return the share of the texts of more than one letter that are in a set of upper case words."""
    words = [text.upper() for text in texts if len(text) > 1]
    return sum(word in known for word in words) / len(words) if len(words) > 0.5 * len(texts) else 0.0


@cache
def _cities() -> frozenset[str]:
    table = load_zip_table()
    return frozenset(city.upper() for city in table["city"].to_pylist())


@cache
def _frequent_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return names that more people have as a first name than as a surname, and the others."""
    first, last = (
        dict(zip(t["name"].to_pylist(), t["count"].to_pylist(), strict=True))
        for t in (load_first_name_counts(), load_last_name_counts())
    )
    names = first.keys() | last.keys()
    given = frozenset(name for name in names if first.get(name, 0) > last.get(name, 0))
    return given, frozenset(names - given)


def _with_form(name: str, values: Sequence[str], why: str) -> _Guess:
    """Return a guess with the form that the values of a name, a place or a date have."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    if name == "tax_year":
        return _Guess(name, _year_form(values) or None, why)
    if name == WHOLE_PLACE:
        return _Guess(name, "CITY, STATE ZIP", why)
    if name != WHOLE_NAME or not texts:
        return _Guess(name, None, why)
    for mark, form in ((",", "LAST, FIRST MIDDLE"), ("/", "LAST/FIRST MIDDLE")):
        if sum(mark in text for text in texts) > 0.6 * len(texts):
            return _Guess(name, form, why)
    if sum(text.count("*") == 2 for text in texts) > 0.8 * len(texts):
        return _Guess(name, "LAST*FIRST*MIDDLE", why)
    return _Guess(name, "FIRST MIDDLE LAST", f"{why}; check the order of the words")


def _year_form(values: Sequence[str]) -> str | None:
    """Return the form of the dates of a tax year, an empty text for plain years, None for neither."""
    texts = [value for value in values if value and value not in DEFAULT_EMPTY]
    if not texts or _share(texts, _YEARS) > 0.7:
        return ""
    patterns = {
        r"\d{4}-\d\d?-\d\d?": "%Y-%m-%d",
        r"\d{4}-\d\d?-\d\d?[ T]\d\d:\d\d:\d\d": "%Y-%m-%d %H:%M:%S",
        r"(0?[1-9]|1[0-2])/([0-2]?\d|3[01])/\d{4}": "%m/%d/%Y",
        r"([0-2]?\d|3[01])/(0?[1-9]|1[0-2])/\d{4}": "%d/%m/%Y",
        r"([0-2]?\d|3[01])\.(0?[1-9]|1[0-2])\.\d{4}": "%d.%m.%Y",
        r"(0[1-9]|1[0-2])-?([0-2]\d|3[01])-\d{4}": "%m-%d-%Y",
        r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])": "%Y%m%d",
        r"(19|20)\d\d(0[1-9]|1[0-2])": "%Y%m",
        r"\d\d?-[a-z]{3}-\d{4}": "%d-%b-%Y",
        r"\d\d?-[a-z]{3}-\d{2}": "%d-%b-%y",
    }
    return next((form for pattern, form in patterns.items() if _share(texts, pattern) > 0.95), None)


def _guess_links(
    layouts: Sequence[_Layout], guesses: Sequence[Mapping[str, _Guess]]
) -> list[tuple[str, str, str, str, str]]:
    """Return links between a table of persons and one of returns: their tables and columns, and the role.

    Two tables are linked when one has no years and the other has no names, and a column of the second has values of an
    identifying column of the first.
    """
    if len(layouts) != 2:
        return []
    fields = [given_fields([g.field for g in table.values() if g.field]) for table in guesses]
    for persons, rows in ((0, 1), (1, 0)):
        if not (
            {"last_name"} <= fields[persons] and "tax_year" not in fields[persons] and "last_name" not in fields[rows]
        ):
            continue
        keys = {
            column: set(values) - {""}
            for column, values in layouts[persons].columns.items()
            if len(set(values)) == len(values) and guesses[persons][column].field in {None, "record_id", "return_id"}
        }
        links = []
        for column, values in layouts[rows].columns.items():
            texts = {value for value in values if value and value not in DEFAULT_EMPTY}
            key = next((k for k, known in keys.items() if texts and len(texts & known) > 0.5 * len(texts)), None)
            if key and not re.search("date|year|zip", column, re.IGNORECASE):
                role = "spouse" if re.search("sp|sec", column, re.IGNORECASE) else "primary"
                links.append((f"table_{rows + 1}", column, f"table_{persons + 1}", key, role))
        if len({link[4] for link in links}) == len(links):
            return links
    return []


def _name_returns(guesses: dict[str, _Guess]) -> None:
    """Make what identifies the rows of a table of returns the return_id: a record is one person of a return."""
    if not any(guess.field == "return_id" for guess in guesses.values()):
        for column, guess in guesses.items():
            if guess.field == "record_id":
                guesses[column] = _Guess("return_id", None, guess.why)


def _quote(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write_head() -> str:
    empty = ", ".join(_quote(text) for text in DEFAULT_EMPTY)
    return (
        "# What the columns of these files are. Read it, correct it, and then:\n"
        "#   comity index build FILES --map THIS_FILE --out INDEX\n"
        f"version = {MAP_VERSION}\n\n"
        "# Texts that stand for no value, in every column, exactly as written.\n"
        "# Null, Na and None are names of people, and are no such texts unless you add them.\n"
        f"empty = [{empty}]"
    )


def _write_table(
    name: str, layout: _Layout, files: Sequence[str], guesses: Mapping[str, _Guess], *, is_linked: bool
) -> tuple[list[str], list[str]]:
    """Return the lines of a table, and the fields that no column of it seems to give."""
    quoted = ", ".join(_quote(file) for file in files)
    lines = [
        "[[tables]]",
        f'name = "{name}"',
        f"files = [{quoted}]  # or a pattern: export_*.csv",
        f'layout = "{layout.layout}"',
    ]
    if layout.layout != "parquet":
        lines.append(f'encoding = "{layout.encoding}"')
    if layout.layout == "delimited":
        lines += [f"delimiter = {_quote(layout.delimiter)}", f"quote = {_quote(layout.quote)}"]
        lines.append(f"header = {str(layout.has_header).lower()}")
    lines += [f"skip_lines = {layout.skip_lines}"] * bool(layout.skip_lines)
    years = next((layout.columns[column] for column, guess in guesses.items() if guess.field == "tax_year"), [])
    lines += ['thousands = ","'] * (_share(years, r"[12],\d{3}") > 0)
    lines.append("[tables.columns]")
    given = given_fields([guess.field for guess in guesses.values() if guess.field])
    house_number = next((column for column, guess in guesses.items() if guess.field == HOUSE_NUMBER), None)
    for column, guess in sorted(guesses.items(), key=lambda item: _FIELD_ORDER.get(item[1].field or "", 99)):
        if guess.field == "street" and house_number and layout.layout != "fixed":
            lines.append(f"street = {{join = [{_quote(house_number)}, {_quote(column)}]}}  # {guess.why}")
        elif guess.field and guess.field != HOUSE_NUMBER and not (is_linked and guess.field == "record_id"):
            lines.append(f"{guess.field} = {_write_source(layout, column, guess)}  # {guess.why}")
    unused = [
        column for column, guess in guesses.items() if not guess.field or (is_linked and guess.field == "record_id")
    ]
    missing = [required for required in _REQUIRED if required not in given]
    if missing and not is_linked:
        lines.append(f'# No column seems to give: {", ".join(missing)}. Name it, or write {{constant = "..."}}.')
    if unused and layout.layout != "fixed":
        lines.append(f"# Columns that are not read: {', '.join(_quote(c) for c in unused)}")
    lines += [
        f"# {_quote(column)} is not read: start = {layout.slices[column][0] + 1}, "
        f"width = {layout.slices[column][1] - layout.slices[column][0]}"
        for column in (unused if layout.layout == "fixed" else ())
    ]
    return lines, missing


_FIELD_ORDER = {name: number for number, name in enumerate(_NAMES)}


def _write_source(layout: _Layout, column: str, guess: _Guess) -> str:
    """Return a field's source as TOML."""
    form = f", form = {_quote(guess.form)}" if guess.form else ""
    if layout.layout == "fixed":
        start, stop = layout.slices[column]
        return f"{{start = {start + 1}, width = {stop - start}{form}}}"
    text = _quote(column)
    return f"{{column = {text}{form}}}" if form else text


def _write_links(links: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
    return [
        "\n".join(
            [
                "[[links]]",
                f"from = {_quote(f'{rows}.{column}')}",
                f"to = {_quote(f'{persons}.{key}')}",
                f'role = "{role}"',
            ]
        )
        for rows, column, persons, key, role in links
    ]
