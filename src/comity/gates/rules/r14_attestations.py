"""R14: whatever else the agreement requires to be attested.

Basis: the agreement; 26 USC 6103(a): nothing is disclosed without authority.
"""

from datetime import timedelta

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law.agreement import RequiredAttestation
from comity.model.finding import Finding

_finding = FindingBuilder("r14_attestations", "26 USC 6103(a) and the agreement named")
_DECIDED_BY_OTHER_RULES = frozenset(
    {
        "use_limited_to_proceeding",
        "open_criminal_investigation",
        "no_protected_subject_8usc1367",
        "no_adverse_action_before_verification",
    }
)
"""The attestations of R04, R05, D04 and M02."""


def r14_attestations(facts: Facts, _rows: RequestColumns) -> Finding:
    """The signer vouches for every further statement that the agreement requires, as of a day that is recent enough.

    MET: each is attested, not as of a day to come, and where the agreement limits its age, with a day within the limit.
    NOT_MET: one is missing, too old, or has no day. NOT_APPLICABLE: the agreement requires none beside those that
    other rules decide. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    further = [required for required in facts.agreement.attestations if required.id not in _DECIDED_BY_OTHER_RULES]
    if not further:
        return _finding.not_applicable("The agreement requires no further attestation.")
    missing = [required for required in further if not _is_attested(facts, required)]
    if not missing:
        return _finding.met("Every further attestation that the agreement requires is made.")
    first = missing[0]
    age = f", as of a day no more than {first.max_age_days} days back" if first.max_age_days is not None else ""
    return _finding.not_met(
        f"The attestation {first.id} is missing or too old ({len(missing)} in all). The agreement requires it: "
        f"{first.meaning.rstrip('.')}. Have the signer attest it in the manifest{age}."
    )


def _is_attested(facts: Facts, required: RequiredAttestation) -> bool:
    if required.max_age_days is None:
        return facts.has_attestation(required.id)
    earliest = facts.today - timedelta(days=required.max_age_days)
    days = [a.on for a in facts.manifest.attestations if a.id == required.id and a.on is not None]
    return any(earliest <= day <= facts.today for day in days)


RULE = Rule(_finding.rule, "R14", _finding.citation, ("usc26-6103-a",), batch=r14_attestations)
