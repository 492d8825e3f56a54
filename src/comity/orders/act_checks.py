"""What must hold of each act beside the order of its steps: that it fits the law, the keys and the records on file.

Guarantees: checked when an act is entered and again when it is confirmed, in the transaction that files the step.
Start at `verify_act`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from comity.errors import RequestError
from comity.law.corpus import Law
from comity.law.court_filings import add_law_files, apply_filings
from comity.law.court_order import ProhibitedAct
from comity.law.filed_content import (
    AgreementState,
    BatchException,
    Clearance,
    Enrollment,
    KeyRevocation,
    LawAddition,
    OrderReview,
    PurgeRequest,
    RoleEnd,
    RoleGrant,
    SafeguardPlanAcceptance,
    SafeguardPlanEnd,
    SignerRegistration,
    StopLift,
    SuppressionLift,
    WitnessRequirement,
    parse_filed_content,
)
from comity.law.filing_register import FilingRegister
from comity.law.person_roles import list_role_grants
from comity.law.signers import find_revoked_keys, list_signers
from comity.ledger.leaf import canonicalize_json
from comity.model.filing import Act, Filing
from comity.normalize.confusable_ids import fold_person_name
from comity.release.record_suppression import find_suppressions
from comity.signing import authenticate_signer, import_public_key, key_thumbprint
from comity.tlog.witness.witness_policy import WitnessPolicy


@dataclass(frozen=True, slots=True)
class FilingContext:
    """What a filing must fit: the law as shipped, the ledger's name, and keys of the home, which are no person's.

    `synthetic_signers` are the keys of synthetic requesters, which were registered at first use.
    """

    law: Law
    origin: str
    home_keys: frozenset[str] = field(default_factory=frozenset)
    synthetic_signers: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class _OnFile:
    """What is on file when an act is checked."""

    register: FilingRegister
    filings: Sequence[Filing]
    context: FilingContext
    at: datetime

    @property
    def law(self) -> Law:
        """Return the law in force."""
        return apply_filings(self.context.law, self.filings)


def verify_act(
    entered: Filing, register: FilingRegister, filings: Sequence[Filing], context: FilingContext, *, at: datetime
) -> str | None:
    """Return why what was entered cannot be filed or confirmed beside what is on file; None when it can.

    Raises:
        PolicyError: `law_invalid` when the law would no longer fit together.
        ComityError: `witnesses_invalid` when a policy cannot be read.
    """
    check = _CHECKS.get(entered.act)
    return check(parse_filed_content(entered), _OnFile(register, filings, context, at)) if check else None


def encode_enrollment(origin: str, name: str, *, is_recovery: bool = False) -> bytes:
    """Encode what a person signs with the key that is to be theirs: the ledger's name, their own, what it is for."""
    return canonicalize_json({"enroll": name, "home": origin} | ({"recovery": True} if is_recovery else {}))


def _check_enrollment(content: Enrollment, on_file: _OnFile) -> str | None:
    key = import_public_key(content.key)
    thumbprint = key_thumbprint(key)
    holders = on_file.register.persons | on_file.register.recovery_keys
    names = [person.name for person in holders.values()]
    if any(fold_person_name(content.name) == fold_person_name(name) for name in names):
        return "A person whose name looks like that one has a key. One person has one key."
    signer_keys = {signer.thumbprint for signer in list_signers(on_file.register)}
    if thumbprint in on_file.context.home_keys | signer_keys:
        return "That key is the home's or a requester's. A person has a key of their own."
    signed = encode_enrollment(on_file.context.origin, content.name, is_recovery=content.is_recovery)
    try:
        authenticate_signer(signed, content.proof, {thumbprint: key})
    except RequestError:
        return "Nothing shows that the key is this person's: the enrollment is not signed with it, for this home."
    return None


def _check_signer(content: SignerRegistration, on_file: _OnFile) -> str | None:
    key = key_thumbprint(import_public_key(content.key))
    register = on_file.register
    if key in {*register.persons, *register.recovery_keys, *register.past_keys, *on_file.context.home_keys}:
        return "That key is the home's or a person's of the custodian. A requester has a key of its own."
    for signer in list_signers(on_file.register):
        if signer.thumbprint == key and (signer.requester, signer.office) == (content.requester, content.office):
            return "That key is registered for that office already."
        if signer.thumbprint == key and signer.requester != content.requester:
            return "That key is another requester's."
    return None


def _check_signer_revocation(content: KeyRevocation, on_file: _OnFile) -> str | None:
    synthetic = on_file.context.synthetic_signers - find_revoked_keys(on_file.register)
    keys = synthetic | {signer.thumbprint for signer in list_signers(on_file.register)}
    return None if content.key in keys else "No office has that key."


