"""Write names as requesters get them wrong: typing, scanning, hearing, nicknames, initials, swapped fields.

Guarantees: noise never changes the truth; a row that came out unchanged is labelled as without noise.
Does not: depend on who the person is, except where a form of name invites it (a double surname loses a half).
Start at `name_noise_stages`.
"""

from collections.abc import Mapping

from comity.columns.duck import DuckDBConnection
from comity.simulate.random_sql import case_by_share, sql_literal
from comity.simulate.scenarios import NAMESAKE_AIM

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
"""A formal first name and a nickname of it."""


def create_nickname_table(connection: DuckDBConnection) -> None:
    """Create table `nicknames`: a formal first name in upper case, and the list of its nicknames."""
    pairs = (line.split() for line in NICKNAMES)
    values = ", ".join(f"({sql_literal(formal)}, {sql_literal(nickname)})" for formal, nickname in pairs)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE nicknames AS
        SELECT formal, list(nick ORDER BY nick) AS called FROM (VALUES {values}) AS n(formal, nick) GROUP BY formal""")


def name_noise_stages(source: str, shares: Mapping[str, float], *, middle_names: bool) -> list[tuple[str, str]]:
    """Return the stages that write the name as a requester does; the last is `sent_names`.

    Reads row_no, aim and the columns of `names_and_tins.name_stages`. Adds sent_first, sent_middle, sent_last,
    sent_suffix, name_noise and name_agrees (accents, case and punctuation aside).
    """
    return [
        ("name_noises", _noise_choice_stage(source, shares)),
        ("nicknamed", _nickname_stage("name_noises")),
        ("noised_names", _noise_stage("nicknamed", middle_names=middle_names)),
        ("sent_names", _style_stage("noised_names")),
    ]


def _noise_choice_stage(source: str, shares: Mapping[str, float]) -> str:
    """Choose the noise of a row. Rows that represent published exact matches get none; lost matches always get some."""
    total = sum(shares.values())
    return f"""
        SELECT *, CASE WHEN aim LIKE 'named%' OR aim = 'address_only' THEN ''
            WHEN surname_form IN ('double', 'hyphen', 'particle') AND u('form noise', row_no) < 0.45
                THEN CASE WHEN surname_form <> 'particle' AND u('half', row_no) < 0.5
                    THEN 'one_surname' ELSE 'surname_form' END
            ELSE {case_by_share("noise_draw", shares)} END AS noise_kind
        FROM (SELECT *, u('name noise', row_no)
                * CASE aim WHEN 'lost_match' THEN {total * 0.999:.9g} ELSE 1 END AS noise_draw
            FROM {source})"""


def _nickname_stage(source: str) -> str:
    """Look up a nickname of the first name where the noise is a nickname."""
    return f"""
        SELECT p.*, choose('nickname', row_no, n.called) AS nickname
        FROM {source} p LEFT JOIN nicknames n ON n.formal = upper(p.first_name) AND p.noise_kind = 'nickname'"""


def _noise_stage(source: str, *, middle_names: bool) -> str:
    """Write the name with its noise."""
    middle = suffix = "NULL"
    if middle_names:
        suffix = f"CASE WHEN aim <> '{NAMESAKE_AIM}' AND u('suffix sent', row_no) < 0.85 THEN suffix END"
        middle = f"""CASE WHEN middle_draw < 0.3 THEN NULL
            WHEN aim = '{NAMESAKE_AIM}' THEN chr((65 + below('namesake middle', row_no, 26))::INTEGER)
            WHEN middle_draw < 0.7 THEN middle_full[1]
            WHEN middle_draw < 0.85 THEN middle_full ELSE middle_name END"""
    return f"""
        SELECT *, CASE noise_kind WHEN 'typo_first' THEN typed(first_name, row_no)
                WHEN 'ocr_first' THEN scanned(first_name, row_no)
                WHEN 'phonetic_first' THEN heard(first_name, row_no) WHEN 'nickname' THEN coalesce(nickname, first_name)
                WHEN 'initial' THEN first_name[1] WHEN 'swapped' THEN last_name ELSE first_name END AS noised_first,
            CASE noise_kind WHEN 'typo_last' THEN typed(last_name, row_no)
                WHEN 'ocr_last' THEN scanned(last_name, row_no)
                WHEN 'phonetic_last' THEN heard(last_name, row_no) WHEN 'swapped' THEN first_name
                WHEN 'one_surname' THEN CASE WHEN u('which half', row_no) < 0.8 THEN last_first ELSE last_second END
                WHEN 'surname_form' THEN CASE
                    WHEN surname_form = 'particle' THEN CASE WHEN u('particle lost', row_no) < 0.3 THEN last_first
                        ELSE regexp_replace(last_name, '[^[:alpha:]À-ž]', '', 'g') END
                    WHEN surname_form = 'hyphen' THEN replace(last_name, '-', ' ')
                    WHEN u('joined', row_no) < 0.4 THEN last_second || ' ' || last_first
                    ELSE replace(last_name, ' ', '-') END
                ELSE last_name END AS noised_last,
            {middle} AS noised_middle, {suffix} AS noised_suffix
        FROM (SELECT *, u('middle sent', row_no) AS middle_draw FROM {source})"""


def _style_stage(source: str) -> str:
    """Change case and accents, which are not noise, and compare the name with the one on record."""

    def letters(column: str) -> str:
        return f"upper(strip_accents(regexp_replace({column}, '[^[:alpha:]À-ỿ]', '', 'g')))"

    def style(column: str) -> str:
        unmarked = f"CASE WHEN u('unmarked', row_no) < 0.6 THEN strip_accents({column}) ELSE {column} END"
        return f"CASE WHEN u('capitals', row_no) < 0.3 THEN upper({unmarked}) ELSE {unmarked} END"

    return f"""
        SELECT *, {style("noised_first")} AS sent_first, {style("noised_last")} AS sent_last,
            {style("noised_middle")} AS sent_middle, noised_suffix AS sent_suffix,
            CASE WHEN noised_first = first_name AND noised_last = last_name THEN '' ELSE noise_kind END AS name_noise,
            {letters("noised_first")} = {letters("first_name")}
                AND {letters("noised_last")} = {letters("last_name")} AS name_agrees
        FROM {source}"""
