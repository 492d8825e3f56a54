"""EF.SOD, the document security object: hashes of data groups, signed by a document signer of the state.

Guarantees: forms that older documents have are accepted and named in `remarks`; hashes are taken from the signed bytes.
Does not: verify anything.
Basis: ICAO Doc 9303 part 10, section 4.6.2 and appendix D.
Start at `parse_security_object`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from comity.documents.chip.ber import BerFault, check_structure, children, read_definite, read_element
from comity.documents.chip.signed_data import (
    INTEGER,
    OCTETS,
    SEQUENCE,
    SignedData,
    SignedDataFault,
    content_of,
    digest_name,
    expect,
    parse_signed_data,
    raw,
)

MAX_BYTES = 64 * 1024
EF_SOD_TAG = 0x77
WHAT = "the security object"
SECURITY_OBJECT = "2.23.136.1.1.1"
OLDER_CONTENT_TYPES = {
    "1.3.27.1.1.1": "an identifier of a draft of the standard",
    "1.2.528.1.1006.1.20.1": "an identifier of the Netherlands",
    "1.2.840.113549.1.7.1": "plain data",
}


@dataclass(frozen=True, slots=True, repr=False)
class SecurityObject:
    """What EF.SOD holds: the signed data, and the hashes in them by number of the data group."""

    signed: SignedData
    hash_algorithm: str
    group_hashes: Mapping[int, bytes]
    repeated_groups: tuple[int, ...]
    remarks: tuple[str, ...]


def parse_security_object(data: bytes) -> SecurityObject:
    """Return what a security object holds.

    Raises:
        SignedDataFault: it is too large, not well-formed, lacks a part, or is of a type that is not one.
    """
    if len(data) > MAX_BYTES:
        raise SignedDataFault(f"{WHAT} is larger than {MAX_BYTES // 1024} kB")
    if not data:
        raise SignedDataFault(f"{WHAT} is empty")
    remarks = [] if data[0] == EF_SOD_TAG else ["no tag of an EF.SOD around it"]
    signed = parse_signed_data(_without_tag(data), WHAT)
    if signed.content_type in OLDER_CONTENT_TYPES:
        remarks.append(f"content type: {OLDER_CONTENT_TYPES[signed.content_type]}")
    elif signed.content_type != SECURITY_OBJECT:
        raise SignedDataFault("the signed content is not of a type that a security object has")
    try:
        algorithm, groups = _group_hashes(signed.content)
    except Exception:  # noqa: BLE001  whatever a parser raises on hostile bytes is a fault of theirs
        raise SignedDataFault("the signed content is not a list of hashes of data groups") from None
    counts = Counter(number for number, _ in groups)
    repeated = tuple(sorted(number for number, count in counts.items() if count > 1))
    return SecurityObject(signed, algorithm, dict(groups), repeated, (*remarks, *signed.remarks))


def _without_tag(data: bytes) -> bytes:
    if data[0] != EF_SOD_TAG:
        return data
    if data[1:2] == b"\x80" and data.endswith(b"\0\0"):
        return data[2:-2]
    try:
        outer = read_definite(data)
    except BerFault as fault:
        raise SignedDataFault(f"{WHAT} is not well-formed: {fault}") from None
    if outer.end != len(data):
        raise SignedDataFault(f"bytes follow the end of {WHAT}")
    return data[outer.content : outer.content_end]


def _group_hashes(content: bytes) -> tuple[str, list[tuple[int, bytes]]]:
    """Return the hash algorithm's name and the (number, hash) pairs of an LDSSecurityObject."""
    check_structure(content)
    _, algorithm, listed, *_ = children(content, read_element(content))
    groups = []
    for entry in children(content, listed):
        number, octets = expect(content, entry, SEQUENCE, (INTEGER, OCTETS))
        groups.append((int.from_bytes(content_of(content, number), "big"), content_of(content, octets)))
    return digest_name(raw(content, algorithm)), groups
