"""`comity work`: do the jobs of the service."""

from typing import Annotated

import typer

from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.service_options import (
    ConfigOption,
    HomeSettingOption,
    IndexSettingOption,
    SecretsOption,
    WorkFolderOption,
    load_service_settings,
    stop_on_signal,
)


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("work")(work_jobs)


def work_jobs(
    config: ConfigOption = None,
    secrets: SecretsOption = None,
    home: HomeSettingOption = None,
    index: IndexSettingOption = None,
    work_folder: WorkFolderOption = None,
    once: Annotated[bool, typer.Option("--once", help="End when no job is due.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Count the jobs in each state, and do none.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="As --status; and try again what is stuck.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Do the service's jobs: check, judge and answer the batches that came. Runs until stopped.

    Run it beside comity serve, with the same settings. It does one job at a time; a second one waits until the first
    ends. After any interruption the next one goes on. A job that failed five times is stuck until --retry.

    Example: comity work --config service.toml
    """
    from comity.app.use_cases.job_worker import count_jobs, run_worker  # noqa: PLC0415  seconds to import

    settings = load_service_settings(config, secrets, {"home": home, "index": index, "work_folder": work_folder})
    if status or retry:
        counts = count_jobs(settings, retry_stuck=retry)
        lines = [f"{state:<8} {count:>7,}" for state, count in counts.items()]
        print_result({"jobs": dict(counts)}, lines or ["There are no jobs."], as_json=as_json)
        return
    count = run_worker(settings, stop_on_signal(), until_idle=once)
    print_result({"jobs": count}, [f"{count:,} jobs were begun."], as_json=as_json)
