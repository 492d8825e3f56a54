"""A11: homeless, general delivery, care of, abroad. Basis: 26 USC 6103(i)(2)(B)(i); law.md A11 (abroad: policy)."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Bools, Int8s
from comity.gates.place import cities_of, state_of
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.gates.telling import ABROAD, COUNTRY, NO_HOME

_SAYS = Says("a11_no_own_address", "26 USC 6103(i)(2)(B)(i)")
_REGION = (
    "ON|QC|BC|AB|MB|SK|NS|NB|NL|PE|YT|NU|ONTARIO|QUEBEC|BRITISH COLUMBIA|ALBERTA|MANITOBA|BCN|BCS|CHIH|CHIS|COAH|CDMX|D F|DF|"
    "DGO|GTO|GRO|HGO|JAL|MEX|MICH|NAY|N L|OAX|PUE|QRO|SIN|SON|TAB|TAMPS|TAMPS|VER|YUC|ZAC|TAMAULIPAS|JALISCO|OAXACA|PUEBLA|"
    "CHIHUAHUA|SONORA|SINALOA|MICHOACAN|GUERRERO|VERACRUZ|NUEVO LEON|BAJA CALIFORNIA|CHIAPAS"
)
_FOREIGN_CODE = r"(?i)^[a-z][0-9][a-z] ?[0-9][a-z][0-9]$|^[a-z]{1,2}[0-9][a-z0-9]? [0-9][a-z]{2}$"


def a11_no_own_address(_facts: Facts, rows: Rows) -> Int8s:
    """The row gives an address of the subject's own, in the United States.

    MET: none of the following. NOT_MET: homeless, general delivery, care of somebody else, or abroad (a country or
    foreign province in the state field, a foreign postal code, a country behind a line without a house number or
    behind a city that is none of the ZIP code's).
    """
    city, state = rows.folded("city"), rows.folded("state")
    refused = rows.line_matches(NO_HOME) | rows.line_matches(ABROAD)
    refused |= state.matches(rf"^(?:{COUNTRY}|{_REGION})$")  # none of them is a state
    has_state = state.judged(lambda written: bool(state_of(written))) > 0
    refused |= city.matches(rf"(?:^| )(?:{COUNTRY})$") & ~has_state
    refused |= _is_city_abroad(rows) | rows.coded("zip").matches(_FOREIGN_CODE)
    return refused_where(refused)


def _is_city_abroad(rows: Rows) -> Bools:
    """Rows whose city ends in a country ("Kingston Jamaica") and is no city of the ZIP code written beside it."""
    abroad = rows.folded("city").matches(rf" (?:{COUNTRY})$")
    where = np.flatnonzero(abroad)
    places = zip(*(column[where].texts().to_pylist() for column in (rows.folded("city"), rows.zip5)), strict=True)
    abroad[where] = [str(city) not in cities_of(str(code)) for city, code in places]
    return abroad


RULE = Rule(_SAYS.rule, "A11", _SAYS.citation, ("usc26-6103-i-2-B-i", "usc26-6103-b-6"), rows=a11_no_own_address)
