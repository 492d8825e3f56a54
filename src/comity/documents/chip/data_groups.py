"""Data groups as files from a chip: their tags, their sizes, and the zone in data group 1.

Guarantees: the bytes are hashed as read, tag and length included; only data group 1 is ever decoded.
Basis: ICAO Doc 9303 part 10, sections 4.7.1 to 4.7.16.
Start at `check_group` and `read_zone_text`.
"""

from comity.documents.chip.ber import BerFault, check_structure, children, read_definite

MAX_BYTES = 1024 * 1024
TAGS = {
    1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 6: 0x66, 7: 0x67, 8: 0x68, 9: 0x69, 10: 0x6A, 11: 0x6B, 12: 0x6C,
    13: 0x6D, 14: 0x6E, 15: 0x6F, 16: 0x70,
}  # fmt: skip
ZONE_TAG = b"\x5f\x1f"


class GroupFault(ValueError):  # noqa: N818  the house's word
    """A data group that is not one. Names no content."""


def check_group(number: int, data: bytes) -> None:
    """Return when some bytes may be this data group.

    Raises:
        GroupFault: the number is not 1 to 16, or the bytes are too many, cut short, or of another group.
    """
    if number not in TAGS:
        raise GroupFault("there is no data group of this number")
    if len(data) > MAX_BYTES:
        raise GroupFault(f"data group {number} is larger than {MAX_BYTES // 1024} kB")
    try:
        element = read_definite(data)
    except BerFault as fault:
        raise GroupFault(f"data group {number} is not well-formed: {fault}") from None
    if element.tag != TAGS[number]:
        raise GroupFault(f"data group {number} has the tag of another file")
    if element.end != len(data):
        raise GroupFault(f"bytes follow the end of data group {number}")


def read_zone_text(data: bytes) -> str:
    """Return the machine-readable zone in data group 1, without line breaks; bytes outside ASCII become U+FFFD.

    Raises:
        GroupFault: there is none in it.
    """
    check_group(1, data)
    try:
        check_structure(data)
        zones = [
            data[child.content : child.content_end]
            for child in children(data, read_definite(data))
            if data[child.start : child.start + 2] == ZONE_TAG
        ]
    except BerFault as fault:
        raise GroupFault(f"data group 1 is not well-formed: {fault}") from None
    if len(zones) != 1:
        raise GroupFault("data group 1 does not hold one machine-readable zone")
    return zones[0].decode("ascii", "replace")
