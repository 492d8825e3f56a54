"""The text of a PDF417 barcode in a picture, by zxing-cpp, which comes with the extra `barcode`.

Guarantees: pictures are capped in pixels before anything looks at them; a picture with two cards' barcodes is refused.
Does not: decode picture files: it takes gray values, so that the formats of pictures stay outside.
Start at `read_image`.
"""

import numpy as np
import numpy.typing as npt

MAX_PIXELS = 50_000_000


class ImageFault(ValueError):  # noqa: N818  the house's word
    """A picture that has no barcode, or several, or cannot be looked at here."""


def read_image(gray: npt.NDArray[np.uint8]) -> str:
    """Return the text of the one PDF417 barcode in a picture of gray values, rows by columns.

    Raises:
        ImageFault: there is none, there are several that differ, the picture is too large, or the extra is missing.
    """
    if gray.ndim != 2 or gray.dtype != np.uint8:
        raise ImageFault("a picture is rows by columns of gray values from 0 to 255")
    if gray.size > MAX_PIXELS:
        raise ImageFault(f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels")
    try:
        import zxingcpp  # noqa: PLC0415  optional
    except ImportError:
        raise ImageFault("reading pictures needs zxing-cpp: install comity[barcode]") from None
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.PDF417)
    barcodes = zxingcpp.read_barcodes(np.ascontiguousarray(gray), formats=formats)
    texts = {bytes(barcode.bytes).decode("latin-1") for barcode in barcodes}
    if len(texts) != 1:
        raise ImageFault("the picture holds no PDF417 barcode" if not texts else "the picture holds several barcodes")
    return texts.pop()
