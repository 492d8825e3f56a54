"""Put a mutant into this process: into a function that exists, by running its module again, or before it is imported.

Guarantees: a mutant that cannot be put in raises; it never passes for one that no test notices.
Start at `apply_mutant`; `import_mutant` is for a process that has not imported the module.
"""

import dataclasses
import importlib
import importlib.abc
import importlib.util
import sys
from types import CodeType, FunctionType
from typing import Any

from tools.mutation.mutants import Mutant


def apply_mutant(module: str, mutant: Mutant) -> None:
    """Put a mutant into an imported module below `comity`.

    Raises:
        RuntimeError: there is no function below the mutant's name.
        BaseException: whatever a changed module raises when it is run again.
    """
    if mutant.at_import:
        _run_module_again(module, mutant.code)
    else:
        _replace_function_code(module, mutant)


def import_mutant(module: str, mutant: Mutant) -> None:
    """Make the next import of a module below `comity` run the mutant's code."""
    sys.meta_path.insert(0, _ReplacingImporter(f"comity.{module}", mutant.code))


def _run_module_again(module: str, code: CodeType) -> None:
    """Run the changed module in the namespace of the imported one, and give importers its new values."""
    namespace = vars(importlib.import_module(f"comity.{module}"))
    before = dict(namespace)
    exec(code, namespace)  # noqa: S102
    if rule := before.get("RULE"):
        for field in dataclasses.fields(rule):  # the register and the tests refer to this very object
            object.__setattr__(rule, field.name, getattr(namespace["RULE"], field.name))
        namespace["RULE"] = rule
    for name, old in before.items():
        new = namespace[name]
        if isinstance(old, type):
            namespace[name] = old
        elif new is not old and not isinstance(old, FunctionType) and not name.startswith("__"):
            for importer in list(sys.modules.values()):
                is_ours = getattr(importer, "__name__", "").startswith(("comity.", "tests."))
                if is_ours and vars(importer).get(name) is old:
                    vars(importer)[name] = new


def _replace_function_code(module: str, mutant: Mutant) -> None:
    """Replace the code of the one function, and clear caches of what it returned before."""
    _find_function(module, mutant.function).__code__ = mutant.code
    names = [f"comity.{module}"]
    if module.startswith("law."):  # the law is loaded again
        names.append("comity.law.loader")
    for name in names:
        for value in vars(importlib.import_module(name)).values():
            if callable(getattr(value, "cache_clear", None)):
                value.cache_clear()


def _find_function(module: str, qualified_name: str) -> FunctionType:
    """Return the function with a qualified name, below whatever wraps it."""
    value: Any = importlib.import_module(f"comity.{module}")
    for name in qualified_name.split("."):
        value = vars(value)[name]
    while not isinstance(value, FunctionType):
        wrapped = (getattr(value, name, None) for name in ("fget", "func", "__wrapped__", "wrapped", "__func__"))
        value = next((each for each in wrapped if each is not None), None)
        if value is None:
            raise RuntimeError(f"no function below {qualified_name}")
    return value


class _ReplacingImporter(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a changed module instead of the one on disk."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> Any:
        """Return a spec for the changed module alone."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: Any) -> None:
        """Run the changed code as the module."""
        exec(self.code, vars(module))  # noqa: S102
