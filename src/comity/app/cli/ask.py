"""`comity ask`: answer the single questions of the service."""

import typer

from comity.app.cli.output import JsonOption, print_notice, print_result
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
    app.command("ask")(answer_questions)


def answer_questions(
    config: ConfigOption = None,
    secrets: SecretsOption = None,
    home: HomeSettingOption = None,
    index: IndexSettingOption = None,
    work_folder: WorkFolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer the single questions that come to the service, with the index open. Runs until stopped.

    Run it beside comity serve, with the same settings. Each question is a signed batch of one row, and takes the same
    path. Without this command, the service answers batches alone.

    Example: comity ask --config service.toml
    """
    from comity.app.use_cases.question_server import run_asker  # noqa: PLC0415  seconds to import

    settings = load_service_settings(config, secrets, {"home": home, "index": index, "work_folder": work_folder})
    count = run_asker(settings, stop_on_signal(), on_ready=lambda: print_notice("comity: ready for questions."))
    print_result({"questions": count}, [f"{count:,} questions came."], as_json=as_json)
