"""A11: homeless, general delivery, care of without a street, abroad.

Basis: 26 USC 6103(i)(2)(B)(i); failure mode A11 (abroad: policy).
"""

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Bools, Int8s
from comity.columns.patterns import matches_pattern
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.address_line import LineKind
from comity.gates.text.place_parts import cities_of_zip, parse_state
from comity.gates.text.screening_patterns import COUNTRY_NAMES, LinePattern

_finding = FindingBuilder("a11_no_own_address", "26 USC 6103(i)(2)(B)(i)")
_FOREIGN_REGION = (
    "ON|QC|BC|AB|MB|SK|NS|NB|NL|PE|YT|NU|ONTARIO|QUEBEC|BRITISH COLUMBIA|ALBERTA|MANITOBA|BCN|BCS|CHIH|CHIS|COAH|CDMX|"
    "D F|DF|DGO|GTO|GRO|HGO|JAL|MEX|MICH|NAY|N L|OAX|PUE|QRO|SIN|SON|TAB|TAMPS|VER|YUC|ZAC|TAMAULIPAS|JALISCO|OAXACA|"
    "PUEBLA|"
    "CHIHUAHUA|SONORA|SINALOA|MICHOACAN|GUERRERO|VERACRUZ|NUEVO LEON|BAJA CALIFORNIA|CHIAPAS"
)
_STREET_NAMED_AFTER_COUNTRY = rf"(?:^| )(?:CALLE|CLL|AVE|AV|AVENIDA|PASEO|CALLEJON|VIA|BLVD) (?:{COUNTRY_NAMES})$"
_FOREIGN_POSTAL_CODE = r"(?i)^[a-z][0-9][a-z] ?[0-9][a-z][0-9]$|^[a-z]{1,2}[0-9][a-z0-9]? [0-9][a-z]{2}$"


def a11_no_own_address(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The row gives an address of the subject's own, in the United States.

    MET: a street address or box in the United States, of the subject or in care of somebody there. NOT_MET: homeless,
    general delivery, care of another person without a street or box, or abroad (a country or foreign province in the
    state field, a foreign postal code, a country after a line without a house number or after a city that is not one of
    the ZIP code's). Mail in care of somebody at a street is a mailing address (6103(b)(6)), and a street may be called
    after a country (Calle Peru).
    """
    city, state = rows.folded_column("city"), rows.folded_column("state")
    refused = rows.line_matches(LinePattern.NO_FIXED_ADDRESS)
    refused |= rows.line_matches(LinePattern.CARE_OF) & (rows.line_kinds > LineKind.MILITARY)
    is_foreign = rows.line_matches(LinePattern.FOREIGN_ADDRESS)
    suspects = np.flatnonzero(is_foreign)
    is_foreign[suspects] = ~matches_pattern(rows.address_line.take(pa.array(suspects)), _STREET_NAMED_AFTER_COUNTRY)
    refused |= is_foreign
    refused |= state.matches_pattern(rf"^(?:{COUNTRY_NAMES}|{_FOREIGN_REGION})$")  # none of them is a state
    has_state = state.map_to_int8(lambda folded: bool(parse_state(folded))) > 0
    refused |= city.matches_pattern(rf"(?:^| )(?:{COUNTRY_NAMES})$") & ~has_state
    refused |= _is_foreign_city(rows) | rows.dictionary_column("zip").matches_pattern(_FOREIGN_POSTAL_CODE)
    return not_met_where(refused)


def _is_foreign_city(rows: RequestColumns) -> Bools:
    """Return whether a row's city ends in a country ("Kingston Jamaica") and is not a city of its ZIP code."""
    is_foreign = rows.folded_column("city").matches_pattern(rf" (?:{COUNTRY_NAMES})$")
    suspects = np.flatnonzero(is_foreign)
    cities, zips = (column[suspects].decode().to_pylist() for column in (rows.folded_column("city"), rows.zip5))
    is_foreign[suspects] = [str(city) not in cities_of_zip(str(zip5)) for city, zip5 in zip(cities, zips, strict=True)]
    return is_foreign


RULE = Rule(
    _finding.rule,
    "A11",
    _finding.citation,
    ("usc26-6103-i-2-B-i", "usc26-6103-b-6"),
    rows=a11_no_own_address,
    columns=("street", "street2", "city", "state", "zip"),
)
