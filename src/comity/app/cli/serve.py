"""`comity serve`: serve the API."""

import os
from typing import Annotated

import typer

from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.cli.service_options import (
    ConfigOption,
    HomeSettingOption,
    IndexSettingOption,
    SecretsOption,
    WorkFolderOption,
    load_service_settings,
    missing_extra_error,
)


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve_api)


def serve_api(
    config: ConfigOption = None,
    secrets: SecretsOption = None,
    home: HomeSettingOption = None,
    index: IndexSettingOption = None,
    work_folder: WorkFolderOption = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="0 picks a free one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the API over an existing home, on this machine alone unless settings say otherwise. Runs until stopped.

    Settings come from --config, then from COMITY_* of the environment, then from --secrets; an option here wins over
    all. A name that is no setting stops the start. docs/guides/service.md lists them.

    Example: comity serve --config service.toml
    """
    overrides = {"home": home, "index": index, "work_folder": work_folder, "port": port}
    settings = load_service_settings(config, secrets, overrides)
    try:
        from comity.app.api.web_server import open_server  # noqa: PLC0415  an extra, and seconds to import
    except ModuleNotFoundError as error:
        raise missing_extra_error() from error
    with open_server(settings) as server:
        result = {"url": server.url, "process": os.getpid()}
        print_result(result, [f"listening on {server.url}"], as_json=as_json)
        server.run()
    print_notice("comity: stopped.")
