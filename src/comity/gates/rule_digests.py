"""The digest of each rule: SHA-256 of its code and of all code of Comity that it imports.

A release names the digest of each rule that judged it, so that everything that rested on one wording of a rule can be
recalled. Two programs in which a rule decides by the same code give it the same digest.

Guarantees: the digest changes with the rule's module and with each module of Comity that it imports, directly or
through others.
Does not: cover the law (`law_fingerprint` does), nor reference data and libraries (the program's version does).
Basis: ADR 0035.
Start at `rule_digests`.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from comity.gates.register import REGISTER

_PACKAGE = "comity"
_IMPORT = re.compile(r"^ *(?:from (comity[\w.]*) import ((?:\([^)]*\))|[^\n]*)|import (comity[\w.]*))", re.MULTILINE)
_NAME = re.compile(r"\w+")


@cache
def rule_digests() -> Mapping[str, str]:
    """Return the digest of each rule of the register, in hex."""
    return {rule.id: _digest_modules(rule.module) for rule in REGISTER}


def _digest_modules(module: str) -> str:
    """Return the digest of a module and of what it imports: each one's name and SHA-256, in order of name."""
    found: dict[str, str] = {}
    to_read = [module]
    while to_read:
        name = to_read.pop()
        if name not in found and (source := _read_source(name)) is not None:
            found[name] = hashlib.sha256(source.encode()).hexdigest()
            to_read += _imported_names(name)
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(found.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


@cache
def _imported_names(module: str) -> tuple[str, ...]:
    """Return the modules of Comity that a module may import; a name that is none of them is no module."""
    return tuple(_iter_imported_names(_read_source(module) or ""))


def _iter_imported_names(source: str) -> Iterator[str]:
    for imported in _IMPORT.finditer(source):
        origin = imported[1] or imported[3]
        yield origin
        yield from (f"{origin}.{name}" for name in _NAME.findall(imported[2] or ""))


@cache
def _read_source(module: str) -> str | None:
    """Return the source of a module, or of a package's __init__; None when there is no such module."""
    folder: Traversable = files(_PACKAGE)
    *parents, last = module.split(".")[1:] or [""]
    for parent in parents:
        folder /= parent
    for candidate in (folder / last / "__init__.py", folder / f"{last}.py"):
        if candidate.is_file():
            return candidate.read_text(encoding="utf-8")
    return None
