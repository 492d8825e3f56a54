"""The commands that `comity withhold` and `comity canaries` share: add, lift and list records."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, PersonKeyOption, ReasonOption, RecordIdsOption
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import suppressed_records
from comity.app.use_cases.suppressed_records import RecordList, SuppressionKind

OptionalIndexOption = Annotated[Path | None, typer.Option("--index", help="The index that holds these records.")]
AllowUnknownOption = Annotated[
    bool, typer.Option("--allow-unknown", help="File record_ids that the index does not hold, too.")
]


def make_add_command(kind: SuppressionKind, help_text: str) -> Callable[..., None]:
    """Return the command that suppresses records of one kind."""

    def add_records(
        home: HomeOption,
        records: RecordIdsOption,
        key: PersonKeyOption,
        index: OptionalIndexOption = None,
        allow_unknown: AllowUnknownOption = False,
        as_json: JsonOption = False,
    ) -> None:
        changed = suppressed_records.suppress_records(home, key, kind, RecordList(records, index, allow_unknown))
        more = f"{changed.named:,} records named, {changed.recorded:,} filed with all records of the same persons."
        print_step(changed.filed, as_json=as_json, more=more)

    add_records.__doc__ = help_text
    return add_records


def make_lift_command(kind: SuppressionKind, help_text: str) -> Callable[..., None]:
    """Return the command that lifts the suppression of records of one kind."""

    def lift_records(
        home: HomeOption,
        records: RecordIdsOption,
        key: PersonKeyOption,
        reason: ReasonOption,
        index: OptionalIndexOption = None,
        allow_unknown: AllowUnknownOption = False,
        as_json: JsonOption = False,
    ) -> None:
        record_list = RecordList(records, index, allow_unknown)
        changed = suppressed_records.lift_suppression(home, key, kind, record_list, reason)
        print_step(changed.filed, as_json=as_json, more=f"{changed.recorded:,} records are to be lifted.")

    lift_records.__doc__ = help_text
    return lift_records


def make_list_command(kind: SuppressionKind, help_text: str) -> Callable[..., None]:
    """Return the command that lists the record_ids of one kind."""

    def list_records(home: HomeOption, as_json: JsonOption = False) -> None:
        record_ids = suppressed_records.list_suppressed(home, kind)
        print_result({"records": record_ids}, record_ids or ["None."], as_json=as_json)

    list_records.__doc__ = help_text
    return list_records
