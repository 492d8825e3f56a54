"""Read the filings on file, each verified to be signed by the key that it names.

Guarantees: read inside the caller's transaction, so that a release or a delivery sees every filing committed before it.
A row that its person did not sign stops everything.
Does not: compare filings with their ledger entries; `ledger.fsck` does.
Start at `read_register`.
"""

from datetime import datetime
from functools import lru_cache

from comity.errors import LedgerError
from comity.identity_cache import keep_results
from comity.law.filing_register import FilingRegister, replay_filings
from comity.ledger.leaf import encode_filing_payload
from comity.model.filing import Act, Filing
from comity.signing import extract_embedded_key, key_thumbprint
from comity.store import filings
from comity.store.database import Snapshot


def read_filings(tx: Snapshot) -> tuple[Filing, ...]:
    """Return every filing, oldest first. Raises LedgerError `ledger_damaged` when one is not what its person signed."""
    on_file = filings.list_filings(tx)
    _verify_signatures(on_file)
    return on_file


@keep_results
def _verify_signatures(on_file: tuple[Filing, ...]) -> None:
    for filing in on_file:
        if not is_signed_by_filer(filing):
            raise LedgerError(
                "ledger_damaged",
                f"The filing under entry {filing.entry} is not signed by the key that it names: the control database "
                "was changed from outside.",
                "Stop releasing and run: comity ledger fsck",
            )


def read_register(tx: Snapshot, *, known_as_of: datetime | None = None) -> FilingRegister:
    """Return what is on file. Raises PolicyError `law_invalid`, LedgerError `ledger_damaged`."""
    return replay_filings(read_filings(tx), known_as_of=known_as_of)


def find_witness_policy(register: FilingRegister) -> str | None:
    """Return which witnesses must cosign (C2SP tlog-policy); None when none must.

    To require witnesses where none are required only closes, so that a pending requirement counts then.
    """
    in_force = register.list_in_force(Act.WITNESSES)
    policy, since = (in_force[-1].content.policy, in_force[-1].effective_entry) if in_force else (None, -1)
    if policy is None:
        pending = [s for s in register.pending if s.entered.act is Act.WITNESSES and s.entered.entry > since]
        policy = next((s.content.policy for s in reversed(pending) if s.content.policy is not None), None)
    return None if policy is None else str(policy)


def is_signed_by_filer(filing: Filing) -> bool:
    """Return whether a filing is signed by the key that it names."""
    try:
        return _verify_signature(encode_filing_payload(filing), filing.signature, filing.by)
    except (ValueError, TypeError, RecursionError):
        return False


@lru_cache(maxsize=4096)
def _verify_signature(payload: bytes, signature: str, by: str) -> bool:
    key = extract_embedded_key(payload, signature)
    return key is not None and key_thumbprint(key) == by
