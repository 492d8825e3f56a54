"""Read the YAML files of the law into typed, sealed, cross-checked data.

Guarantees: one fault in one file stops the load with `law_invalid`, naming file and field. A reference to an agency,
agreement, order or element that is not on file is such a fault. A repeated YAML key is refused, not overwritten.
Does not: reach beyond the package's own files, the folder named, and the orders passed in.
Start at `load_law`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from comity.errors import PolicyError
from comity.law.agency import Agency
from comity.law.agreement import Agreement
from comity.law.corpus import Law
from comity.law.court_order import CourtOrder
from comity.law.dispositions import Disposition, read_case_numbers
from comity.law.population_profile import DEFAULT_POPULATION, PopulationProfile
from comity.law.provisions import Statute
from comity.plain_yaml import YamlFault, parse_plain_yaml

M = TypeVar("M", Statute, Agreement, CourtOrder, Agency, PopulationProfile)
P = TypeVar("P", bound=BaseModel)
Refusal = Callable[[str, str], PolicyError]
"""Makes an error of a file's name and what is wrong with it."""


def load_law(extra_orders: Iterable[CourtOrder | Mapping[str, Any]] = (), *, folder: Path | None = None) -> Law:
    """Return the law in the package, with further orders (from the control database, for instance).

    Args:
        extra_orders: as typed orders, or as data.
        folder: a custodian's own law beside the package's: `statutes`, `agreements` and `agencies` in it, as YAML. It
            may not exist. Nothing in it can replace what the package holds.

    Raises:
        PolicyError: `law_invalid` for a file or order that is incomplete, altered, or contradicts another.

    >>> sorted(load_law().agreements)
    ['irs-ice-2025']
    """
    shipped = _load_packaged_law() if folder is None else _load_with_folder(folder, _stat_files(folder))
    extras = [
        order if isinstance(order, CourtOrder) else build_document(CourtOrder, dict(order), "an order passed in")
        for order in extra_orders
    ]
    if not extras:
        return shipped
    orders = [*shipped.orders.values(), *extras]
    return assemble_law(shipped.statutes.values(), shipped.agreements.values(), orders, shipped.agencies.values())


@cache
def _load_packaged_law() -> Law:
    package = files("comity.law")
    return assemble_law(
        _load_folder(Statute, package / "statutes"),
        _load_folder(Agreement, package / "agreements"),
        _load_folder(CourtOrder, package / "orders"),
        _load_folder(Agency, package / "agencies"),
    )


@cache
def load_populations() -> Mapping[str, PopulationProfile]:
    """Return the population profiles in the package, by id.

    Raises:
        PolicyError: `law_invalid` for a file that is incomplete or was altered.
    """
    return _index_by_id(_load_folder(PopulationProfile, files("comity.law") / "populations"), "populations")


def find_population(agreement: Agreement | None = None) -> PopulationProfile:
    """Return the population profile that an agreement names, or the default one."""
    named = agreement.population if agreement is not None else None
    return load_populations()[named or DEFAULT_POPULATION]


CUSTODIAN_LAW_TYPES = {"statutes": Statute, "agreements": Agreement, "agencies": Agency}
"""What a custodian's own folder of law may hold. Orders are entered by two persons, not as files."""


@lru_cache(maxsize=8)
def _load_with_folder(folder: Path, _stamp: tuple[tuple[str, int, int], ...]) -> Law:
    """Return the package's law and a folder's; `_stamp` changes when a file in the folder does."""
    shipped = _load_packaged_law()
    return assemble_law(
        [*shipped.statutes.values(), *_load_folder(Statute, folder / "statutes")],
        [*shipped.agreements.values(), *_load_folder(Agreement, folder / "agreements")],
        shipped.orders.values(),
        [*shipped.agencies.values(), *_load_folder(Agency, folder / "agencies")],
    )


def _stat_files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    paths = [path for name in CUSTODIAN_LAW_TYPES for path in sorted((folder / name).glob("*.yaml"))]
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in ((path, path.stat()) for path in paths))


def assemble_law(
    statutes: Iterable[Statute],
    agreements: Iterable[Agreement],
    orders: Iterable[CourtOrder],
    agencies: Iterable[Agency],
    *,
    pending: frozenset[str] = frozenset(),
) -> Law:
    """Return one law made of its parts, after checking every reference between them; `pending` as in `Law`.

    Raises:
        PolicyError: `law_invalid`.
    """
    law = Law(
        statutes=_index_by_id(statutes, "statutes"),
        agreements=_index_by_id(agreements, "agreements"),
        orders=_index_by_id(orders, "orders"),
        agencies=_index_by_id(agencies, "agencies"),
        pending=pending,
    )
    _verify_references(law)
    return law


def parse_document(model: type[P], text: str, source: str, *, refuse: Refusal | None = None) -> P:
    """Return one YAML document as typed law; `source` names it in errors, and `refuse` makes another error of them.

    Raises:
        PolicyError: `law_invalid`, or what `refuse` returns.
    """
    return build_document(model, parse_yaml(text, source, refuse=refuse), source, refuse=refuse)


