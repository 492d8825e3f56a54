"""From a document signer to a certificate of the state that the user trusts, and whether it was revoked.

Guarantees: an anchor is a certificate of the trust list signed by itself; a link between two keys of a state counts
when it leads to an anchor; a signer's issuer has the name that the signer gives, and the key identifier, if given.
Does not: look at the time of day. Whether a signer was valid is asked of the time of signing (`checks.signing_time`).
Basis: ICAO Doc 9303 part 12, sections 5 and 7; RFC 5280 section 6.1.
Start at `find_path` and `find_revocation`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from comity.documents.trust.certificate import Certificate
from comity.documents.trust.crl import RevocationList
from comity.model.finding import Outcome

MAX_LINKS = 8
"""The most changes of key that are followed from a certificate to an anchor."""


@dataclass(frozen=True, slots=True, repr=False)
class Trust:
    """Certificates and revocation lists that the user imported."""

    certificates: tuple[Certificate, ...] = ()
    revocation_lists: tuple[RevocationList, ...] = ()
    _by_subject: Mapping[str, tuple[Certificate, ...]] = field(init=False)

    def __post_init__(self) -> None:
        by_subject: dict[str, tuple[Certificate, ...]] = {}
        for certificate in dict.fromkeys(self.certificates):
            by_subject[certificate.subject] = (*by_subject.get(certificate.subject, ()), certificate)
        object.__setattr__(self, "_by_subject", by_subject)

    def candidates(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Return the certificates in the issuer's name, those with the issuer's key identifier alone if any has it."""
        same_name = self._by_subject.get(certificate.issuer, ())
        wanted = certificate.authority_key_id
        same_key = tuple(candidate for candidate in same_name if wanted is not None and candidate.key_id == wanted)
        return same_key or tuple(candidate for candidate in same_name if wanted is None or candidate.key_id is None)

    def has_name(self, certificate: Certificate) -> bool:
        """Return whether any certificate carries the issuer's name."""
        return bool(self._by_subject.get(certificate.issuer))


@dataclass(frozen=True, slots=True, repr=False)
class PathVerdict:
    """Whether a signer leads to an anchor, why not, and the certificates from its issuer to the anchor."""

    outcome: Outcome
    reason: str = ""
    authorities: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class RevocationVerdict:
    """MET when a current list does not name the signer, NOT_MET when any list does, else UNDETERMINED."""

    outcome: Outcome
    reason: str = ""


def find_path(signer: Certificate, trust: Trust) -> PathVerdict:
    """Return whether the signer's certificate was issued by a state on the trust list."""
    refusal = _refuse_signer(signer)
    if refusal:
        return PathVerdict(Outcome.NOT_MET, refusal)
    doubt = _find_doubt(signer)
    if doubt:
        return PathVerdict(Outcome.UNDETERMINED, f"the signer's certificate {doubt}")
    candidates = trust.candidates(signer)
    if not candidates:
        reason = "no certificate on the trust list has the name and key of the signer's issuer"
        return PathVerdict(Outcome.UNDETERMINED, reason)
    verdicts = [_judge_issuer(signer, candidate, trust) for candidate in candidates]
    return min(verdicts, key=lambda verdict: _PREFERENCE[verdict.outcome])


def find_revocation(signer: Certificate, path: PathVerdict, trust: Trust, day: date) -> RevocationVerdict:
    """Return whether any revocation list names the signer or an authority on its path; one current on a day clears."""
    if path.outcome is not Outcome.MET:
        return RevocationVerdict(Outcome.UNDETERMINED, "without a path to a trusted state, no revocation list counts")
    trusted = path.authorities
    issuers = tuple(_same_state(trusted, trust))
    lists = [
        listed for listed in trust.revocation_lists if any(listed.is_issued_by(authority) for authority in issuers)
    ]
    issuer_lists = [listed for listed in lists if listed.issuer == signer.issuer]
    if any(signer.serial in listed.revoked for listed in issuer_lists):
        return RevocationVerdict(Outcome.NOT_MET, "the state has revoked the signer's certificate")
    if any(
        authority.serial in listed.revoked and listed.issuer == authority.issuer
        for listed in lists
        for authority in trusted
    ):
        return RevocationVerdict(Outcome.NOT_MET, "the state has revoked the certificate of the signer's issuer")
    if any(listed.is_current_on(day) and _is_issued_in_time(listed, issuers) for listed in issuer_lists):
        return RevocationVerdict(Outcome.MET)
    reason = (
        "no revocation list of the signer's issuer is newer than 90 days, of an authority valid then, and not replaced"
    )
    return RevocationVerdict(Outcome.UNDETERMINED, reason)


