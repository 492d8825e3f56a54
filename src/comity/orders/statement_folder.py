"""The folder of a statement about an order: the document, its signature, a page to read, and a receipt for each entry.

    statement.json, statement.json.jws, statement.html, receipts/<entry>.tlog-proof

Guarantees: written into an empty folder; what is read back is checked before it is believed.
Start at `write`, or `read` for who receives one.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from comity.errors import ComityError
from comity.signing import Ed25519Key, extract_embedded_key, key_thumbprint, sign_detached

STATEMENT_FILE = "statement.json"
FIGURE_LABELS = {
    "attempts_blocked": "attempts to have a batch answered were blocked by this order",
    "batches_blocked": "different batches were blocked by it",
    "released_while_on_file": "batches were answered under an agreement that it touches, since it is in effect and on file",
    "released_before_it_was_on_file": "batches were answered since it is in effect, but before it was on file",
    "rehearsals_blocked": "rehearsals were blocked by it",
    "rehearsals_released_while_on_file": "rehearsals of another day were answered while it was on file",
    "services": "services were recorded",
}
"""Each figure in words."""


def render_statement(document: Mapping[str, Any]) -> str:
    """The statement as a page."""
    environment = Environment(
        loader=PackageLoader("comity.app.pages", "templates"), autoescape=select_autoescape(["html.j2"]), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    entries = {kind: [{"known_as_of": None, **item} for item in items] for kind, items in document["entries"].items()}
    template = environment.get_template("statement.html.j2")
    return template.render(d={**document, "entries": entries}, words=FIGURE_LABELS)


def write_statement(out: Path, document: Mapping[str, Any], receipts: Mapping[int, str], key: Ed25519Key) -> None:
    """Write the folder, signed. Raises ComityError `output_exists` unless it is new or empty, and can be written."""
    content = (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    try:
        if out.exists() and any(out.iterdir()):
            raise ComityError(
                "output_exists", "The output folder holds other files.", "Name an empty folder with --out."
            )
        (out / "receipts").mkdir(parents=True)
        for entry, receipt in receipts.items():
            (out / "receipts" / f"{entry}.tlog-proof").write_text(receipt, encoding="utf-8")
        (out / "statement.html").write_text(render_statement(document), encoding="utf-8")
        (out / f"{STATEMENT_FILE}.jws").write_text(sign_detached(content, key) + "\n", encoding="utf-8")
        (out / STATEMENT_FILE).write_bytes(content)
    except OSError as error:
        raise ComityError(
            "output_exists", "The output folder could not be written.", "Name another with --out."
        ) from error


def read_statement(folder: Path) -> tuple[dict[str, Any], list[str], str]:
    """Document, receipts, and the thumbprint of the key that signed it.

    Raises:
        ComityError: `proof_invalid` when it cannot be read, or its signature does not verify.
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
