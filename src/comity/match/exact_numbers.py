"""Read numbers and dates of typed columns as the text that a record has, exactly or not at all (SQL).

A year or a ZIP code is often stored as a number: pandas makes a double of a column of whole numbers that has nulls, and
databases export decimals. 2023.0 is the year 2023. A number that is not whole, or too large for its type to hold each
whole number, is no year, ZIP code or identifier, and reading it would invent one.

Guarantees: a ZIP code or a taxpayer number stored as a number gets back the zeros it lost; NaN is no value.
Start at `exact_number`.
"""

_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER"}) | {
    "UBIGINT",
    "UHUGEINT",
}
_EXACT_BELOW = {"FLOAT": 2**24, "DOUBLE": 2**53}
_TEXTLESS = ("BLOB", "STRUCT", "MAP", "UNION", "INTERVAL")


def is_readable_type(kind: str) -> bool:
    """Return whether a column of this DuckDB type can hold a record's values.

    >>> is_readable_type("VARCHAR"), is_readable_type("BIGINT[]")
    (True, False)
    """
    return not kind.endswith("]") and not kind.startswith(_TEXTLESS)


def is_number(kind: str) -> bool:
    """Return whether a DuckDB type is one of numbers."""
    return kind in _WHOLE or kind in _EXACT_BELOW or kind.startswith("DECIMAL")


def inexact_number(source: str, kind: str) -> str:
    """Return SQL for whether a value of `source` is no exact whole number; an empty text where the type is exact."""
    if kind in _EXACT_BELOW:
        bound = _EXACT_BELOW[kind]
        is_whole = f"{source} = trunc({source}) AND abs({source}) < {bound}"
        return f"({source} IS NOT NULL AND NOT isnan({source}) AND NOT ({is_whole}))"
    if kind.startswith("DECIMAL"):
        return f"({source} <> trunc({source}))"
    return ""


def exact_number(source: str, kind: str, column: str) -> str:
    """Return SQL for the text of a record's column, from `source` of a DuckDB type; null where it is not exact."""
    if kind in _EXACT_BELOW:
        text = (
            f"CASE WHEN NOT isnan({source}) AND NOT {inexact_number(source, kind)} THEN {source}::HUGEINT::VARCHAR END"
        )
    elif kind.startswith("DECIMAL"):
        text = f"CASE WHEN {source} = trunc({source}) THEN trunc({source})::HUGEINT::VARCHAR END"
    elif kind == "DATE" or kind.startswith("TIMESTAMP"):
        text = f"year({source})::VARCHAR" if column == "tax_year" else f"{source}::VARCHAR"
    else:
        text = f"{source}::VARCHAR"
    return restore_zeros(text, column) if is_number(kind) else text


def restore_zeros(digits: str, column: str) -> str:
    """Return SQL that gives the digits of a ZIP code or a taxpayer number back the zeros that a number has lost."""
    if column == "zip":
        return f"lpad({digits}, CASE WHEN length({digits}) > 5 THEN 9 ELSE 5 END, '0')"
    return f"lpad({digits}, 9, '0')" if column == "tin" else digits
