"""A11: homeless, general delivery, care of, abroad. Basis: 26 USC 6103(i)(2)(B)(i); law.md A11 (abroad: policy)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.gates.facts import Facts
from comity.gates.folding import Bools, Int8s, matches, to_bools
from comity.gates.place import cities_of, state_of
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.model.finding import Outcome

_SAYS = Says("a11_no_own_address", "26 USC 6103(i)(2)(B)(i)")
_NO_HOME = (
    r"^(?:[0-9]+ )?(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED)(?: [0-9]+)*$|"
    r"^(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED|NO FIXED|NO PERMANENT|NO HOME|NO RESIDENCE|SIN HOGAR|"
    r"LIVES? IN (?:CAR|VEHICLE|TENT))|(?:^| )HOMELESS$|(?:^| )(?:GENERAL DELIVERY|GEN DELIVERY|GEN DEL|GENERAL DEL|"
    r"LISTA DE CORREOS|ENTREGA GENERAL|POSTE RESTANTE)(?: |$)|(?:^| )CAREOF(?: |$)|^C O "
)
_COUNTRY = (
    "MEXICO|GUATEMALA|HONDURAS|EL SALVADOR|NICARAGUA|COSTA RICA|PANAMA|COLOMBIA|VENEZUELA|ECUADOR|PERU|BRAZIL|BRASIL|"
    "BOLIVIA|CHILE|ARGENTINA|PARAGUAY|URUGUAY|CUBA|HAITI|DOMINICAN REPUBLIC|REPUBLICA DOMINICANA|JAMAICA|CANADA|CHINA|INDIA|"
    "PHILIPPINES|VIETNAM|NIGERIA|ENGLAND|UNITED KINGDOM|UK|SPAIN|ESPANA|FRANCE|GERMANY|ITALY|RUSSIA|UKRAINE|PAKISTAN|"
    "BANGLADESH|SOUTH KOREA|KOREA|JAPAN|EGYPT|GHANA|ETHIOPIA|KENYA|SOMALIA|IRAN|IRAQ|SYRIA|BELIZE"
)
_REGION = (
    "ON|QC|BC|AB|MB|SK|NS|NB|NL|PE|YT|NU|ONTARIO|QUEBEC|BRITISH COLUMBIA|ALBERTA|MANITOBA|BCN|BCS|CHIH|CHIS|COAH|CDMX|D F|DF|"
    "DGO|GTO|GRO|HGO|JAL|MEX|MICH|NAY|N L|OAX|PUE|QRO|SIN|SON|TAB|TAMPS|TAMPS|VER|YUC|ZAC|TAMAULIPAS|JALISCO|OAXACA|PUEBLA|"
    "CHIHUAHUA|SONORA|SINALOA|MICHOACAN|GUERRERO|VERACRUZ|NUEVO LEON|BAJA CALIFORNIA|CHIAPAS"
)
_ABROAD_LINE = rf"(?:^| )(?:CDMX|MEXICO D ?F|C ?P [0-9]{{5}}|EDO DE MEXICO)(?: |$)|^[A-Z].* (?:{_COUNTRY})$"
_FOREIGN_CODE = r"(?i)^[a-z][0-9][a-z] ?[0-9][a-z][0-9]$|^[a-z]{1,2}[0-9][a-z0-9]? [0-9][a-z]{2}$"


def a11_no_own_address(_facts: Facts, rows: Rows) -> Int8s:
    """The row gives an address of the subject's own, in the United States.

    MET: none of the following. NOT_MET: homeless, general delivery, care of somebody else, or abroad (a country or
    foreign province in the state field, a foreign postal code, a country behind a line without a house number or
    behind a city that is none of the ZIP code's).
    """
    refused = matches(rows.line, _NO_HOME) | matches(rows.line, _ABROAD_LINE)
    refused |= matches(rows.written_state, rf"^(?:{_COUNTRY}|{_REGION})$")  # none of them is a state
    refused |= matches(rows.written_city, rf"(?:^| )(?:{_COUNTRY})$") & ~_has_state(rows)
    refused |= _is_city_abroad(rows) | matches(rows.text("zip"), _FOREIGN_CODE)
    return np.where(refused, Outcome.NOT_MET, Outcome.MET).astype(np.int8)


def _is_city_abroad(rows: Rows) -> Bools:
    """Rows whose city ends in a country ("Kingston Jamaica") and is no city of the ZIP code written beside it."""
    abroad = matches(rows.written_city, rf" (?:{_COUNTRY})$")
    for row in np.flatnonzero(abroad):
        abroad[row] = rows.written_city[int(row)].as_py() not in cities_of(str(rows.zip5[int(row)].as_py()))
    return abroad


def _is_no_state(states: pa.Array) -> Bools:
    encoded = states.dictionary_encode()
    unknown = np.array([state_of(str(state)) is None for state in encoded.dictionary.to_pylist()] or [False])
    return np.asarray(unknown[encoded.indices.to_numpy(zero_copy_only=False)], dtype=np.bool_)


def _has_state(rows: Rows) -> Bools:
    return to_bools(pc.not_equal(rows.written_state, "")) & ~_is_no_state(rows.written_state)


RULE = Rule(_SAYS.rule, "A11", _SAYS.citation, ("usc26-6103-i-2-B-i", "usc26-6103-b-6"), rows=a11_no_own_address)
