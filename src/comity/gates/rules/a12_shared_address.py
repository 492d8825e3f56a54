"""A12: the agency's own office, or one address for many. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A12."""

import re

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Bools, Int8s
from comity.columns.fold import fold_text
from comity.columns.patterns import matches_pattern
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_batch, request_digests, rows_with
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.line_tokens import normalize_line
from comity.law import Agreement
from comity.law.agreement import Caps
from comity.model.finding import Outcome

_finding = FindingBuilder("a12_shared_address", "26 USC 6103(i)(2)(B)(i)")


def a12_shared_address(facts: Facts, rows: RequestColumns) -> Int8s:
    """The address is the subject's, not an office's and not one that the batch gives for many subjects.

    MET: otherwise. NOT_MET: an office of the requester; or one address with its unit, or one building whatever the
    unit, however written, for more different subjects (by name and number) than the agreement's cap. UNDETERMINED: the
    agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    agreement = facts.agreement
    # The digests that find repeated addresses depend on a key; the outcome depends on the rows and the law alone.
    refused = rows.cached(
        ("shared address", facts.law.fingerprint),
        lambda: _is_agency_office(agreement, rows) | _is_over_subject_cap(facts, rows, agreement.caps),
    )
    return not_met_where(refused)


def _is_agency_office(agreement: Agreement, rows: RequestColumns) -> Bools:
    """Return whether a row is at an office of the agreement: its street line, with its ZIP code or its city."""
    is_office = np.zeros(rows.num_rows, dtype=np.bool_)
    has_no_place = rows.zip5.is_empty() & rows.city.is_empty()
    for office in agreement.office_addresses:
        office_line = normalize_line(fold_text(office.street))
        is_in_place = rows.zip5.equals(office.zip) | rows.city.equals(fold_text(office.city))
        candidates = np.flatnonzero(has_no_place | is_in_place)
        number = re.escape(office_line.split(" ", 1)[0])
        has_number = matches_pattern(rows.street_line.take(pa.array(candidates)), f"(?:^| ){number} ")
        candidates = candidates[has_number]
        lines = rows.street_line.take(pa.array(candidates)).to_pylist()
        contains_office = [f" {office_line} " in f" {normalize_line(str(line))} " for line in lines]
        is_office[candidates[np.array(contains_office, dtype=np.bool_)]] = True
    return is_office


def _is_over_subject_cap(facts: Facts, rows: RequestColumns, caps: Caps) -> Bools:
    """Return whether a row's address, or its building, is given for more different subjects than its cap."""
    digests, is_over = request_digests(facts, rows), np.zeros(rows.num_rows, dtype=np.bool_)
    for kind, cap in (("address", caps.subjects_per_address), ("building", caps.subjects_per_building)):
        values, subjects = counts_in_batch(facts, rows, kind)
        is_over |= rows_with(digests, kind, values[subjects > cap.value])
    return is_over


RULE = Rule(_finding.rule, "A12", _finding.citation, ("usc26-6103-i-2-B-i",), rows=a12_shared_address)
