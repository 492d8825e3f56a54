"""One thing wrong with what was sent."""

from dataclasses import dataclass

OLD_LAYOUT_RULE = "requests_layout"
"""The `rule` of the fault that a requests file is in layout 1: R13 decides it, by what the agreement needs."""

MANIFEST_FORM_RULE = "manifest_form"
"""The `rule` of a fault in the form of a draft's manifest. Such a batch cannot be read, so no rule decides about it."""

SIGNATURE_RULE = "r02_signature"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was sent, found while reading it.

    `rule` is the batch gate that decides about it (`r02_signature`, `r13_file_form`). `rows` are row numbers (empty
    when the whole file is meant); `rows_total` counts them all where `rows` is cut short. `message` carries no value.
    `columns` are those whose values could not be taken because of it, in these rows or in all; `to_do` corrects it.
    `undetermined` marks a fact that is missing on the custodian's side (a signer's key that nobody registered): it
    holds the batch where another fault refuses it.
    """

    rule: str
    message: str
    rows: tuple[int, ...] = ()
    rows_total: int = 0
    undetermined: bool = False
    columns: tuple[str, ...] = ()
    to_do: str = ""
