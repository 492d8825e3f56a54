"""What the checks look at: everything that can be read from one presented document, each part read once.

Guarantees: reading never raises for what was presented; a part that cannot be read is a fault that a check reports.
Start at `Evidence`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from comity.documents.barcode.aamva import Barcode, parse_barcode
from comity.documents.chip.data_groups import GroupFault, check_group, read_zone_text
from comity.documents.chip.security_object import SecurityObject, parse_security_object
from comity.documents.chip.signed_data import SignedDataFault
from comity.documents.mrz.dates import ZoneDate, read_birth_date, read_expiry_date, read_paper_date
from comity.documents.mrz.zone import Zone, parse_zone
from comity.documents.trust.certificate import Certificate, CertificateFault, parse_certificate
from comity.documents.trust.path import PathVerdict, RevocationVerdict, Trust, find_path, find_revocation
from comity.documents.zone_rules import find_zone_rule
from comity.model.document import Basis, PresentedDocument


@dataclass(frozen=True)
class Evidence:
    """One presented document with what was read from it, the user's trust, and the day."""

    presented: PresentedDocument
    trust: Trust
    as_of: date

    @cached_property
    def printed_zone(self) -> Zone | None:
        """Return the zone as it was printed, typed or scanned."""
        return None if self.presented.mrz is None else parse_zone(self.presented.mrz)

    @cached_property
    def group_faults(self) -> Mapping[int, str]:
        """Return what is wrong with the form of each data group presented that is not sound."""
        faults = {}
        for number, data in self.presented.groups.items():
            try:
                check_group(number, data)
            except GroupFault as fault:
                faults[number] = str(fault)
        return faults

    @cached_property
    def chip_zone(self) -> Zone | None:
        """Return the zone in data group 1, or None when there is none to read."""
        data = self.presented.groups.get(1)
        try:
            return None if data is None else parse_zone(read_zone_text(data))
        except GroupFault:
            return None

    @cached_property
    def zones(self) -> tuple[tuple[str, Zone], ...]:
        """Return the zones to look at, each with where it comes from; one when the chip holds what is printed."""
        printed, chip = self.printed_zone, self.chip_zone
        zones = [] if printed is None else [("", printed)]
        if chip is not None and (printed is None or printed.text != chip.text):
            zones.append(("chip", chip))
        return tuple(zones)

    @cached_property
    def zone(self) -> Zone | None:
        """Return the zone that counts, with fields in it: the chip's, else the printed one."""
        for zone in (self.chip_zone, self.printed_zone):
            if zone is not None and zone.layout is not None:
                return zone
        return None

    @cached_property
    def zone_birth(self) -> ZoneDate | None:
        """Return the date of birth in the zone that counts."""
        return None if self.zone is None else read_birth_date(self.zone.field("birth"), self.as_of)

    @cached_property
    def zone_expiry(self) -> ZoneDate | None:
        """Return the date of expiry in the zone that counts."""
        return None if self.zone is None else read_expiry_date(self.zone.field("expiry"), self.as_of)

    @property
    def zone_basis(self) -> Basis:
        """Return where `zone` comes from."""
        chip = self.chip_zone
        return Basis.CHIP_READ if chip is not None and chip is self.zone else Basis.MRZ_TEXT

    @cached_property
    def security_object(self) -> SecurityObject | SignedDataFault | None:
        """Return the security object, the fault that it has, or None when none was presented."""
        data = self.presented.security_object
        try:
            return None if data is None else parse_security_object(data)
        except SignedDataFault as fault:
            return fault

    @property
    def readable_security_object(self) -> SecurityObject | None:
        """Return the security object when it could be read."""
        security_object = self.security_object
        return security_object if isinstance(security_object, SecurityObject) else None

    @cached_property
    def signer(self) -> Certificate | str:
        """Return the signer's certificate, or why there is none.

        Of several certificates in the security object, the one that its signer information names.
        """
        security_object = self.readable_security_object
        if security_object is None:
            return "there is no security object that can be read"
        if not security_object.signed.certificates:
            return "the security object holds no certificate of its signer"
        try:
            certificates = [parse_certificate(der) for der in security_object.signed.certificates]
        except CertificateFault:
            return "the signer's certificate cannot be read"
        if len(certificates) > 1:
            certificates = [certificate for certificate in certificates if self.is_named_signer(certificate)]
        if len(certificates) != 1:
            return "of several certificates in the security object, its signer is not one and one alone"
        return certificates[0]

    def is_named_signer(self, certificate: Certificate) -> bool:
        """Return whether the security object's signer information names this certificate."""
        security_object = self.readable_security_object
        assert security_object is not None
        signer = security_object.signed.signer
        if signer.key_id is not None:
            return certificate.key_id == signer.key_id
        return (certificate.encoded_issuer, certificate.serial) == (signer.issuer, signer.serial)

    @cached_property
    def path(self) -> PathVerdict | None:
        """Return the verdict on the signer's path, or None without a signer."""
        signer = self.signer
        return None if isinstance(signer, str) else find_path(signer, self.trust)

    @cached_property
    def revocation(self) -> RevocationVerdict | None:
        """Return the verdict on the signer's revocation, or None without a signer."""
        signer, path = self.signer, self.path
        if isinstance(signer, str) or path is None:
            return None
        return find_revocation(signer, path, self.trust, self.as_of)

    @cached_property
    def barcode(self) -> Barcode | None:
        """Return what the barcode's text holds."""
        return None if self.presented.barcode is None else parse_barcode(self.presented.barcode)

    @property
    def barcode_of_kind(self) -> Barcode | None:
        """Return the barcode when papers of the kind have one; another paper's says nothing of this one."""
        return self.barcode if find_zone_rule(self.presented.kind).has_barcode else None

    def typed_date(self, name: str) -> date | None:
        """Return a date that was typed as YYYY-MM-DD, or None when it was not, or is none that a paper can have."""
        return read_paper_date(self.presented.typed.get(name, "").strip())
