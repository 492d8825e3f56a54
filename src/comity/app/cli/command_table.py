"""List every command of `comity`, in the order of its help, with the text that `comity --help` shows.

The table exists so that `comity --help` imports no command: together they import numba, SciPy, DuckDB and SQLAlchemy,
which takes seconds. A group takes its help from here; a test holds each command's text equal to its docstring.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command or a group of commands; it is defined in the module of its name in `comity.app.cli`."""

    name: str
    help_text: str
    is_group: bool = False
    uses_kernels: bool = False


COMMANDS = {
    entry.name: entry
    for entry in (
        CommandEntry(
            "demo",
            "Simulate a state and the file of August 2025, answer it lawfully, and write a page that shows it.",
            uses_kernels=True,
        ),
        CommandEntry("simulate", "Make synthetic records, a signed batch, and the truth. No person in them exists."),
        CommandEntry(
            "index",
            "Build an index of the custodian's records, change one, or describe one.",
            is_group=True,
            uses_kernels=True,
        ),
        CommandEntry(
            "request",
            "Prepare a batch: check, migrate and sign it; check its answers.",
            is_group=True,
            uses_kernels=True,
        ),
        CommandEntry(
            "flags",
            "Read the rows that a batch's own words flag, and settle them.",
            is_group=True,
            uses_kernels=True,
        ),
        CommandEntry("signers", "Register whose signature counts for which office.", is_group=True),
        CommandEntry(
            "verify", "Judge, compare and answer a batch; run it again after any interruption.", uses_kernels=True
        ),
        CommandEntry(
            "serve",
            "Serve the API over an existing home, on this machine alone unless settings say otherwise. "
            "Runs until stopped.",
        ),
        CommandEntry(
            "work",
            "Do the service's jobs: check, judge and answer the batches that came. Runs until stopped.",
            uses_kernels=True,
        ),
        CommandEntry(
            "ask",
            "Answer the single questions that come to the service, with the index open. Runs until stopped.",
            uses_kernels=True,
        ),
        CommandEntry(
            "client",
            "Send a batch to a custodian's service, follow it, fetch its answers and verify them.",
            is_group=True,
        ),
        CommandEntry(
            "law", "Seal, check and add the custodian's own statutes, agreements and agencies.", is_group=True
        ),
        CommandEntry("orders", "List court orders and what they stop, and file new ones.", is_group=True),
        CommandEntry(
            "accounting",
            "Account for disclosures: the record, the yearly report, the subject's view.",
            is_group=True,
        ),
        CommandEntry(
            "recall", "Recall answers: choose, give notice, follow to a certificate of destruction.", is_group=True
        ),
        CommandEntry(
            "canaries",
            "Watch synthetic records that no request can lawfully be about, and list the alarms.",
            is_group=True,
        ),
        CommandEntry(
            "withhold", "Answer no about some persons, as the Secretary determined under 6103(i)(6).", is_group=True
        ),
        CommandEntry("persons", "Enroll the persons who file what takes two, each with one key.", is_group=True),
        CommandEntry("filings", "See what waits for a second person, and confirm or withdraw it.", is_group=True),
        CommandEntry(
            "documents",
            "Inspect papers, and assess what a rule about them would do. Such a rule is applied to no one.",
            is_group=True,
        ),
        CommandEntry("ledger", "Sign, publish, prove and verify the Merkle ledger.", is_group=True),
        CommandEntry("store", "Prepare the control database: SQLite in the home folder, or PostgreSQL.", is_group=True),
        CommandEntry(
            "witness", "Be a witness of a ledger, or require witnesses, so that all see one history.", is_group=True
        ),
        CommandEntry(
            "train",
            "Fit a matching model to these records: by the judgments in --truth, or without any.",
            uses_kernels=True,
        ),
        CommandEntry(
            "evaluate",
            "Match labelled data and report recall, wrong confirmations and calibration. "
            "No gates, no release, no ledger.",
            uses_kernels=True,
        ),
        CommandEntry(
            "explain",
            "Replay one determination of an answered batch, bit for bit, and say what it rests on.",
            uses_kernels=True,
        ),
        CommandEntry(
            "doctor",
            "Check Python, the database library, the law on file, memory and disk. Ends with 1 when a check fails.",
        ),
        CommandEntry(
            "completion", "Print a script by which a shell completes commands and options: bash, zsh or fish."
        ),
    )
}
"""Every command by name."""


def get_help_text(name: str) -> str:
    """Return the text that `comity --help` shows for a command."""
    return COMMANDS[name].help_text
