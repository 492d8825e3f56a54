"""Read which federal court a name stands for, and whether two papers can speak of one matter before these courts.

Case numbers repeat: No. 26-5006 of the D.C. Circuit is not No. 26-5006 of the Ninth. Papers of a district court and of
the court of appeals above it do speak of one appeal, so what tells two matters apart is that neither court is above
the other.

Guarantees: a court that cannot be read may be any court. The Supreme Court is above every court.
Basis: 28 USC 41 (the circuits) and 81 to 131 (the districts); ADR 0041.
Start at `can_share_matter`.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from comity.reference.states import STATE_NAMES

_CIRCUITS = {
    "1": "ME MA NH RI PR",
    "2": "CT NY VT",
    "3": "DE NJ PA VI",
    "4": "MD NC SC VA WV",
    "5": "LA MS TX",
    "6": "KY MI OH TN",
    "7": "IL IN WI",
    "8": "AR IA MN MO NE ND SD",
    "9": "AK AZ CA HI ID MT NV OR WA GU MP",
    "10": "CO KS NM OK UT WY",
    "11": "AL FL GA",
    "DC": "DC",
}
_CIRCUIT_OF_STATE = {state: circuit for circuit, states in _CIRCUITS.items() for state in states.split()}
_FEDERAL_CIRCUIT = "FED"
_ORDINALS = (
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"],
    ["1st", "2d", "3d", "4th", "5th", "6th", "7th", "8th", "9th", "10th", "11th"],
    ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th", "11th"],
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"],
)
_CIRCUIT_WORDS = {word: str(number) for words in _ORDINALS for number, word in enumerate(words, 1)} | {
    "dc": "DC",
    "d c": "DC",
    "district of columbia": "DC",
    "fed": _FEDERAL_CIRCUIT,
    "federal": _FEDERAL_CIRCUIT,
}
_CITED_STATES = (
    "AL Ala|AZ Ariz|AR Ark|CA Cal|CA Calif|CO Colo|CT Conn|DE Del|FL Fla|IL Ill|IN Ind|KS Kan|MA Mass|MI Mich|MN Minn|"
    "MS Miss|MT Mont|NE Neb|NV Nev|OK Okla|OR Ore|PA Penn|TN Tenn|TX Tex|WA Wash|WV W Va|WI Wis|WY Wyo|"
    "DC Columbia|MP N Mar I|MP N Mariana Islands"
)
_STATES = {name.casefold().replace(" ", ""): state for state, name in STATE_NAMES.items()}
_STATES |= {state.casefold(): state for state in STATE_NAMES}
_STATES |= {one[3:].casefold().replace(" ", ""): one[:2] for one in _CITED_STATES.split("|")}

_SUPREME_COURT = frozenset({"us", "sct", "supremecourt", "ussupremecourt", "supremecourtoftheunitedstates"})
_NUMBERED_CIRCUIT = re.compile(r"(\d{1,2})\D", re.ASCII)
_CITED_COURTS = (
    *(f"{word} Cir." for word in (*_ORDINALS[1], "D.C.", "Fed.")),
    *(
        f"{part}D. {' '.join(f'{word}.' for word in one[3:].split())}"
        for one in _CITED_STATES.split("|")
        for part in ("", "N.", "S.", "E.", "W.", "M.", "C.")
    ),
)

_APPEALS = re.compile(r"^(?:.* )?(" + "|".join(sorted(_CIRCUIT_WORDS, key=len, reverse=True)) + r") cir(?:cuit)?$")
_APPEALS_SHORT = re.compile(r"^(?:us ?)?ca ?(\d+|dc|fed)$")
_DISTRICT_COURT = re.compile(r"^(?:the )?(?:(?:united states|us) )?(?:district court )?(?:(?:for|of) )?(?:the )?")
_DISTRICT = re.compile(
    r"^(?:(northern|southern|eastern|western|middle|central) )?district of (?:the )?(?:commonwealth of )?(.+)$"
    r"|^([nsewmc])? ?d ?(.+)$"
)


@dataclass(frozen=True, slots=True)
class FederalCourt:
    """A federal court: its circuit, and for a district court its district in that circuit ('' for none)."""

    circuit: str
    district: str = ""


def read_court(text: str) -> FederalCourt | None:
    """Return the court of appeals or the district court that a name stands for; None for any other, or none.

    >>> read_court("9th Cir."), read_court("U.S. Court of Appeals for the Ninth Circuit")
    (FederalCourt(circuit='9', district=''), FederalCourt(circuit='9', district=''))
    >>> read_court("N.D. Cal.") == read_court("United States District Court for the Northern District of California")
    True
    >>> read_court("Superior Court of the District of Columbia")
    """
    words = re.sub(r"[^a-z0-9]+", " ", text.casefold().replace(".", "")).strip()
    if "circuit court" in words:  # a state's
        return None
    if found := _APPEALS.match(words) or _APPEALS_SHORT.match(words):
        return FederalCourt(_CIRCUIT_WORDS[found[1]]) if found[1] in _CIRCUIT_WORDS else None
    found = _DISTRICT.match(_DISTRICT_COURT.sub("", words))
    if found is None:
        return None
    part, name = (found[1] or found[3] or "")[:1], found[2] or found[4]
    state = _STATES.get(name.replace(" ", ""))
    return None if state not in _CIRCUIT_OF_STATE else FederalCourt(_CIRCUIT_OF_STATE[state], f"{part}{state}")


def is_known_court(text: str) -> bool:
    """Return whether a name stands for the Supreme Court, a court of appeals or a district court.

    >>> is_known_court("U.S."), is_known_court("S.D.N.Y."), is_known_court("D. Masss.")
    (True, True, False)
    """
    words = re.sub(r"[^a-z]+", "", text.casefold())
    return words in _SUPREME_COURT or read_court(text) is not None


def suggest_court(text: str) -> str:
    """Return the court whose cited name is nearest to a name that stands for none; '' when none is near.

    >>> suggest_court("D. Masss."), suggest_court("9st Cir."), suggest_court("Court of the Moon")
    ('D. Mass.', '9th Cir.', '')
    """
    if (circuit := _NUMBERED_CIRCUIT.match(text.strip())) and int(circuit[1]) <= len(_ORDINALS[0]):
        return f"{_ORDINALS[1][int(circuit[1]) - 1]} Cir."
    return next(iter(get_close_matches(" ".join(text.split()), _CITED_COURTS, n=1, cutoff=0.75)), "")


def can_share_matter(court: str, other: str) -> bool:
    """Return whether papers of two courts can speak of one matter: one is the other, or above it, or is not known.

    >>> can_share_matter("D. Mass.", "1st Cir."), can_share_matter("9th Cir.", "D.C. Cir.")
    (True, False)
    """
    one, two = read_court(court), read_court(other)
    if one is None or two is None or one == two:
        return True
    if not one.district and not two.district:
        return False
    if one.district and two.district:
        return False
    return one.circuit == two.circuit or _FEDERAL_CIRCUIT in {one.circuit, two.circuit}
