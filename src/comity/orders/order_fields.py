"""Explain every field of an order's file in words, and lay the fields out as a file to fill in, by kind of paper.

Guarantees: the explanations are those that faults at entry quote (`order_entry`), so that a template and a fault speak
alike. A template that is handed in as it is, is refused with each field that was left empty. Below each explanation is
an example of how a value is written, which the field takes.
Does not: check anything.
Start at `render_template`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from comity.law import Instrument, ProhibitedAct
from comity.law.dispositions import DispositionKind, MatterKind, MatterOutcome

_INDENT = "  "


def _list_values(values: Sequence[str]) -> str:
    return ", ".join(values[:-1]) + f" or {values[-1]}"


FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "id": "The id that the order has here, for good: letters, digits, dots and dashes. The public ledger shows it.",
        "court": "The court as it is cited: D. Mass., D.D.C., 1st Cir., U.S. A day ends by the clock of this court.",
        "case_number": "The case number on the paper, such as 1:25-cv-00457.",
        "cases_also": "Further cases in which the same paper was entered, where it was entered in several.",
        "case_name": "The name of the case.",
        "docket_number": "The number of the paper on the docket.",
        "judges": "Who signed it.",
        "instruments": f"What kind of paper it is: {_list_values([str(kind) for kind in Instrument])}.",
        "issued_at": "When it was issued: a day (2026-03-20), or a time with its zone (2026-03-20T10:30:00-05:00).",
        "effective_at": "From when it has effect. A mere day closes at its start, and opens at its end.",
        "expires_at": "The day it gives for its own end. That opens nothing: it is then shown as due for an entry.",
        "binds": "Whom it binds: agencies by id or name. One that is on no file is entered too, and counts as anybody.",
        "prohibits": f"What it forbids: {_list_values([str(act) for act in ProhibitedAct])}.",
        "agreements": "The agreements that it names, by id. None: all of them.",
        "statutes": "The statutes that it is limited to, as cited. None: all.",
        "districts": "The districts that it is limited to, by name, or with `name` and `states`. None: everywhere.",
        "name": "The district as it is cited, such as D. Mass.",
        "states": "The states that the district lies in, two letters each.",
        "protected_class": "Whom it protects, in its words. It narrows nothing: a request does not say who belongs.",
        "plaintiffs": "The plaintiffs. They narrow nothing either.",
        "covers_data_already_disclosed": "true if it is about answers that were given before it, too.",
        "only_data_already_disclosed": "true if it is about those answers alone. Then it stops no new answer.",
        "exceptions": "Its exceptions, each in its own words. Two persons can find that one batch lies within one.",
        "acts_on": "What it does to other orders on file, one by one.",
        "order": "The id of the order that it acts on; see: comity orders list",
        "how": (
            f"What it does to that order: {_list_values([str(kind) for kind in DispositionKind])}. "
            "A paper that extends an order forbids the same until a later day: enter it as a tro or an injunction, "
            "with how: superseded."
        ),
        "extent": "All of that order, or a part of it? Write `whole` or `part`.",
        "part": "Which part. Write one or more of these; several of them mean what they have in common.",
        "parties": "The parties that the part is about, out of those whom that order binds.",
        "cases": "The cases that the part is about, where that order was entered in several.",
        "in_words": 'What no other field can say ("except as to the plaintiffs\' members"). It opens nothing.',
        "hangs_on": "What the stay hangs on. It ends with that, and unless two persons confirm it every so often.",
        "matter": f"What is waited for: {_list_values([str(kind) for kind in MatterKind])}.",
        "case": "The case in which that is decided, such as No. 26-5006.",
        "heard_by": "The court that decides that, if it is not this paper's court, nor one above or below it.",
        "until": "The day on which the stay ends at the latest, if the paper gives one.",
        "review_days": "After how many days without a confirmation it opens nothing (1 to 90; 30 if left out).",
        "stated_in": "Where an appellate judgment says that it takes effect before its mandate, quoted.",
        "decides": "Which motion, appeal or petition it decides. That ends a stay that hangs on it, and opens nothing.",
        "outcome": f"How: {_list_values([str(kind) for kind in MatterOutcome])}.",
        "next_report_on": "The day on which the court wants a report.",
        "citation": "How the paper is cited, with its date.",
        "summary": "What it says, in your words; or leave this out and quote it in `text`.",
        "text": "What it says, quoted exactly; or leave this out and say it in your words in `summary`.",
        "marks": "How far the words can be trusted: S for read at the source, INF for an inference, GK for unverified.",
        "sources": "Where the paper can be read.",
        "pdf_sha256": "The hash of the paper; --pdf fills it in.",
        "served": "Who was served; after entry: comity orders serve",
    }
)
"""What each field of an order's file asks for."""

