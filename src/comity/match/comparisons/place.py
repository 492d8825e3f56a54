"""Compare places: the ZIP code, else the city. Where both differ it is another place.

Starting weights are stated: u of a place cannot be learned from the data of one town.
"""

from comity.columns.strings import both_equal
from comity.match.comparisons.comparison import Comparison, Level, PairPart
from comity.match.kernels.address_view import AddressView, KnownPlaces
from comity.match.kernels.place_relations import is_similar_city, is_similar_zip


def _is_zip_exact(left: AddressView, right: AddressView) -> bool:
    return both_equal(left.zip, right.zip)


def _is_zip_similar(left: AddressView, right: AddressView, known: KnownPlaces) -> bool:
    return is_similar_zip(left, right, known)


def _is_null(left: AddressView, right: AddressView) -> bool:
    return (left.zip.length == 0 or right.zip.length == 0) and (left.city.length == 0 or right.city.length == 0)


PLACE = Comparison(
    "place",
    PairPart.ADDRESS,
    (
        Level("ZIP_EXACT", "zip", _is_zip_exact, weight=0.0, agrees=True, is_exact=True),
        Level("ZIP_TYPO_OR_SAME_ZIP3", "near_zip", _is_zip_similar, weight=-1.0, agrees=True),
        Level("CITY_FUZZY", "city", is_similar_city, weight=-1.0, agrees=True),
        Level("NULL", "missing", _is_null, weight=-2.0, is_null=True),
        Level("DIFFERENT", "differs", weight=-6.0),
    ),
    __name__,
    lexicons=("street", "place"),
)
