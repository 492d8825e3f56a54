"""Tell which field of a record a column gives by what it is called.

Start at `find_field`.
"""

import re

from comity.match.exports.export_map import WHOLE_NAME, WHOLE_PLACE

HOUSE_NUMBER = "house number"
"""A column of house numbers, which is joined with that of streets."""
FIELD_NAMES = {
    "record_id": "record recordid recid recordkey recordno recordnumber rowid id uid guid custno customerid customerno "
    "accountno accountnumber acctno clientid memberid taxpayerid taxpayerkey personid perskey caseid exportkey key",
    "return_id": "ret return returnid returnno returnnumber retid retno dln documentlocator filingid filingno",
    "role": "role roletype filingrole filersrole rolecode filerrole filertype personrole relationship reltype",
    "tax_year": "taxyear ty taxyr yr year txyear txyr taxperiod periodend period filingyear yearfiled fiscalyear fy "
    "yearend yearending periodending taxperiodend taxprd taxyearend filedon filed datefiled",
    "first_name": "firstname fname first fstname givenname given forename namefirst nmfirst firstnm primfirst",
    "middle_name": "middlename midname mdlname mname middle middleinitial mi mid minit namemiddle initial",
    "last_name": "lastname lname last surname familyname namelast nmlast lastnm lst",
    "suffix": "suffix sfx namesuffix generation gen jrsr sufx suf",
    "tin": "tin ssn ssno socialsecuritynumber socialsecurityno socsecno socsec taxid taxpayeridno itin ssntin ssnitin "
    "taxidno",
    HOUSE_NUMBER: "houseno housenumber houseno hsno stno streetno streetnumber addrno no number hnum hno",
    "street": "street streetname stname "
    "address address1 addr addr1 addressline1 street1 streetaddress addrln1 addrline1 line1 mailaddr "
    "mailingaddress homeaddress resaddr address1st strtaddr addressline staddr",
    "street2": "street2 address2 addr2 addressline2 addrln2 addrline2 line2 apt unit aptno aptunit apartment suite",
    "city": "city town cityname municipality posttown cty citytown mailcity",
    "state": "state st statecode stateabbr stcode province stcd mailstate stateprov",
    "zip": "zip zipcode zip5 postalcode postcode zipcd zip9 zipplus4 mailzip zp postal zip4",
    WHOLE_NAME: "name fullname wholename taxpayername personname tpname nameline nameline1 custname customername "
    "filername displayname clientname",
    WHOLE_PLACE: "citystatezip csz cityst citystzip cityzip lastline placeline citystate",
}
_FIELD_OF_NAME = {name: field for field, names in FIELD_NAMES.items() for name in names.split()}
_PREFIXES = (
    *("taxpayer", "primary", "persons", "person", "customer", "cust", "member", "filer", "client", "mail", "home"),
    *("mailing", "prim", "res", "residence", "tp", "txt", "str", "vc", "fld", "cur", "current"),
)


def find_field(column: str) -> str | None:
    """Return the field that a column's name says it is."""
    letters = re.sub("[^a-z0-9]", "", re.sub(r" \(\d+\)$", "", column).lower())
    spellings = (letters, re.sub("nm$", "name", letters))  # systems write NM, and some MID_NM
    bare = (text.removeprefix(prefix) for prefix in _PREFIXES for text in spellings if text.startswith(prefix))
    return next((_FIELD_OF_NAME[text] for text in (*spellings, *bare) if text in _FIELD_OF_NAME), None)
