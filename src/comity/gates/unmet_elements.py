"""List what is missing in a batch that was refused, in whole or in part: for the letter to its requester.

Guarantees: built from the findings about the requests, which were made before any record was read.
Does not: name a row that no rule refuses.
Basis: ADR 0034.
Start at `list_missing_elements`.
"""

from collections.abc import Mapping
from datetime import date
from operator import attrgetter
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from comity.gates.register import REGISTER
from comity.gates.rule_explanations import explain_rule
from comity.law import Agreement, ElementKind, Law
from comity.model.finding import Finding, Findings
from comity.model.letter import MissingElement

MAX_NAMED_REQUESTS = 100
LIMITS_BY_RULE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "a12_shared_address": ("caps.subjects_per_address", "caps.subjects_per_building"),
        "p11_one_name_many_addresses": (
            "probing.addresses_per_name",
            "probing.common_name_percent",
            "probing.common_name_rows",
            "probing.addresses_per_person",
            "probing.days",
        ),
        "p12_one_address_many_names": ("caps.subjects_per_address", "caps.subjects_per_building", "probing.days"),
        "p13_near_duplicates": ("probing.spellings_per_address",),
        "p14_house_number_walk": ("probing.houses_per_street", "probing.days"),
        "p15_asked_again": ("probing.asks_per_question", "probing.days"),
        "p16_split_batches": ("probing.subjects_per_officer", "caps.subjects_per_case", "probing.days"),
        "r03_officer_engagement": ("caps.subjects_per_officer",),
        "r05_case_number": ("caps.subjects_per_case",),
        "r06_taxable_period": ("caps.years_back",),
        "r07_specific_reason": ("caps.same_reason_rows", "caps.same_reason_percent"),
        "r11_size_and_repetition": ("caps.rows_per_batch", "caps.rows_per_30_days"),
    }
)
"""The figures of an agreement that each rule applies."""
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
                limits=_list_limits(rule, agreement),
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
        limits=_list_limits(finding.rule, agreement),
        row_count=row_count,
        request_ids=(),
    )


def _list_limits(rule: str, agreement: Agreement | None) -> tuple[str, ...]:
    """Return the figures that a rule applies under an agreement, with what they mean and where they come from."""
    if agreement is None:
        return ()
    limits = [attrgetter(name)(agreement) for name in LIMITS_BY_RULE.get(rule, ())]
    return tuple(f"{limit.value:,}: {limit.text_or_summary} ({limit.citation})" for limit in limits)


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
