"""Options that the commands of the service share, and the settings that they lead to."""

import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.errors import ComityError

if TYPE_CHECKING:
    from comity.app.settings import ServiceSettings

ConfigOption = Annotated[Path | None, typer.Option("--config", envvar="COMITY_CONFIG", help="A TOML file of settings.")]
SecretsOption = Annotated[
    Path | None, typer.Option("--secrets", envvar="COMITY_SECRETS", help="A folder with a file for each secret.")
]
HomeSettingOption = Annotated[Path | None, typer.Option("--home", help="The custodian's home folder; it must exist.")]
IndexSettingOption = Annotated[Path | None, typer.Option("--index", help="An index made by: comity index build")]
WorkFolderOption = Annotated[
    Path | None, typer.Option("--work-folder", help="Where uploads and answers are; for the owner alone.")
]


def load_service_settings(
    config: Path | None, secrets: Path | None, overrides: Mapping[str, object]
) -> "ServiceSettings":
    """Return the settings of the service. Raises ComityError `settings_invalid`, also without the extra `service`."""
    try:
        from comity.app.settings import load_settings  # noqa: PLC0415  an extra, and slow to import
    except ModuleNotFoundError as error:
        raise missing_extra_error() from error
    return load_settings(config, overrides, secrets)


def stop_on_signal() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set, for a process that ends when it is done with what it began."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def missing_extra_error() -> ComityError:
    """Return the error of an installation without what the service needs."""
    message = "The service needs packages that are not installed."
    return ComityError("settings_invalid", message, "Install Comity with the extra: service")
