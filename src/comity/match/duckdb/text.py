"""Plain text: whatever was written becomes upper case printable ASCII, or null.

Guarantees: no control, format (bidirectional, zero width) or accented character survives; text that is already
plain is only made upper case. Letters of other scripts are transliterated by `anyascii`, once per distinct value.
Does not: split names or addresses.
Start at `make_plain`.
"""

import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.stages import Stage, run

TEXT = ("first_name", "middle_name", "last_name", "suffix", "street", "street2", "city", "state", "zip")
"""The columns whose text people write; all other columns pass through as they are."""


IS_FOREIGN = f"regexp_matches(concat_ws(' ', {', '.join(TEXT)}), '[^ -~]')"
"""SQL for the column `is_foreign` that every raw table has: is there a character that is not printable ASCII?"""


def foreign_text(raw: str) -> str:
    """Every distinct value that is not yet printable ASCII."""
    return f"""
        SELECT DISTINCT written FROM (SELECT unnest([{", ".join(TEXT)}]) AS written FROM {raw} WHERE is_foreign)
        WHERE NOT regexp_full_match(written, '[ -~]*')"""


def plain_text(raw: str, spelling: str) -> str:
    """The rows with their text columns in upper case ASCII; what is empty becomes null.

    Few rows have a foreign character; the others pass without a look at the spellings.
    """
    joins = " ".join(f"LEFT JOIN {spelling} s{i} ON s{i}.written = t.{c}" for i, c in enumerate(TEXT))
    plain = ", ".join(f"nullif(trim(coalesce(s{i}.plain, upper(t.{c}))), '') AS {c}" for i, c in enumerate(TEXT))
    upper = ", ".join(f"nullif(trim(upper({c})), '') AS {c}" for c in TEXT)
    return f"""
        SELECT * EXCLUDE (is_foreign) REPLACE ({upper}) FROM {raw} WHERE NOT is_foreign
        UNION ALL BY NAME
        SELECT t.* EXCLUDE (is_foreign, {", ".join(TEXT)}), {plain} FROM (FROM {raw} WHERE is_foreign) t {joins}"""


def _transliterate(values: pa.Array) -> pa.Array:
    """Upper case ASCII for each value (distinct values only: never called for a row)."""
    marked = pc.replace_substring_regex(
        pc.replace_substring(values, "\u00b4", "'"), "([\u00bc-\u00be\u2150-\u215e])", r" \1"
    )
    bare = pc.replace_substring_regex(pc.utf8_normalize(marked, form="NFKC"), r"[\p{Cc}\p{Cf}]+", "")
    return pa.array([anyascii(value).upper() for value in bare.to_pylist()], pa.string())


def make_plain(db: DuckDB, raw: str, out: str) -> None:
    """Make the temporary table `out` from the table `raw`, which has the columns `TEXT`, `is_foreign` and any others."""
    run(db, [Stage("foreign_text", foreign_text, (raw,))])
    written = db.sql("SELECT written FROM foreign_text").to_arrow_table().column("written").combine_chunks()
    table = pa.table({"written": written, "plain": _transliterate(written)})
    db.register("spelling", table)
    try:
        run(db, [Stage(out, plain_text, (raw, "spelling"))])
    finally:
        db.unregister("spelling")
    db.execute("DROP TABLE temp.foreign_text")
