"""How requesters get names and addresses wrong: typing, scanning, hearing, nicknames, initials, swapped fields.

Guarantees: noise never touches the truth; a row that came out unchanged is labelled as without noise.
Does not: depend on who the person is, except where a form of name invites it (a double surname loses a half).
Start at `noisy_names`.
"""

from collections.abc import Mapping

from comity.columns.duck import DuckDBConnection
from comity.simulate.random_sql import case_by_share, sql_literal

NICKNAMES = (
    "ROBERT Bob", "ROBERT Rob", "WILLIAM Bill", "WILLIAM Will", "JAMES Jim", "JAMES Jimmy", "JOHN Jack", "JOHN Johnny",
    "MICHAEL Mike", "RICHARD Rick", "RICHARD Dick", "THOMAS Tom", "CHARLES Chuck", "CHARLES Charlie", "JOSEPH Joe",
    "CHRISTOPHER Chris", "DANIEL Dan", "MATTHEW Matt", "ANTHONY Tony", "STEVEN Steve", "STEPHEN Steve", "DAVID Dave",
    "ANDREW Andy", "ANDREW Drew", "KENNETH Ken", "JOSHUA Josh", "TIMOTHY Tim", "EDWARD Ed", "EDWARD Ted",
    "JEFFREY Jeff", "GREGORY Greg", "BENJAMIN Ben", "SAMUEL Sam", "PATRICK Pat", "ALEXANDER Alex", "NICHOLAS Nick",
    "JONATHAN Jon", "LAWRENCE Larry", "RAYMOND Ray", "GERALD Jerry", "RONALD Ron", "DONALD Don", "FRANCIS Frank",
    "ELIZABETH Liz", "ELIZABETH Beth", "MARGARET Peggy", "MARGARET Maggie", "KATHERINE Kate", "CATHERINE Cathy",
    "PATRICIA Pat", "PATRICIA Trish", "JENNIFER Jen", "SUSAN Sue", "DEBORAH Debbie", "BARBARA Barb", "REBECCA Becky",
    "KIMBERLY Kim", "PAMELA Pam", "CHRISTINE Chris", "VICTORIA Vicky", "SANDRA Sandy", "DOROTHY Dot", "THERESA Terry",
    "JACQUELINE Jackie", "VIRGINIA Ginny", "SAMANTHA Sam", "AMANDA Mandy", "ALEXANDRA Alex", "GABRIELLE Gabby",
    "JOSE Pepe", "FRANCISCO Paco", "JESUS Chuy", "GUILLERMO Memo", "IGNACIO Nacho", "EDUARDO Lalo", "ENRIQUE Kike",
    "GUADALUPE Lupe", "ROBERTO Beto", "ALBERTO Beto", "ANTONIO Tono", "MANUEL Manny", "CONCEPCION Concha",
    "ISABEL Chabela", "MOHAMMED Mo", "MUHAMMAD Mo", "VLADIMIR Vova", "ALEKSANDR Sasha", "YEVGENY Zhenya",
)  # fmt: skip
"""A first name and what its bearers are called."""

OCR_CONFUSIONS = {"rn": "m", "m": "rn", "cl": "d", "l": "1", "o": "0", "i": "l", "e": "c", "u": "v", "S": "5", "B": "8"}
PHONETIC_CONFUSIONS = {
    "ph": "f", "f": "ph", "ck": "k", "c": "k", "k": "c", "ie": "ei", "ei": "ie", "y": "i", "z": "s", "s": "z",
    "ll": "l", "nn": "n", "tt": "t", "ee": "ea", "ou": "oo", "v": "b", "j": "y", "th": "t",
}  # fmt: skip
"""What is read or heard for what is written."""


def _sql_pairs(pairs: Mapping[str, str]) -> str:
    return "[" + ", ".join(f"{{'a': {sql_literal(old)}, 'b': {sql_literal(new)}}}" for old, new in pairs.items()) + "]"


