"""Open what the service works over, and say whether it can do its job: stores, anchor, clock, law, disk.

Guarantees: a home is opened and never created; a check that cannot be made is a failure; nothing that is checked is
changed.
Does not: read an index. The worker does.
Start at `open_service`.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.settings import ServiceSettings
from comity.errors import ComityError
from comity.folders import is_open_to_others, make_private_folder
from comity.ledger import log
from comity.store import entries
from comity.store.database import Store
from comity.store.desk.desk_store import Desk


@dataclass(frozen=True, slots=True)
class Service:
    """What the service works over, opened."""

    settings: ServiceSettings
    home: Home
    store: Store
    desk: Desk


@contextmanager
def open_service(settings: ServiceSettings) -> Iterator[Service]:
    """Open an existing home and the work folder, and close them at the end.

    Raises:
        ComityError: `settings_invalid` when there is no home or the folder is open to others; as `Home.open`.
        LedgerError: `ledger_damaged` when the control database is another home's.
    """
    if not (settings.home / "home.json").is_file():
        message = "The settings cannot be used: home is no home of a custodian."
        raise ComityError("settings_invalid", message, "Make one first, with two persons: comity persons enroll")
    home = Home.open(settings.home)
    home.verify_no_loose_files()
    try:
        make_private_folder(settings.work_folder)
        is_exposed = is_open_to_others(settings.work_folder)
    except OSError as error:
        message = "The settings cannot be used: work_folder could not be made."
        raise ComityError("settings_invalid", message, "Name a folder that the service's user may write to.") from error
    if is_exposed:
        message = "Others than its owner can enter the work folder, where requests and answers are."
        raise ComityError("folder_exposed", message, "Find out who could, then run: chmod 700 WORK_FOLDER")
    with bootstrap.open_store(home) as store, bootstrap.open_desk(home) as desk:
        log.verify_log_keys(store, bootstrap.load_key_ring(home))
        yield Service(settings, home, store, desk)


def check_readiness(service: Service) -> dict[str, bool]:
    """Return whether each thing that the service needs is as it must be, by its name."""
    checks: dict[str, Callable[[Service], bool]] = {
        "control_database": _is_store_open,
        "desk": _is_desk_open,
        "anchor": lambda one: not one.store.check_anchors(),
        "clock": _is_clock_right,
        "law": lambda one: bool(bootstrap.read_law(one.store).agreements),
        "disk": lambda one: shutil.disk_usage(one.settings.work_folder).free >= one.settings.min_free_disk_bytes,
    }
    return {name: _is_passed(check, service) for name, check in checks.items()}


def _is_passed(check: Callable[[Service], bool], service: Service) -> bool:
    try:
        return check(service)
    except Exception:  # noqa: BLE001  whatever is wrong is the result
        return False


def _is_store_open(service: Service) -> bool:
    with service.store.read() as tx:
        return log.tree_size(tx) >= 0


def _is_desk_open(service: Service) -> bool:
    with service.desk.begin():
        return True


def _is_clock_right(service: Service) -> bool:
    with service.store.read() as tx:
        entries.verify_clock(tx, clock.now())
    return True
