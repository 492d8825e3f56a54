"""R02: in writing, signed, unaltered. Basis: 26 USC 6103(i)(2)(B), first words; failure mode R02."""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("r02_signature", "26 USC 6103(i)(2)(B)")


def r02_signature(facts: Facts, _rows: RequestColumns) -> Finding:
    """The manifest is signed by a registered key, and the requests file is the one it speaks of.

    MET: a registered key verified the signature, the hash in the manifest is that of the file, and reading found no
    fault. NOT_MET: intake found a fault of signature or hash, or the hashes differ.
    UNDETERMINED: only facts on the custodian's side are missing (a key that is not registered yet), or no key is
    named although no fault was found.
    """
    batch = facts.batch
    faults = [fault for fault in batch.faults if fault.rule == _finding.rule]
    certain = [fault for fault in faults if not fault.undetermined]
    if certain:
        return _finding.not_met(
            f"The request cannot be taken as written and signed: {certain[0].message} A request that anybody could "
            "have written or altered is not one in writing by the agency. Sign the manifest again, then send the batch "
            "again."
        )
    if facts.manifest.sha256.lower() != batch.requests_sha256.lower():
        return _finding.not_met(
            "The requests file is not the one that the manifest was signed for: their SHA-256 differ. What was signed "
            "is not what was sent. Sign the manifest for this file, or send the file it was signed for."
        )
    if faults:
        return _finding.undetermined(
            f"Whether the request is signed cannot be decided yet: {faults[0].message} Register the key, or find out "
            "why it is not registered, and judge the batch again."
        )
    if not batch.signer_key_id:
        return _finding.undetermined(
            "No registered key is named for the signature, and no fault explains it. Without a key nobody vouches for "
            "the request. Read the batch again."
        )
    return _finding.met("A registered key verified the signature over the manifest and the hash of the requests file.")


RULE = Rule(_finding.rule, "R02", _finding.citation, ("usc26-6103-i-2-B",), batch=r02_signature)
