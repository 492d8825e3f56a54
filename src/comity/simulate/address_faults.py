"""Write addresses that are not set forth (failure modes A01 to A12): placeholders, fragments, facilities, foreign ones.

Each fault replaces an address that could have been good, so that name and number may match perfectly while the address
says nothing: that is how 42,695 answers were given in 2025.

Guarantees: the address of a `FIVE_DIGIT_FAULTS` row of the August shape keeps five digits somewhere, as those did.
Does not: decide what is refused; that is for `comity.gates`.
Start at `address_fault_stage`.
"""

from collections.abc import Mapping, Sequence

from comity.simulate.random_sql import sql_list, sql_literal

PLACEHOLDER_STREETS: Mapping[str, Sequence[str]] = {
    "a02_unknown": ("Unknown Address", "UNKNOWN ADDRESS", "Unknown", "Address Unknown", "Unk"),
    "a03_failed_to_provide": ("Failed to Provide", "FAILED TO PROVIDE", "Failed To Provide Address", "FTP"),
    "a04_na": ("NA NA", "N/A", "TBD", "XXX", "None", "NA"),
    "a05_dont_care": ("Don't Care 12345", "DONT CARE 12345", "Dont Care 00000"),
    "a06_digits_only": ("00000", "12345", "99999", "123456789", "000000000"),
    "a11_homeless": ("Homeless", "HOMELESS", "Transient", "No Fixed Address"),
    "a11_general_delivery": ("General Delivery", "GENERAL DELIVERY", "Gen Delivery"),
}
"""Address fault -> texts of the street field."""

AGENCY_OFFICE = ("500 12th St SW", "Washington", "DC", "20536")
"""The requester's own headquarters."""

FACILITY_NAMES = ("County Jail", "Detention Center", "Processing Center", "Correctional Facility", "Detention Facility")
FOREIGN_ADDRESSES = (
    ("Calle 5 de Mayo 123 Col Centro", "Guadalajara Jalisco Mexico"),
    ("Av Reforma 45 Zona 10", "Ciudad de Guatemala Guatemala"),
    ("221 Rue Saint-Honoré", "Paris France"),
    ("12 Main Road", "Kingston Jamaica"),
    ("Barrio San Jose Casa 14", "San Salvador El Salvador"),
)

CARE_OF_NAMES = ("Maria Lopez", "John Smith", "Casa Hogar", "Legal Aid")

BLANKABLE_FAULTS = (
    "a02_unknown",
    "a03_failed_to_provide",
    "a04_na",
    "a05_dont_care",
    "a06_digits_only",
    "a11_homeless",
)
"""Faults whose other fields are blank too in half of the rows."""


def _foreign_address_sql(line: int) -> str:
    """Return SQL for line 0 (street) or 1 (city) of a foreign address."""
    return f"choose('foreign', row_no, {sql_list([lines[line] for lines in FOREIGN_ADDRESSES])})"


def _facility_sql() -> str:
    """Return SQL for a jail or detention facility, with or without a street."""
    name = f"city || ' ' || choose('facility', row_no, {sql_list(FACILITY_NAMES)})"
    return f"CASE WHEN u('located', row_no) < 0.4 THEN {name} || ', ' || number || ' ' || street_short ELSE {name} END"


def address_fault_stage(source: str) -> str:
    """Return the stage that writes the fault of column `address_fault` into the sent fields, and labels the address.

    Adds final_street, final_street2, final_city, final_state, final_zip and address_kind.
    """
    placeholders = " ".join(
        f"WHEN {sql_literal(fault)} THEN choose('placeholder', row_no, {sql_list(texts)})"
        for fault, texts in PLACEHOLDER_STREETS.items()
    )
    blank = (
        f"address_fault IN ({sql_list(BLANKABLE_FAULTS)[1:-1]}) AND aim <> 'named_faulty' AND u('blank', row_no) < 0.5"
    )
    street, city, state, zip_code = (sql_literal(field) for field in AGENCY_OFFICE)
    return f"""
        SELECT * EXCLUDE (all_blank), CASE address_fault WHEN '' THEN sent_street {placeholders}
                WHEN 'a01_blank' THEN NULL WHEN 'a08_city_only' THEN NULL
                WHEN 'a07_no_number' THEN CASE style WHEN 'grid' THEN 'Main St' ELSE street_short END
                WHEN 'a07_no_street' THEN house::VARCHAR
                WHEN 'a10_facility' THEN {_facility_sql()}
                WHEN 'a11_care_of' THEN 'c/o ' || choose('carer', row_no, {sql_list(CARE_OF_NAMES)})
                WHEN 'a11_foreign' THEN {_foreign_address_sql(0)} WHEN 'a12_agency_office' THEN {street}
                ELSE sent_street END AS final_street,
            CASE WHEN address_fault IN ('', 'a09_state_zip') THEN sent_street2 END AS final_street2,
            CASE WHEN all_blank THEN NULL WHEN address_fault = 'a12_agency_office' THEN {city}
                WHEN address_fault = 'a11_foreign' THEN {_foreign_address_sql(1)} ELSE sent_city END AS final_city,
            CASE WHEN all_blank THEN NULL WHEN address_fault = 'a12_agency_office' THEN {state}
                WHEN address_fault = 'a09_state_zip' THEN choose('other state', row_no,
                    CASE WHEN state IN ('AK', 'ME') THEN ['ZZ', 'TX'] ELSE ['ZZ', 'AK', 'ME', 'XX'] END)
                ELSE sent_state END AS final_state,
            CASE WHEN all_blank THEN NULL WHEN address_fault = 'a12_agency_office' THEN {zip_code}
                ELSE sent_zip END AS final_zip,
            CASE WHEN address_fault <> '' THEN address_fault ELSE CASE form WHEN 'po_box' THEN 'a13_po_box'
                WHEN 'rural_route' THEN 'a13_rural_route' WHEN 'highway_contract' THEN 'a13_rural_route'
                WHEN 'military' THEN 'a13_military' ELSE 'good' END END AS address_kind
        FROM (SELECT *, address_fault = 'a01_blank' OR ({blank}) AS all_blank FROM {source})"""