def _check_suppression_lift(content: SuppressionLift, on_file: _OnFile) -> str | None:
    suppressed = find_suppressions(on_file.register).of_kind(content.kind)
    missing = len(set(content.records) - suppressed)
    return f"{missing} of the records are not on that list." if missing else None


def _check_law(content: LawAddition, on_file: _OnFile) -> str | None:
    add_law_files(on_file.law, content.files)
    return None


def _check_suspension(content: AgreementState, on_file: _OnFile) -> str | None:
    return None if content.agreement in on_file.law.agreements else "No agreement of that id is on file."


def _check_suspension_lift(content: AgreementState, on_file: _OnFile) -> str | None:
    return None if content.agreement in on_file.law.suspended else "The agreement is not suspended."


def _check_clearance(content: Clearance, on_file: _OnFile) -> str | None:
    law = on_file.law
    order = law.orders.get(content.order)
    if order is None or content.agreement not in law.agreements:
        return "No order, or no agreement, of that id is on file."
    if order.is_applicable_to(content.agreement):
        return "The order names the agreement, or every agreement. Only a court ends that."
    if not law.is_reached_by(order, content.agreement):
        return "The order does not reach the agreement."
    return None


def _check_order_review(content: OrderReview, on_file: _OnFile) -> str | None:
    if content.order not in on_file.law.orders:
        return "No order of that id is on file."
    if content.order in on_file.law.pending:
        return "The order is pending itself: let a second person confirm it first."
    return None


def _check_exception(content: BatchException, on_file: _OnFile) -> str | None:
    order = on_file.law.orders.get(content.order)
    if order is None:
        return "No order of that id is on file."
    if content.exception not in order.exceptions:
        return "The order on file names no such exception. Only an exception in the order's own words is used."
    return None


def _check_purge(_content: PurgeRequest, on_file: _OnFile) -> str | None:
    law = on_file.law
    orders = {
        order.id
        for agreement in law.agreements
        for order in law.find_orders_in_force(on_file.at, agreement, ProhibitedAct.DELETE)
    }
    return f"Court order {', '.join(sorted(orders))} forbids deleting. Only a court ends that." if orders else None


def _check_plan(content: SafeguardPlanAcceptance, on_file: _OnFile) -> str | None:
    agency = on_file.law.agencies.get(content.agency)
    if agency is None or not on_file.law.list_reviewed_agencies(agency):
        return "No safeguard review of an agency of that id, or of a part of it, is on file."
    if any(plan.document_sha256 == content.document_sha256 and plan.ended_on is None for plan in on_file.law.plans):
        return "That paper is on file already, as a plan that was accepted."
    return None


def _check_plan_end(content: SafeguardPlanEnd, on_file: _OnFile) -> str | None:
    plans = {plan.filing for plan in on_file.law.plans if plan.ended_on is None}
    return None if content.plan in plans else "No plan of that filing is accepted, or it was ended already."


def _check_role(content: RoleGrant, on_file: _OnFile) -> str | None:
    for grant in list_role_grants(on_file.register).values():
        if grant.person != content.person and (grant.issuer, grant.subject) == (content.issuer, content.subject):
            return "Another person logs in with that account. One account is one person's."
    return None


def _check_role_end(content: RoleEnd, on_file: _OnFile) -> str | None:
    return None if content.person in list_role_grants(on_file.register) else "That person has no role."


def _check_stop_lift(content: StopLift, on_file: _OnFile) -> str | None:
    return None if content.stop in on_file.law.stops else "No stop of that number is in force."


def _check_witnesses(content: WitnessRequirement, _on_file: _OnFile) -> str | None:
    if content.policy is not None:
        WitnessPolicy.parse(content.policy)
    return None


_CHECKS: Mapping[Act, Callable[[Any, _OnFile], str | None]] = MappingProxyType(
    {
        Act.PERSON: _check_enrollment,
        Act.SIGNER: _check_signer,
        Act.SIGNER_REVOCATION: _check_signer_revocation,
        Act.SUPPRESSION_LIFT: _check_suppression_lift,
        Act.LAW: _check_law,
        Act.SUSPENSION: _check_suspension,
        Act.SUSPENSION_LIFT: _check_suspension_lift,
        Act.CLEARANCE: _check_clearance,
        Act.ORDER_REVIEW: _check_order_review,
        Act.EXCEPTION: _check_exception,
        Act.SAFEGUARD_PLAN: _check_plan,
        Act.SAFEGUARD_PLAN_END: _check_plan_end,
        Act.WITNESSES: _check_witnesses,
        Act.PURGE: _check_purge,
        Act.ROLE: _check_role,
        Act.ROLE_END: _check_role_end,
        Act.STOP_LIFT: _check_stop_lift,
    }
)