_PREFERENCE = {Outcome.MET: 0, Outcome.NOT_MET: 1, Outcome.UNDETERMINED: 2, Outcome.NOT_APPLICABLE: 3}


def _refuse_signer(signer: Certificate) -> str:
    if signer.is_authority:
        return "the signer's certificate is one of an authority, which signs no documents"
    if signer.usage is not None and "digital_signature" not in signer.usage:
        return "the signer's certificate may not be used for signatures"
    return ""


def _find_doubt(certificate: Certificate) -> str:
    """Return why a certificate, of a signer or of an authority, is not one that states issue for documents, or ''."""
    if certificate.unknown_critical:
        return "has a critical extension that is unknown here"
    if certificate.has_limited_purpose:
        return "is limited to a purpose or to names, which those for documents are not"
    if certificate.usage is None:
        return "does not say what its key is used for, which those for documents do"
    return ""


def _judge_issuer(signer: Certificate, issuer: Certificate, trust: Trust) -> PathVerdict:
    refusal = _refuse_issuer(issuer)
    if refusal:
        return PathVerdict(Outcome.NOT_MET, refusal)
    verdict = signer.verify_issued_by(issuer)
    if verdict.outcome is not Outcome.MET:
        return PathVerdict(verdict.outcome, f"the signer's certificate: {verdict.reason}")
    if not issuer.is_valid_at(signer.not_before):
        return PathVerdict(Outcome.NOT_MET, "the issuer's certificate was not valid when it issued the signer's")
    authorities = _find_anchor(issuer, trust, frozenset())
    if authorities is None:
        doubt = _find_doubt(issuer) or "leads to none that is signed by itself"
        return PathVerdict(Outcome.UNDETERMINED, f"the issuer's certificate {doubt}")
    if signer.country is not None and issuer.country is not None and signer.country != issuer.country:
        return PathVerdict(Outcome.NOT_MET, "signer and issuer are of different countries")
    return PathVerdict(Outcome.MET, "", authorities)


def _refuse_issuer(issuer: Certificate) -> str:
    if not issuer.is_authority:
        return "the issuer's certificate is not one of an authority"
    if issuer.usage is not None and "key_cert_sign" not in issuer.usage:
        return "the issuer's certificate may not be used to sign certificates"
    return ""


def _find_anchor(
    certificate: Certificate, trust: Trust, visited: frozenset[str], authorities_below: int = 0
) -> tuple[Certificate, ...] | None:
    """Return the certificates from this one to an anchor: itself when its own key signed it, else by links.

    A link, which has one name for its subject and its issuer, does not count against the length of a path (RFC 5280,
    section 6.1.4); another authority does. Each was issued while the one above it was valid.
    """
    if certificate.fingerprint in visited or len(visited) >= MAX_LINKS:
        return None
    if _refuse_issuer(certificate) or _find_doubt(certificate):
        return None
    if certificate.path_length is not None and authorities_below > certificate.path_length:
        return None
    if certificate.verifies_itself:
        return (certificate,)
    below = authorities_below + (not certificate.is_self_issued)
    for candidate in trust.candidates(certificate):
        is_in_time = candidate.is_valid_at(certificate.not_before)
        if is_in_time and certificate.verify_issued_by(candidate).outcome is Outcome.MET:
            upper_path = _find_anchor(candidate, trust, visited | {certificate.fingerprint}, below)
            if upper_path is not None:
                return (certificate, *upper_path)
    return None


def _is_issued_in_time(listed: RevocationList, authorities: Iterable[Certificate]) -> bool:
    return any(authority.is_valid_at(listed.issued_at) for authority in authorities if listed.is_issued_by(authority))


def _same_state(trusted: Iterable[Certificate], trust: Trust) -> Iterable[Certificate]:
    """Return the certificates on the path, and others of the same name that lead to an anchor."""
    path = tuple(trusted)
    names = {authority.subject for authority in path}
    namesakes = (candidate for candidate in trust.certificates if candidate.subject in names and candidate not in path)
    return (*path, *(candidate for candidate in namesakes if _find_anchor(candidate, trust, frozenset()) is not None))
