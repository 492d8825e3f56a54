"""Whether what was typed is what the chip, the zone or the barcode says, where both are there."""

from collections.abc import Iterable, Mapping

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.dates_of_paper import read_birth, read_expiry
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.issuer_names import read_issuer
from comity.documents.mrz.latin_letters import may_be_written
from comity.documents.mrz.zone import Zone
from comity.model.document import Basis
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    if evidence.zone is not None:
        yield from _compare_names(evidence.zone, evidence.presented.typed)
    for name, read in _machine_read(evidence):
        text = evidence.presented.typed.get(name, "").strip().upper()
        typed = read_issuer(text) if name == "issuer" else text
        if not text or not read:
            continue
        if typed is None:
            yield name, Outcome.UNDETERMINED, "What was typed names no issuer that is known here: type the code."
        elif typed == read:
            yield name, Outcome.MET, "What was typed is what a machine reads."
        else:
            yield name, Outcome.NOT_MET, "What was typed is not what a machine reads."


def _compare_names(zone: Zone, typed: Mapping[str, str]) -> Iterable[Judgment]:
    is_cut = not zone.field("name").endswith("<")
    for name, read in zip(("surname", "given_names"), zone.names, strict=True):
        text = typed.get(name, "").strip()
        if not text:
            continue
        is_alike = may_be_written(text, read, is_cut=is_cut)
        if is_alike is None:
            yield (
                name,
                Outcome.UNDETERMINED,
                "What was typed has letters of which the standard's spelling is not known here.",
            )
        elif is_alike:
            yield name, Outcome.MET, "What was typed may be written as in the zone."
        else:
            yield name, Outcome.NOT_MET, "What was typed is not written as in the zone."


def _machine_read(evidence: Evidence) -> Iterable[tuple[str, str]]:
    zone, barcode = evidence.zone, evidence.barcode_of_kind
    for name, day_and_basis in (("born_on", read_birth(evidence)), ("expires_on", read_expiry(evidence))):
        if day_and_basis is not None and day_and_basis[1] is not Basis.TYPED and day_and_basis[0] is not None:
            yield name, day_and_basis[0].isoformat()
    if zone is not None:
        yield "number", zone.number
        yield "issuer", zone.issuer
    elif barcode is not None:
        yield "number", barcode.elements.get("DAQ", "").strip()
        yield "issuer", barcode.jurisdiction.code if barcode.jurisdiction else ""


CHECK = Check("typed_agrees", "no standard: typed by a person", _judge, is_of_form=True)
