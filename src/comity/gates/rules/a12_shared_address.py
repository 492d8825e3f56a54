"""A12: the agency's own office, or one address for many. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A12."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Int8s
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.fold import fold_text
from comity.columns.hash_sets import is_in_set, value_counts
from comity.columns.patterns import matches_pattern, to_bools
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import request_digests
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.line_tokens import normalize_line
from comity.law import Agreement
from comity.model.finding import Outcome

_finding = FindingBuilder("a12_shared_address", "26 USC 6103(i)(2)(B)(i)")


def a12_shared_address(facts: Facts, rows: RequestColumns) -> Int8s:
    """The address is the subject's, not an office's and not one that the batch gives for many subjects.

    MET: otherwise. NOT_MET: an office of the requester; or one street line, unit and ZIP code, however written, for
    more different subjects (by name and number) than the agreement's cap. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    agreement, cap = facts.agreement, facts.agreement.caps.subjects_per_address.value
    # The digests that find repeated addresses depend on a key; the outcome depends on the rows and the law alone.
    refused = rows.cached(
        ("shared address", facts.law.fingerprint),
        lambda: _is_agency_office(agreement, rows) | _is_over_subject_cap(facts, rows, cap),
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


def _is_over_subject_cap(facts: Facts, rows: RequestColumns, cap: int) -> Bools:
    """Return whether a row's address, by its digest, is given for more than `cap` different subjects."""
    addresses = request_digests(facts, rows).address
    digests, counts = value_counts(addresses)
    has_line = to_bools(pc.not_equal(rows.street_line, ""))
    suspects = np.flatnonzero(is_in_set(addresses, digests[counts > cap]) & has_line)
    names = [rows.folded_column(column)[suspects].decode() for column in ("first_name", "last_name")]
    tins = rows.text_column("tin").take(pa.array(suspects))
    subject = DictionaryColumn.encode(pc.binary_join_element_wise(*names, tins, "|")).codes
    address = np.unique(addresses[suspects], return_inverse=True)[1]
    pairs = np.unique(np.stack([address, subject]), axis=1)
    is_over = np.zeros(rows.num_rows, dtype=np.bool_)
    is_over[suspects] = np.bincount(pairs[0])[address] > cap
    return is_over


RULE = Rule(_finding.rule, "A12", _finding.citation, ("usc26-6103-i-2-B-i",), rows=a12_shared_address)
