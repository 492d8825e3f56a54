"""A published ledger, checked as a stranger would: by the separate checker, from its entries up."""

from collections.abc import Iterable
from pathlib import Path

from comity_ledger_verify import TrustPolicy, Vkey, check_log


def verify_published_ledger(folder: Path, vkeys: Iterable[str], *, receipts: Iterable[str] = ()) -> None:
    """AssertionError when the checker finds anything wrong with the log, or with one of the receipts."""
    named = {f"receipt {number}": text.encode() for number, text in enumerate(receipts)}
    report = check_log(folder, TrustPolicy([Vkey.parse(vkey) for vkey in vkeys]), named)
    assert not report.findings, report.findings