def parse_yaml(text: str, source: str, *, refuse: Refusal | None = None) -> Any:
    """Return one YAML document as plain data.

    Raises:
        PolicyError: `law_invalid` when it is not YAML, or not plain (`comity.plain_yaml`).
    """
    try:
        return parse_plain_yaml(text)
    except YamlFault as fault:
        raise (refuse or _law_invalid_error)(source, f"it is not YAML that is read here: {fault}") from fault


def build_document(model: type[P], data: Any, source: str, *, refuse: Refusal | None = None) -> P:
    """Return typed law made of plain data.

    Raises:
        PolicyError: `law_invalid`, naming the first field at fault.
    """
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        location = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise (refuse or _law_invalid_error)(source, f"{location}: {first['msg']}") from None


@lru_cache(maxsize=256)
def parse_law_file(place: str, text: str) -> Statute | Agreement | Agency:
    """Return the typed law of a custodian's file; `place` is its path below the law, such as `agencies/ice.yaml`.

    Raises:
        PolicyError: `law_invalid`.
    """
    folder, _, name = place.partition("/")
    if folder not in CUSTODIAN_LAW_TYPES or not name.endswith(".yaml") or "/" in name:
        raise _law_invalid_error(place, f"a file of law is in one of {', '.join(CUSTODIAN_LAW_TYPES)}")
    model: type[Any] = CUSTODIAN_LAW_TYPES[folder]
    document: Statute | Agreement | Agency = parse_document(model, text, place)
    return document


def _load_folder(model: type[M], folder: Traversable) -> list[M]:
    if not folder.is_dir():
        return []
    return [
        parse_document(model, _read_text(file), f"{folder.name}/{file.name}")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".yaml")
    ]


def _read_text(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        raise _law_invalid_error(file.name, "it cannot be read as UTF-8 text") from fault


def _index_by_id(documents: Iterable[M], what: str) -> Mapping[str, M]:
    by_id: dict[str, M] = {}
    for document in documents:
        if document.id in by_id:
            raise _law_invalid_error(what, f"two entries carry the id {document.id}")
        by_id[document.id] = document
    if not by_id and what != "orders":
        raise _law_invalid_error(what, "none is on file")
    return MappingProxyType(by_id)


def _verify_references(law: Law) -> None:
    """Raise `law_invalid` for the first reference to something that is not on file."""
    owners: list[Statute | Agreement] = [*law.statutes.values(), *law.agreements.values()]
    ids = [name for owner in owners for name in {element.id for element in owner.elements}]
    if len(set(ids)) != len(ids):
        raise _law_invalid_error("statutes and agreements", "two of them have an element of one id")
    for order in law.orders.values():
        _verify_on_file(order.binds, law.agencies, f"orders/{order.id}", "agency")
        _verify_on_file(order.agreements, law.agreements, f"orders/{order.id}", "agreement")
        _verify_on_file([act.order for act in order.acts_on], law.orders, f"orders/{order.id}", "order")
        for act in order.acts_on:
            _verify_part(act, law, f"orders/{order.id}")
    for agency in law.agencies.values():
        _verify_on_file([agency.parent] if agency.parent else [], law.agencies, f"agencies/{agency.id}", "agency")
    for agreement in law.agreements.values():
        source = f"agreements/{agreement.id}"
        _verify_on_file([agreement.custodian, *agreement.requester_ids], law.agencies, source, "agency")
        element_ids = [office.element for office in agreement.offices]
        element_ids += [attestation.element for attestation in agreement.attestations]
        element_ids += [offense.element for offense in agreement.statutes]
        element_ids += agreement.matching.contents.values() if agreement.matching else ()
        _verify_on_file(element_ids, dict.fromkeys(ids), source, "element")
        _verify_on_file(agreement.rests_on, law.statutes, source, "statute")
        named = [agreement.population] if agreement.population else []
        _verify_on_file(named, load_populations(), source, "population profile")


def _verify_part(act: Disposition, law: Law, source: str) -> None:
    """Raise `law_invalid` for a part of an order that names a party or a case which is not one of that order's.

    Of an order that binds nobody (a stay, for instance), the parties and cases are those of the order it acts on.
    """
    target = law.orders[act.order]
    if act.part is None or not target.bound_parties:
        return
    if strangers := set(act.part.parties) - set(target.bound_parties):
        named, bound = ", ".join(sorted(strangers)), ", ".join(target.bound_parties)
        reason = f"{target.id} does not bind {named}, so no part of it is about them; it binds {bound}"
        raise _law_invalid_error(source, reason)
    cases = read_case_numbers(", ".join(target.cases))
    if any(not read_case_numbers(case) <= cases for case in act.part.cases):
        reason = f"{target.id} was not entered in that case; its cases are {', '.join(target.cases)}"
        raise _law_invalid_error(source, reason)


def _verify_on_file(names: Iterable[str], on_file: Mapping[str, object], source: str, what: str) -> None:
    for name in names:
        if name not in on_file:
            raise _law_invalid_error(source, f"it names the {what} {name}, which is not on file")


def _law_invalid_error(source: str, reason: str) -> PolicyError:
    return PolicyError(
        "law_invalid",
        f"The law on file cannot be used: {source}: {reason}. Nothing is answered under a law that cannot be read.",
        "Fix the file; every value needs its citation, its words and their SHA-256 (run: comity law seal).",
    )
