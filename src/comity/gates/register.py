"""The register of rules: every module of `comity.gates.rules`, in a fixed order.

Adding a rule is adding its file. A new code also needs its line in `gates/failure_modes.py`; a new element of law, one
in `law/statutes/`, with `deciding: all` if another rule decides it too. The order is that of the families below, then
of the numbers, and it is the order of the bits in the row masks of one evaluation.

Guarantees: a module with another name than its rule's id, or without a `RULE`, stops the import of the register, so no
rule is left out in silence.
Start at `REGISTER`; each rule is one file with its law in the docstring and its cases in tests/cases.
"""

import importlib
import pkgutil
import re
from types import ModuleType

from comity.gates import rules
from comity.gates.rule import Rule

_FAMILIES = "rnadpm"  # requests, names, addresses, dates and persons, probing, matching agreements
_RULE_ID = re.compile(rf"([{_FAMILIES}])([0-9]{{2}})_[a-z0-9_]+")


def discover_rules(package: ModuleType) -> tuple[Rule, ...]:
    """Import every module of a package of rules and return their rules in the order of the register.

    Raises:
        RuntimeError: a module is not named as a rule, or has no rule of that name.
    """
    names = sorted((module.name for module in pkgutil.iter_modules(package.__path__)), key=_register_position)
    return tuple(_load_rule(package, name) for name in names)


def _register_position(name: str) -> tuple[int, str]:
    matched = _RULE_ID.fullmatch(name)
    if matched is None:
        raise RuntimeError(
            f"{name}.py is in the folder of rules but not named as one: rename it (r01_signer_office.py)"
        )
    return _FAMILIES.index(matched[1]), name


def _load_rule(package: ModuleType, name: str) -> Rule:
    rule = getattr(importlib.import_module(f"{package.__name__}.{name}"), "RULE", None)
    if not isinstance(rule, Rule) or rule.id != name:
        raise RuntimeError(
            f"{name}.py has no rule of its name, so it would decide nothing: set RULE = Rule({name!r}, ...)"
        )
    return rule


REGISTER: tuple[Rule, ...] = discover_rules(rules)
