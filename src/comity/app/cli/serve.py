"""`comity serve`: serve the API."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.cli.service_options import (
    ConfigOption,
    HomeSettingOption,
    IndexSettingOption,
    SecretsOption,
    WorkFolderOption,
    load_service_settings,
    missing_extra_error,
)
from comity.app.kernel_cache import ensure_kernels
from comity.errors import ComityError

if TYPE_CHECKING:
    from comity.app.use_cases.demo_house import DemoHouse


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
    is_demo: Annotated[
        bool, typer.Option("--demo", help="Serve a synthetic home, made at the first start, and print a link per seat.")
    ] = False,
    demo_folder: Annotated[Path, typer.Option("--demo-folder", help="Where the demonstration is.")] = Path("out/seats"),
    as_json: JsonOption = False,
) -> None:
    """Serve the API over an existing home, on this machine alone unless settings say otherwise. Runs until stopped.

    Settings come from --config, then from COMITY_* of the environment, then from --secrets; an option here wins over
    all. A name that is no setting stops the start. docs/guides/service.md lists them.

    --demo serves synthetic data alone, to this machine alone: docs/guides/service-tour.md walks through it.

    Example: comity serve --config service.toml
    """
    overrides: dict[str, object] = {"home": home, "index": index, "work_folder": work_folder}
    seats = None
    if is_demo:
        if config or secrets or any(value is not None for value in overrides.values()):
            message = (
                "A demonstration has a home and settings of its own, so that no other home is served with its seats."
            )
            raise ComityError("bad_argument", message, "Give --demo without another option but --port.")
        house = _open_demo_house(demo_folder)
        overrides, seats = house.settings, house.seats
    settings = load_service_settings(config, secrets, overrides | {"port": port})
    try:
        from comity.app.api.web_server import open_server  # noqa: PLC0415  an extra, and seconds to import
    except ModuleNotFoundError as error:
        raise missing_extra_error() from error
    with open_server(settings, seats) as server:
        links = [] if seats is None else seats.list_links()
        facts = [
            {"name": seat.filer.name, "roles": list(seat.roles), "link": f"{server.url}/login/link/{link}"}
            for link, seat in links
        ]
        result = {"url": server.url, "process": os.getpid()} | ({"seats": facts} if is_demo else {})
        lines = [f"{seat['name']} ({', '.join(seat['roles'])}), once: {seat['link']}" for seat in facts]
        print_result(result, [f"listening on {server.url}", *lines], as_json=as_json)
        server.run()
    print_notice("comity: stopped.")


def _open_demo_house(folder: Path) -> "DemoHouse":
    """Open the demonstration, and make it at the first start, which compares records."""
    ensure_kernels(print_notice)
    from comity.app.use_cases.demo_house import open_demo_house  # noqa: PLC0415  seconds to import

    with progress_bars() as progress:
        return open_demo_house(folder, progress=progress)