def define_noise_macros(connection: DuckDBConnection) -> None:
    """Define the macros `typed`, `scanned` and `heard` (text, key), and the table `nicknames`."""
    neighbors = "'qwertyuiopasdfghjklzxcvbnm1234567890', 'wertyuioppsdfghjkllxcvbnmm2345678909'"
    connection.execute(f"""
        CREATE OR REPLACE TEMP MACRO typed_at(t, k, p) AS CASE WHEN len(t) < 3 THEN t ELSE CASE below('typing', k, 4)
            WHEN 0 THEN t[:p] || t[p + 2:]
            WHEN 1 THEN t[:p - 1] || t[p + 1] || t[p] || t[p + 2:]
            WHEN 2 THEN t[:p] || t[p:]
            ELSE t[:p] || translate(lower(t[p + 1]), {neighbors}) || t[p + 2:] END END""")
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO typed(t, k) AS typed_at(t, k, 1 + below('typing at', k, greatest(len(t) - 1, 1)))"
    )
    for name, pairs in (("scanned", OCR_CONFUSIONS), ("heard", PHONETIC_CONFUSIONS)):
        connection.execute(f"""
            CREATE OR REPLACE TEMP MACRO {name}(t, k) AS coalesce(list_transform(
                [choose('{name}', k, list_filter({_sql_pairs(pairs)}, lambda p: contains(t, p.a)))],
                lambda p: replace(t, p.a, p.b))[1], t)""")
    values = ", ".join(f"({sql_literal(line.split()[0])}, {sql_literal(line.split()[1])})" for line in NICKNAMES)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE nicknames AS
        SELECT formal, list(nick ORDER BY nick) AS called FROM (VALUES {values}) AS n(formal, nick) GROUP BY formal""")


def name_noise_stages(source: str, shares: Mapping[str, float], *, middle_names: bool) -> list[tuple[str, str]]:
    """The stages that write the name as a requester does; the last is `sent_names`.

    Needs row_no, aim and the columns of `people.named`. Adds sent_first, sent_middle, sent_last, sent_suffix,
    name_noise and name_agrees (marks, case and punctuation aside).
    """
    return [
        ("name_noises", _noise_choice_stage(source, shares)),
        ("nicknamed", _nickname_stage("name_noises")),
        ("noised_names", _noise_stage("nicknamed", middle_names=middle_names)),
        ("sent_names", _style_stage("noised_names")),
    ]


def _noise_choice_stage(source: str, shares: Mapping[str, float]) -> str:
    """Which noise a row gets. Rows that stand for published exact matches get none; lost matches always get some."""
    total = sum(shares.values())
    return f"""
        SELECT *, CASE WHEN aim LIKE 'named%' OR aim = 'address_only' THEN ''
            WHEN surname_form IN ('double', 'hyphen', 'particle') AND u('form noise', row_no) < 0.45
                THEN CASE WHEN surname_form <> 'particle' AND u('half', row_no) < 0.5 THEN 'one_surname' ELSE 'surname_form' END
            ELSE {case_by_share("noise_draw", shares)} END AS noise_kind
        FROM (SELECT *, u('name noise', row_no) * CASE aim WHEN 'lost_match' THEN {total * 0.999:.9g} ELSE 1 END AS noise_draw FROM {source})"""


def _nickname_stage(source: str) -> str:
    """What a bearer of this first name may be called."""
    return f"""
        SELECT p.*, choose('nickname', row_no, n.called) AS nickname
        FROM {source} p LEFT JOIN nicknames n ON n.formal = upper(p.first_name) AND p.noise_kind = 'nickname'"""


def _noise_stage(source: str, *, middle_names: bool) -> str:
    """The name with its noise."""
    middle = "NULL"
    if middle_names:
        middle = """CASE WHEN middle_draw < 0.3 THEN NULL WHEN middle_draw < 0.7 THEN middle_full[1]
            WHEN middle_draw < 0.85 THEN middle_full ELSE middle_name END"""
    return f"""
        SELECT *, CASE noise_kind WHEN 'typo_first' THEN typed(first_name, row_no) WHEN 'ocr_first' THEN scanned(first_name, row_no)
                WHEN 'phonetic_first' THEN heard(first_name, row_no) WHEN 'nickname' THEN coalesce(nickname, first_name)
                WHEN 'initial' THEN first_name[1] WHEN 'swapped' THEN last_name ELSE first_name END AS noised_first,
            CASE noise_kind WHEN 'typo_last' THEN typed(last_name, row_no) WHEN 'ocr_last' THEN scanned(last_name, row_no)
                WHEN 'phonetic_last' THEN heard(last_name, row_no) WHEN 'swapped' THEN first_name
                WHEN 'one_surname' THEN CASE WHEN u('which half', row_no) < 0.8 THEN last_first ELSE last_second END
                WHEN 'surname_form' THEN CASE
                    WHEN surname_form = 'particle' THEN CASE WHEN u('particle lost', row_no) < 0.3 THEN last_first
                        ELSE regexp_replace(last_name, '[^[:alpha:]À-ž]', '', 'g') END
                    WHEN surname_form = 'hyphen' THEN replace(last_name, '-', ' ')
                    WHEN u('joined', row_no) < 0.4 THEN last_second || ' ' || last_first
                    ELSE replace(last_name, ' ', '-') END
                ELSE last_name END AS noised_last,
            {middle} AS noised_middle, {"CASE WHEN u('suffix sent', row_no) < 0.85 THEN suffix END" if middle_names else "NULL"} AS noised_suffix
        FROM (SELECT *, u('middle sent', row_no) AS middle_draw FROM {source})"""


def _style_stage(source: str) -> str:
    """Capitals and marks, which are not noise, and whether the name still agrees with the one on record."""

    def plain(column: str) -> str:
        return f"upper(strip_accents(regexp_replace({column}, '[^[:alpha:]À-ỿ]', '', 'g')))"

    def style(column: str) -> str:
        unmarked = f"CASE WHEN u('unmarked', row_no) < 0.6 THEN strip_accents({column}) ELSE {column} END"
        return f"CASE WHEN u('capitals', row_no) < 0.3 THEN upper({unmarked}) ELSE {unmarked} END"

    return f"""
        SELECT *, {style("noised_first")} AS sent_first, {style("noised_last")} AS sent_last, {style("noised_middle")} AS sent_middle,
            noised_suffix AS sent_suffix,
            CASE WHEN noised_first = first_name AND noised_last = last_name THEN '' ELSE noise_kind END AS name_noise,
            {plain("noised_first")} = {plain("first_name")} AND {plain("noised_last")} = {plain("last_name")} AS name_agrees
        FROM {source}"""
