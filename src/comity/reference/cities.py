"""What people write for the name of a city.

Guarantees: upper case ASCII.
Does not: know which cities exist (`zips.py` does), nor say that two cities are one.
Basis: abbreviations of USPS Publication 28 (appendix B and C1) as they stand in city names, and names in common use.
Start at `CITY_WORDS`.
"""

CITY_ABBREVIATIONS: dict[str, str] = {
    "ST": "SAINT", "STE": "SAINTE", "FT": "FORT", "MT": "MOUNT", "MTN": "MOUNTAIN", "PT": "POINT", "HTS": "HEIGHTS", "HGTS": "HEIGHTS",
    "SPGS": "SPRINGS", "SPRGS": "SPRINGS", "SPG": "SPRING", "BCH": "BEACH", "PK": "PARK", "CTR": "CENTER", "VLG": "VILLAGE",
    "JCT": "JUNCTION", "GDNS": "GARDENS", "HBR": "HARBOR", "IS": "ISLAND", "LK": "LAKE", "LKS": "LAKES", "HLS": "HILLS", "HL": "HILL",
    "VLY": "VALLEY", "CY": "CITY", "GRV": "GROVE", "CRK": "CREEK", "FLS": "FALLS", "RDG": "RIDGE", "TWP": "TOWNSHIP", "BORO": "BOROUGH",
    "CNTY": "COUNTY", "N": "NORTH", "NO": "NORTH", "S": "SOUTH", "SO": "SOUTH", "E": "EAST", "W": "WEST", "LWR": "LOWER", "UPR": "UPPER",
    "RVR": "RIVER", "STN": "STATION", "MDWS": "MEADOWS", "FLDS": "FIELDS", "XING": "CROSSING", "GLN": "GLEN", "GRN": "GREEN",
}  # fmt: skip
"""A word of a city's name as abbreviated -> written out."""

CITY_ALIASES: dict[str, str] = {
    "NYC": "NEW YORK", "NY": "NEW YORK", "NEW YORK CITY": "NEW YORK", "MANHATTAN": "NEW YORK", "BKLYN": "BROOKLYN", "L A": "LOS ANGELES",
    "LA": "LOS ANGELES", "S F": "SAN FRANCISCO", "SF": "SAN FRANCISCO", "SAN FRAN": "SAN FRANCISCO", "PHILA": "PHILADELPHIA",
    "PHILLY": "PHILADELPHIA", "MPLS": "MINNEAPOLIS", "INDPLS": "INDIANAPOLIS", "JAX": "JACKSONVILLE", "OKC": "OKLAHOMA CITY",
    "SLC": "SALT LAKE CITY", "KC": "KANSAS CITY", "CINTI": "CINCINNATI", "ABQ": "ALBUQUERQUE", "PGH": "PITTSBURGH", "VEGAS": "LAS VEGAS",
    "ATL": "ATLANTA", "BALTO": "BALTIMORE", "CHGO": "CHICAGO", "DC": "WASHINGTON", "WASH": "WASHINGTON", "WASHINGTON DC": "WASHINGTON",
    "HOTLANTA": "ATLANTA", "SATX": "SAN ANTONIO", "COLO SPRINGS": "COLORADO SPRINGS", "N O": "NEW ORLEANS", "NOLA": "NEW ORLEANS",
    "SAINT PETE": "SAINT PETERSBURG", "FORT LAUD": "FORT LAUDERDALE", "VIRGINIA BCH": "VIRGINIA BEACH",
}  # fmt: skip
"""A whole name in common use -> the city's own name."""
