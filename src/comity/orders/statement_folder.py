"""Write and read the folder of a statement about an order.

    statement.json                   the document (docs/spec/statement.md)
    statement.json.jws               its signature, by the custodian's key for answers
    statement.html                   the same as a page to read
    receipts/<entry>.tlog-proof      the receipt of every entry that it names

Guarantees: a statement is written into an empty folder only, and the document last; `read_statement` returns a
document only when its signature verifies.
Does not: say whose key signed it. The caller compares the thumbprint with a key from elsewhere.
Start at `write_statement`, or at `read_statement` for whoever receives one.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comity.errors import ComityError
from comity.signing import Ed25519Key, extract_embedded_key, key_thumbprint, sign_detached

STATEMENT_FILE = "statement.json"


def write_statement(
    out: Path, document: Mapping[str, Any], receipts: Mapping[int, str], key: Ed25519Key, *, page: str
) -> None:
    """Sign the document with `key` and write the folder; `page` is the statement as HTML.

    Raises:
        ComityError: `output_exists` when the folder holds other files or cannot be written.
    """
    content = (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    try:
        if out.exists() and any(out.iterdir()):
            raise ComityError(
                "output_exists", "The output folder holds other files.", "Name an empty folder with --out."
            )
        (out / "receipts").mkdir(parents=True)
        for entry, receipt in receipts.items():
            (out / "receipts" / f"{entry}.tlog-proof").write_text(receipt, encoding="utf-8")
        (out / "statement.html").write_text(page, encoding="utf-8")
        (out / f"{STATEMENT_FILE}.jws").write_text(sign_detached(content, key) + "\n", encoding="utf-8")
        (out / STATEMENT_FILE).write_bytes(content)
    except OSError as error:
        raise ComityError(
            "output_exists", "The output folder could not be written.", "Name another with --out."
        ) from error


def read_statement(folder: Path) -> tuple[dict[str, Any], list[str], str]:
    """Return the document, its receipts, and the thumbprint of the key that signed it.

    Raises:
        ComityError: `proof_invalid` when the folder cannot be read, or the signature does not verify.
    """
    try:
        content = (folder / STATEMENT_FILE).read_bytes()
        signature = (folder / f"{STATEMENT_FILE}.jws").read_text(encoding="utf-8").strip()
        receipts = [path.read_text(encoding="utf-8") for path in sorted((folder / "receipts").glob("*.tlog-proof"))]
        document = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        raise ComityError("proof_invalid", "The folder holds no statement that can be read.") from error
    key = extract_embedded_key(content, signature)
    if key is None or not isinstance(document, dict):
        raise ComityError(
            "proof_invalid", "The statement's signature does not verify: it was changed, or never signed."
        )
    return document, receipts, key_thumbprint(key)
