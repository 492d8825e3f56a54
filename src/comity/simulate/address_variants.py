"""Write the same address another way (failure mode A15), or a little wrong.

A variant changes no fact: words spelled out, punctuation, the unit before the street, after it or in its own field,
ZIP+4, case, accents, spaces, another city name that the postal service accepts. Noise does change the text: a typing
error, swapped digits, a lost unit. A row gets one or the other.

Guarantees: a row that came out as on record is labelled as having no variant and no noise.
Start at `variant_stages`.
"""

from collections.abc import Mapping

from comity.simulate.dwelling_addresses import RECORD_STREET2_SQL, RECORD_STREET_SQL, UNIT_DESIGNATORS
from comity.simulate.random_sql import case_by_share, case_map, sql_literal

UNIT_VARIANTS = ("unit_hash", "unit_first", "unit_moved")
UNIT_VARIANT_SHARE = 0.3
"""Share of the addresses with a unit that get a variant of the unit."""
ACCENT_VARIANT_SHARE = 0.4

_PUNCTUATED_STREET = """CASE form WHEN 'po_box' THEN 'P.O. Box ' || box
    WHEN 'rural_route' THEN 'R.R. ' || route || ', Box ' || box
    WHEN 'highway_contract' THEN 'H.C. ' || (route + 50) || ', Box ' || box
    WHEN 'military' THEN military || ', Box ' || box
    ELSE number || ' ' || concat_ws(' ', before || '.', street_name, type || '.', after || '.')
        || coalesce(', ' || unit_type || CASE WHEN unit_type = '#' THEN '' ELSE '.' END || ' ' || unit, '') END"""

STREET_VARIANTS = {
    "long_words": f"concat_ws(' ', line_long, {case_map('unit_type', UNIT_DESIGNATORS)}, unit)",
    "punctuation": _PUNCTUATED_STREET,
    "unit_hash": "line_short || CASE unit_type WHEN '#' THEN ' Apt ' ELSE ' #' END || unit",
    "unit_first": "unit_type || ' ' || unit || ', ' || line_short",
    "unit_moved": "CASE WHEN unit_apart THEN line_short || ' ' || unit_type || ' ' || unit ELSE line_short END",
    "upper": "upper(record_street)",
    "lower": "lower(record_street)",
    "accents": "strip_accents(record_street)",
    "spaces": "regexp_replace(record_street, ' ', '  ') || '  '",
}
"""Variant -> SQL of the street field; other variants leave it as on record."""

STREET2_VARIANTS = {
    "long_words": "NULL",
    "punctuation": "NULL",
    "unit_hash": "NULL",
    "unit_first": "NULL",
    "unit_moved": "CASE WHEN NOT unit_apart THEN unit_type || ' ' || unit END",
    "upper": "upper(record_street2)",
    "lower": "lower(record_street2)",
}
CITY_VARIANTS = {
    "upper": "upper(city)",
    "lower": "lower(city)",
    "accents": "strip_accents(city)",
    "spaces": "city || ' '",
    "city_alias": "city_alias",
}
STATE_VARIANTS = {"lower": "lower(state)", "spaces": "state || ' '"}
ZIP_VARIANTS = {"zip_plus_4": "zip || '-' || plus4", "spaces": "zip || ' '"}

STREET_NOISE = {
    "typo_street": "typed(record_street, row_no + 1)",
    "digits_swapped": r"regexp_replace(record_street, '^(\d*)(\d)(\d)\b', '\1\3\2')",
    "no_unit": "line_short",
}
STREET2_NOISE = {"no_unit": "NULL"}
CITY_NOISE = {"typo_city": "typed(city, row_no + 2)"}
ZIP_NOISE = {"zip_digit": "zip[:4] || ((zip[5]::INTEGER + 1 + below('zip digit', row_no, 9)) % 10)"}


