"""Structure of BER-encoded data, checked before a parser sees it.

Guarantees: data that pass have every length inside its parent, at most `MAX_DEPTH` levels and a limited number of
elements, so that a parser that calls itself cannot be driven too deep, nor told to read what is not there.
Does not: know what an element means.
Basis: ITU-T X.690, section 8.1.
Start at `check_structure`.
"""

from typing import NamedTuple

MAX_DEPTH = 32
MAX_ELEMENTS = 20_000
MAX_IDENTIFIER_BYTES = 64
"""No object identifier in use is half as long; to decode one takes time by the square of its length."""
CONSTRUCTED = 0x20
IDENTIFIER = 0x06


class BerFault(ValueError):  # noqa: N818  the house's word
    """Data that is not well-formed BER, or is larger or deeper than anything a document holds. Names no content."""


class BerElement(NamedTuple):
    """The place of one element: its first tag byte, where its content begins and ends, and where the element ends."""

    tag: int
    start: int
    content: int
    content_end: int
    end: int
    is_indefinite: bool

    @property
    def is_constructed(self) -> bool:
        """Return whether the content is itself elements."""
        return bool(self.tag & CONSTRUCTED)


def check_structure(data: bytes, max_elements: int = MAX_ELEMENTS) -> bool:
    """Return whether any element has an indefinite length, having checked that all are well-formed.

    `data` is one element and nothing after it.

    Raises:
        BerFault: it is cut short, too deep, of too many elements, has an object identifier that is too long, or is
            followed by other bytes.
    """
    has_indefinite = False
    count = 0
    position, limit, is_open = 0, len(data), False
    parents: list[tuple[int, bool]] = []  # the limit of each open parent, and whether it ends with two zeros
    while True:
        if is_open and data[position : position + 2] == b"\0\0":
            position += 2
            limit, is_open = parents.pop()
        elif position == limit and not is_open and parents:
            limit, is_open = parents.pop()
        else:
            tag, content, length = _read_header(data, position, limit)
            count += 1
            has_indefinite |= length is None
            if count > max_elements:
                raise BerFault("it has too many elements")
            if tag & CONSTRUCTED:
                if len(parents) >= MAX_DEPTH:
                    raise BerFault("its elements lie too deep in one another")
                parents.append((limit, is_open))
                position = content
                limit, is_open = (limit, True) if length is None else (content + length, False)
            elif length is None:
                raise BerFault("a primitive element has no length")
            elif tag == IDENTIFIER and length > MAX_IDENTIFIER_BYTES:
                raise BerFault("an object identifier is longer than any in use")
            else:
                position = content + length
        if not parents:
            break
    if position != len(data):
        raise BerFault("bytes follow its end")
    return has_indefinite


def read_element(data: bytes, position: int = 0) -> BerElement:
    """Return the place of the element that begins at `position`, in data that passed `check_structure`."""
    tag, content, length = _read_header(data, position, len(data))
    if length is not None:
        return BerElement(tag, position, content, content + length, content + length, is_indefinite=False)
    inner = content
    while data[inner : inner + 2] != b"\0\0":
        inner = read_element(data, inner).end
    return BerElement(tag, position, content, inner, inner + 2, is_indefinite=True)


def read_definite(data: bytes) -> BerElement:
    """Return the place of the one element at the beginning, looking at nothing inside it.

    Raises:
        BerFault: it is cut short, or has an indefinite length, which files of a chip do not have.
    """
    tag, content, length = _read_header(data, 0, len(data))
    if length is None:
        raise BerFault("it has no length")
    return BerElement(tag, 0, content, content + length, content + length, is_indefinite=False)


def to_definite(data: bytes) -> bytes:
    """Return the same element with definite lengths throughout. `data` passed `check_structure`."""
    element = read_element(data)
    if not element.is_constructed:
        return data[element.start : element.end]
    parts, inner = [], element.content
    while inner < element.content_end:
        child = read_element(data, inner)
        parts.append(to_definite(data[child.start : child.end]))
        inner = child.end
    content = b"".join(parts)
    tag_end = element.start + _tag_length(data, element.start)
    return data[element.start : tag_end] + encode_length(len(content)) + content


def encode_length(length: int) -> bytes:
    """Return a length as DER writes it."""
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _tag_length(data: bytes, position: int) -> int:
    if data[position] & 0x1F != 0x1F:
        return 1
    length = 2
    while data[position + length - 1] & 0x80:
        length += 1
    return length


def _read_header(data: bytes, position: int, limit: int) -> tuple[int, int, int | None]:
    """Return an element's first tag byte, where its content begins, and its length (None: indefinite)."""
    if position + 1 < limit and data[position] & 0x1F != 0x1F and data[position + 1] < 0x80:  # nearly all are so
        content, length = position + 2, data[position + 1]
        if content + length <= limit:
            return data[position], content, length
    try:
        tag = data[position]
        after_tag = position + _tag_length(data, position)
        length_byte = data[after_tag]
    except IndexError:
        raise BerFault("it is cut short") from None
    content = after_tag + 1
    if length_byte == 0x80:
        if not tag & CONSTRUCTED:
            raise BerFault("a primitive element has no length")
        return tag, content, None
    length = length_byte
    if length_byte & 0x80:
        octets = length_byte & 0x7F
        if octets > 8:
            raise BerFault("a length is larger than anything a document holds")
        content += octets
        length = int.from_bytes(data[after_tag + 1 : content], "big")
    if content > limit or content + length > limit:
        raise BerFault("an element is longer than what holds it: the data are cut short, or a length is wrong")
    return tag, content, length


def children(data: bytes, parent: BerElement) -> list[BerElement]:
    """Return the elements inside a constructed one. Raises BerFault when one is cut short."""
    elements, position = [], parent.content
    while position < parent.content_end:
        child = read_element(data, position)
        elements.append(child)
        position = child.end
    return elements
