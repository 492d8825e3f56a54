"""List what is missing in a batch that was refused, in whole or in part: for the letter to its requester.

Guarantees: built from the findings about the requests, which were made before any record was read.
Does not: name a row that no rule refuses.
Basis: ADR 0034.
Start at `list_missing_elements`.
"""

from datetime import date

import numpy as np
import pyarrow as pa

from comity.gates.register import REGISTER
from comity.gates.rule_explanations import explain_rule
from comity.law import Agreement, ElementKind, Law
from comity.model.finding import Finding, Findings
from comity.model.letter import MissingElement

MAX_NAMED_REQUESTS = 100
_RULE_IDS = frozenset(rule.id for rule in REGISTER)


def list_missing_elements(
    findings: Findings, request_ids: pa.Array, *, law: Law, agreement: Agreement | None, day: date
) -> tuple[MissingElement, ...]:
    """Return what each rule misses that refuses the batch, then what each misses that refuses rows.

    Args:
        findings: of the batch.
        request_ids: what the answers call each row.
        law: the law that it was judged by.
        agreement: the one that the batch names, if it is on file.
        day: the day whose codes count.
    """
    of_batch = [_describe_batch(finding, len(request_ids), law, agreement, day) for finding in findings.refusals]
    rows = findings.row_findings
    refusing = rows.rules_in_mask(int(np.bitwise_or.reduce(rows.not_met, initial=0)))
    of_rows = []
    for rule in refusing:
        numbers = np.flatnonzero(rows.not_met >> rows.rules.index(rule) & 1)
        named = request_ids.take(pa.array(numbers[:MAX_NAMED_REQUESTS])).to_pylist()
        explanation = explain_rule(rule, law=law, agreement=agreement, rows=True)
        of_rows.append(
            MissingElement(
                rule=rule,
                concerns_batch=False,
                citation=explanation.citation,
                asks=explanation.requirement,
                found=explanation.not_met_when,
                cure=explanation.met_when,
                law=explanation.quotations,
                codes=_list_codes(rule, law, agreement, day),
                row_count=len(numbers),
                request_ids=tuple(map(str, named)),
            )
        )
    return (*of_batch, *of_rows)


def _describe_batch(
    finding: Finding, row_count: int, law: Law, agreement: Agreement | None, day: date
) -> MissingElement:
    explanation = (
        explain_rule(finding.rule, law=law, agreement=agreement, rows=False) if finding.rule in _RULE_IDS else None
    )
    return MissingElement(
        rule=finding.rule,
        concerns_batch=True,
        citation=finding.citation,
        asks=explanation.requirement if explanation else "",
        found=finding.message,
        cure=explanation.met_when if explanation else "",
        law=explanation.quotations if explanation else (),
        codes=_list_codes(finding.rule, law, agreement, day),
        row_count=row_count,
        request_ids=(),
    )


def _list_codes(rule: str, law: Law, agreement: Agreement | None, day: date) -> tuple[str, ...]:
    """Return the codes that may be given in the column that a rule reads, with their words and citations."""
    if agreement is None:
        return ()
    if rule == "r15_offense_element":
        elements = law.list_offense_elements(agreement, day)
        return tuple(f"{one.code}: {one.text_or_summary} ({one.citation})" for one in elements)
    if rule == "r16_case_kind":
        served = [one for one in law.list_proceedings(agreement, day) if one.kind is not ElementKind.BAR]
        return tuple(f"{one.code}: {one.text_or_summary} ({one.citation})" for one in served)
    return ()