def _case_sql(column: str, values: Mapping[str, str], otherwise: str) -> str:
    """Return a CASE that maps a column's values to SQL expressions."""
    cases = " ".join(f"WHEN {sql_literal(name)} THEN {value}" for name, value in values.items())
    return f"CASE {column} {cases} ELSE {otherwise} END"


def variant_stages(source: str, variants: Mapping[str, float], noise: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return the stages that write an address as a requester does; the last is `written`.

    Reads the columns of `dwelling_addresses.address_stages`, and row_no, aim and address_fault. Adds
    sent_street, sent_street2, sent_city, sent_state, sent_zip, variant and address_noise.
    """
    return [
        ("variant_choices", _variant_choice_stage(source, variants, noise)),
        ("variant_texts", _written_fields_stage("variant_choices")),
        ("written", _variant_label_stage("variant_texts")),
    ]


def _variant_choice_stage(source: str, variants: Mapping[str, float], noise: Mapping[str, float]) -> str:
    """Choose a variant, or a noise, or neither. Noise spares boxes and routes, whose form must stay readable."""
    without_units = {name: share for name, share in variants.items() if name not in UNIT_VARIANTS}
    total = sum(without_units.values())
    return f"""
        SELECT *, CASE WHEN address_fault <> '' THEN ''
                WHEN unit IS NOT NULL AND unit_draw < {UNIT_VARIANT_SHARE}
                    THEN choose('unit variant', row_no, ['unit_hash', 'unit_first', 'unit_moved'])
                WHEN record_street <> strip_accents(record_street) AND unit_draw > 1 - {ACCENT_VARIANT_SHARE}
                    THEN 'accents'
                ELSE {case_by_share("variant_draw", without_units)} END AS variant_kind,
            CASE WHEN address_fault = '' AND form = 'street' AND aim NOT LIKE 'named%'
                    AND aim NOT IN ('address_only', 'lost_match')
                THEN {case_by_share("u('address noise', row_no)", noise)} ELSE '' END AS noise_of_address
        FROM (SELECT *, {RECORD_STREET_SQL} AS record_street, {RECORD_STREET2_SQL} AS record_street2,
                u('unit variant?', row_no) AS unit_draw,
                u('variant', row_no) * CASE aim WHEN 'lost_match' THEN {total * 0.999:.9g} ELSE 1 END AS variant_draw
            FROM {source})"""


def _written_fields_stage(source: str) -> str:
    """Write the five fields; where a variant was drawn, noise is not applied."""
    without_noise = "variant_kind <> '' OR noise_of_address = ''"

    def field(variants: Mapping[str, str], noise: Mapping[str, str], on_record: str) -> str:
        variant_sql = _case_sql("variant_kind", variants, on_record)
        noise_sql = _case_sql("noise_of_address", noise, on_record)
        return f"CASE WHEN {without_noise} THEN {variant_sql} ELSE {noise_sql} END"

    return f"""
        SELECT *, {field(STREET_VARIANTS, STREET_NOISE, "record_street")} AS written_street,
            {field(STREET2_VARIANTS, STREET2_NOISE, "record_street2")} AS written_street2,
            coalesce({field(CITY_VARIANTS, CITY_NOISE, "city")}, city) AS written_city,
            {_case_sql("variant_kind", STATE_VARIANTS, "state")} AS written_state,
            {field(ZIP_VARIANTS, ZIP_NOISE, "zip")} AS written_zip
        FROM {source}"""


def _variant_label_stage(source: str) -> str:
    """Label variant and noise; blank where nothing changed."""
    is_unchanged = """written_street = record_street AND written_street2 IS NOT DISTINCT FROM record_street2
        AND written_city = city AND written_state = state AND written_zip = zip"""
    return f"""
        SELECT *, CASE WHEN {is_unchanged} THEN '' ELSE variant_kind END AS variant,
            CASE WHEN {is_unchanged} OR variant_kind <> '' THEN '' ELSE noise_of_address END AS address_noise
        FROM {source}"""