FIELD_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "id": "X1",
        "court": "D. Mass.",
        "case_number": "1:26-cv-00457",
        "cases_also": '["1:26-cv-00458", "1:26-cv-00459"]',
        "case_name": "Doe v. Roe",
        "docket_number": '"12"',
        "judges": '["Jane Roe", "John Doe"]',
        "instruments": "[tro]",
        "issued_at": "2026-03-20",
        "effective_at": "2026-03-20",
        "expires_at": "2026-04-03",
        "binds": '[irs, "Bureau of the Mint"]',
        "prohibits": "[disclose, use]",
        "agreements": "[irs-ice-2025]",
        "statutes": '["26 USC 6103(i)(2)"]',
        "districts": '["D. Mass.", {name: "N.D. Ill.", states: [IL]}]',
        "name": '"D. Mass."',
        "states": "[MA]",
        "protected_class": '"all members of the plaintiff"',
        "plaintiffs": '["Doe", "Roe Association"]',
        "covers_data_already_disclosed": "false",
        "only_data_already_disclosed": "false",
        "exceptions": '["a disclosure that the court allows in writing"]',
        "acts_on": "[{order: O2, how: superseded, extent: whole, effective_at: 2026-03-20}]",
        "order": "O2",
        "how": "stayed",
        "extent": "part",
        "part": '{districts: ["D. Mass."]}',
        "parties": "[irs]",
        "cases": '["1:25-cv-00457"]',
        "in_words": '"except as to the plaintiffs\' members"',
        "hangs_on": '{matter: appeal, case: "No. 26-5006"}',
        "matter": "appeal",
        "case": '"No. 26-5006"',
        "heard_by": '"Fed. Cir."',
        "until": "2026-06-30",
        "review_days": "30",
        "stated_in": '"This judgment takes effect at once."',
        "decides": '[{matter: appeal, case: "No. 26-5006", outcome: affirmed}]',
        "outcome": "affirmed",
        "next_report_on": "2026-04-10",
        "citation": '"Doe v. Roe, No. 1:26-cv-00457 (D. Mass. Mar. 20, 2026)"',
        "summary": '"The custodian must not disclose addresses until 3 April."',
        "text": '"It is ordered that ..."',
        "marks": "[S]",
        "sources": '["https://www.example.org/order.pdf"]',
    }
)
"""How a value of each field is written, in YAML."""


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of paper to make a template of: its title, and the fields in it with what is filled in already."""

    title: str
    instrument: Instrument
    is_ban: bool = False
    is_temporary: bool = False
    act: DispositionKind | None = None
    is_decision: bool = False
    awaits_mandate: bool = False


PAPER_KINDS: Mapping[str, PaperKind] = MappingProxyType(
    {
        "tro": PaperKind("A temporary restraining order", Instrument.TRO, is_ban=True, is_temporary=True),
        "injunction": PaperKind("A preliminary injunction", Instrument.PRELIMINARY_INJUNCTION, is_ban=True),
        "permanent-injunction": PaperKind("A permanent injunction", Instrument.PERMANENT_INJUNCTION, is_ban=True),
        "injunction-pending-appeal": PaperKind(
            "An injunction pending appeal", Instrument.INJUNCTION_PENDING_APPEAL, is_ban=True
        ),
        "agency-stay": PaperKind("A stay of an agency's action (5 USC 705)", Instrument.STAY_705, is_ban=True),
        "consent-decree": PaperKind("A consent decree", Instrument.CONSENT_DECREE, is_ban=True),
        "stay": PaperKind("A stay of an order pending appeal", Instrument.APPELLATE_STAY, act=DispositionKind.STAYED),
        "administrative-stay": PaperKind(
            "An administrative stay of an order", Instrument.ADMINISTRATIVE_STAY, act=DispositionKind.STAYED
        ),
        "judgment": PaperKind(
            "An appellate judgment, which acts on an order at its mandate",
            Instrument.APPELLATE_JUDGMENT,
            act=DispositionKind.REVERSED,
            is_decision=True,
            awaits_mandate=True,
        ),
        "affirmance": PaperKind("An appellate judgment that affirms", Instrument.APPELLATE_JUDGMENT, is_decision=True),
        "mandate": PaperKind("A mandate", Instrument.MANDATE, act=DispositionKind.REVERSED),
        "vacatur": PaperKind("An order that vacates another", Instrument.VACATUR, act=DispositionKind.VACATED),
        "modification": PaperKind(
            "An order that modifies another in part", Instrument.CLARIFICATION, act=DispositionKind.MODIFIED
        ),
        "dismissal": PaperKind("A dismissal", Instrument.DISMISSAL, act=DispositionKind.DISSOLVED, is_decision=True),
        "denial": PaperKind("A denial", Instrument.DENIAL, is_decision=True),
        "expiry": PaperKind(
            "Counsel's entry that an order has ended by itself", Instrument.COUNSEL_ENTRY, act=DispositionKind.EXPIRED
        ),
    }
)
"""The kinds of paper that a template can be made of."""


def render_template(name: str) -> str:
    """Return a file to fill in for a kind of paper; KeyError when there is no such kind."""
    kind = PAPER_KINDS[name]
    head = [
        f"# {kind.title}. Fill in what follows each colon; what does not apply stays empty. See what it would do with",
        "#   comity orders add FILE --home HOME --preview",
        "# and file it with --key. It opens nothing until a second person confirms it.",
    ]
    return "\n".join([*head, *_iterate_lines(kind)]) + "\n"


def _iterate_lines(kind: PaperKind) -> Iterator[str]:
    for name in ("id", "court", "case_number", "cases_also", "case_name", "docket_number", "judges"):
        yield from _explain(name)
    yield from _explain("instruments", f"[{kind.instrument}]")
    for name in ("issued_at", "effective_at", *(["expires_at"] if kind.is_temporary else [])):
        yield from _explain(name)
    if kind.is_ban:
        yield from _iterate_ban_lines()
    if kind.act is not None:
        yield from _iterate_act_lines(kind, kind.act)
    if kind.is_decision:
        yield from _explain("decides", laid_out=True)
        yield from _explain("matter", indent=1, first=True)
        for name in ("case", "docket_number", "heard_by", "outcome"):
            yield from _explain(name, indent=2)
    for name in ("citation", "summary", "marks", "sources"):
        yield from _explain(name, "[S]" if name == "marks" else "")


def _iterate_ban_lines() -> Iterator[str]:
    names = ("binds", "prohibits", "agreements", "statutes", "districts", "protected_class", "plaintiffs", "exceptions")
    for name in (*names, "covers_data_already_disclosed", "only_data_already_disclosed", "next_report_on"):
        yield from _explain(name)
    yield "# If it takes the place of an order on file, say so: acts_on, with how: superseded and extent: whole."
    yield f"# Example:  acts_on: {FIELD_EXAMPLES['acts_on']}"
    yield "acts_on:"


def _iterate_act_lines(kind: PaperKind, act: DispositionKind) -> Iterator[str]:
    yield from _explain("acts_on", laid_out=True)
    yield from _explain("order", indent=1, first=True)
    yield from _explain("how", str(act), indent=2)
    yield from _explain("extent", "part" if act is DispositionKind.MODIFIED else "", indent=2)
    if act is not DispositionKind.EXPIRED:
        yield from _explain("part", indent=2, laid_out=True)
        for name in ("parties", "districts", "statutes", "cases", "in_words"):
            yield from _explain(name, indent=3)
    if kind.awaits_mandate:
        yield f"{_INDENT * 2}# Leave this and `stated_in` empty unless the judgment says that it takes effect at once."
        yield f"{_INDENT * 2}# Example:  effective_at: {FIELD_EXAMPLES['effective_at']}"
        yield f"{_INDENT * 2}effective_at:"
        yield from _explain("stated_in", indent=2)
    else:
        yield from _explain("effective_at", indent=2)
    if act is DispositionKind.STAYED:
        yield from _explain("hangs_on", indent=2, laid_out=True)
        for name in ("matter", "case", "docket_number", "heard_by", "until", "review_days"):
            yield from _explain(name, indent=3)


def _explain(
    name: str, value: str = "", *, indent: int = 0, first: bool = False, laid_out: bool = False
) -> Iterator[str]:
    """Yield a field's explanation and an example as comments, and its line; `first` begins an item of a list.

    A field that is `laid_out` has its own fields on the lines that follow, with their examples.
    """
    margin = _INDENT * indent
    yield f"{margin}# {FIELD_WORDS[name]}"
    if not value and not laid_out:
        yield f"{margin}# Example:  {name}: {FIELD_EXAMPLES[name]}"
    yield f"{margin}{'- ' if first else ''}{name}:{' ' + value if value else ''}"
