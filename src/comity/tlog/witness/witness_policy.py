"""Who must cosign before anything is delivered: a C2SP tlog-policy file.

    witness requester  witness.agency.example+...  https://witness.agency.example
    witness inspector  witness.ig.example+...      https://witness.ig.example
    group both all requester inspector
    quorum both

Guarantees: a file that cannot be understood whole is refused; no witness counts twice; each witness is asked for by a
key that was written down beforehand.
Basis: C2SP tlog-policy. `log` lines are allowed and mean nothing here: the custodian knows its own log.
Start at `Policy.parse`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from comity.errors import ComityError, LedgerError
from comity.tlog.cosignature import CosignatureKey, parse_vkey

_NO_QUORUM = "none"
_MAX_LINES = 1000


@dataclass(frozen=True, slots=True)
class WitnessEndpoint:
    """One witness: its name in this file, its key, and where it is asked."""

    name: str
    key: CosignatureKey
    url: str


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """The witnesses, groups (name -> threshold, members) and the name that must be met."""

    witnesses: tuple[WitnessEndpoint, ...]
    groups: dict[str, tuple[int, tuple[str, ...]]]
    quorum: str

    @classmethod
    def parse(cls, text: str) -> "WitnessPolicy":
        """Read a policy. Raises ComityError `witnesses_invalid`, which names the line."""
        witnesses: dict[str, WitnessEndpoint] = {}
        groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        quorum: list[str] = []
        members: set[str] = set()
        lines = text.split("\n")
        if len(lines) > _MAX_LINES or re.search(r"[^\t\n\x20-\x7e\x80-\U0010ffff]", text):
            raise _policy_error("it is too long, or holds control characters")
        for number, line in enumerate(lines, 1):
            words = re.split(r"[ \t]+", line.strip(" \t"))
            known = {*witnesses, *groups}
            match words:
                case [""]:
                    pass
                case [first, *_] if first.startswith("#"):
                    pass
                case ["log", vkey] | ["log", vkey, _]:
                    _parse_policy_vkey(vkey, number)
                case ["witness", name, vkey, *url] if name not in {*known, _NO_QUORUM} and len(url) <= 1:
                    key = _parse_policy_vkey(vkey, number)
                    is_known = any(
                        isinstance(key, CosignatureKey) and key.public_key == w.key.public_key
                        for w in witnesses.values()
                    )
                    if not isinstance(key, CosignatureKey) or is_known:
                        raise _policy_error(f"line {number} has no witness's key, or one that is there already")
                    witnesses[name] = WitnessEndpoint(name, key, "".join(url))
                case ["group", name, threshold, *names] if name not in {*known, _NO_QUORUM} and names:
                    if not known.issuperset(names) or len(set(names)) < len(names) or members.intersection(names):
                        raise _policy_error(f"line {number} names what is not defined above it, or is a member already")
                    groups[name] = (_parse_threshold(threshold, len(names), number), tuple(names))
                    members.update(names)
                case ["quorum", name] if not quorum and name in {*known, _NO_QUORUM}:
                    quorum.append(name)
                case _:
                    raise _policy_error(f"line {number} is not understood")
        if not quorum:
            raise _policy_error("it has no quorum line")
        return cls(tuple(witnesses.values()), groups, quorum[0])

    def is_satisfied_by(self, cosigned: Collection[CosignatureKey]) -> bool:
        """Whether these keys, all of which cosigned, are enough."""
        names = {witness.name for witness in self.witnesses if witness.key in cosigned}
        return self.quorum == _NO_QUORUM or self._is_name_satisfied(self.quorum, names)

    def _is_name_satisfied(self, name: str, cosigned: Collection[str]) -> bool:
        if name not in self.groups:
            return name in cosigned
        threshold, members = self.groups[name]
        return sum(self._is_name_satisfied(member, cosigned) for member in members) >= threshold


def _parse_threshold(word: str, count: int, number: int) -> int:
    threshold = {"any": 1, "all": count}.get(word) or (int(word) if re.fullmatch(r"[0-9]{1,4}", word) else 0)
    if not 1 <= threshold <= count:
        raise _policy_error(f"line {number} asks for a number of members that there is not")
    return threshold


def _parse_policy_vkey(vkey: str, number: int) -> object:
    try:
        return parse_vkey(vkey)
    except LedgerError:
        raise _policy_error(f"line {number} has a key that cannot be read") from None


def _policy_error(reason: str) -> ComityError:
    return ComityError(
        "witnesses_invalid",
        f"The file that says which witnesses must cosign cannot be used: {reason}.",
        "It is a C2SP tlog-policy: `witness NAME VKEY URL`, `group NAME K MEMBER...`, `quorum NAME`.",
    )
