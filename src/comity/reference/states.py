"""The two-letter state codes of mailing addresses, and the names they stand for.

Guarantees: exactly the codes of USPS Publication 28, appendix B: 50 states, the District of Columbia, territories,
the freely associated states that use United States mail, and the three "states" of military mail (AA, AE, AP).
Does not: say which ZIP codes are in a state (`zip_codes.py` does).
Start at `STATE_NAMES`.
"""

from types import MappingProxyType

STATES_AND_DC = MappingProxyType(
    {
        "AL": "Alabama",
        "AK": "Alaska",
        "AZ": "Arizona",
        "AR": "Arkansas",
        "CA": "California",
        "CO": "Colorado",
        "CT": "Connecticut",
        "DE": "Delaware",
        "DC": "District of Columbia",
        "FL": "Florida",
        "GA": "Georgia",
        "HI": "Hawaii",
        "ID": "Idaho",
        "IL": "Illinois",
        "IN": "Indiana",
        "IA": "Iowa",
        "KS": "Kansas",
        "KY": "Kentucky",
        "LA": "Louisiana",
        "ME": "Maine",
        "MD": "Maryland",
        "MA": "Massachusetts",
        "MI": "Michigan",
        "MN": "Minnesota",
        "MS": "Mississippi",
        "MO": "Missouri",
        "MT": "Montana",
        "NE": "Nebraska",
        "NV": "Nevada",
        "NH": "New Hampshire",
        "NJ": "New Jersey",
        "NM": "New Mexico",
        "NY": "New York",
        "NC": "North Carolina",
        "ND": "North Dakota",
        "OH": "Ohio",
        "OK": "Oklahoma",
        "OR": "Oregon",
        "PA": "Pennsylvania",
        "RI": "Rhode Island",
        "SC": "South Carolina",
        "SD": "South Dakota",
        "TN": "Tennessee",
        "TX": "Texas",
        "UT": "Utah",
        "VT": "Vermont",
        "VA": "Virginia",
        "WA": "Washington",
        "WV": "West Virginia",
        "WI": "Wisconsin",
        "WY": "Wyoming",
    }
)
"""The states and the District of Columbia."""

TERRITORIES = MappingProxyType(
    {
        "AS": "American Samoa",
        "GU": "Guam",
        "MP": "Northern Mariana Islands",
        "PR": "Puerto Rico",
        "VI": "Virgin Islands",
    }
)
"""The territories."""

FREELY_ASSOCIATED_STATES = MappingProxyType(
    {"FM": "Federated States of Micronesia", "MH": "Marshall Islands", "PW": "Palau"}
)
"""Independent states whose mail the United States Postal Service carries under domestic ZIP codes."""

MILITARY_STATES = MappingProxyType(
    {"AA": "Armed Forces Americas", "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific"}
)
"""The states of APO, FPO and DPO addresses."""

STATE_NAMES = MappingProxyType({**STATES_AND_DC, **TERRITORIES, **FREELY_ASSOCIATED_STATES, **MILITARY_STATES})
"""Every code that an address can have -> its name."""
