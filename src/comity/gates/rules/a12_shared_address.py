"""A12: the agency's own office, or one address for many. Basis: 26 USC 6103(i)(2)(B)(i); law.md A12."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.fold import Bools, Int8s, fold_text, matches_pattern, to_bools
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import request_digests, rows_with_digest, value_counts
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
    # The digests by which repeated addresses are found have a key; what comes of it follows from rows and law alone.
    refused = rows.cached(
        ("shared address", facts.law.fingerprint),
        lambda: _is_agency_office(agreement, rows) | _is_over_subject_cap(facts, rows, cap),
    )
    return not_met_where(refused)


def _is_agency_office(agreement: Agreement, rows: RequestColumns) -> Bools:
    """Rows at an office of the agreement: by street line, with its ZIP code or its city."""
    refused = np.zeros(rows.num_rows, dtype=np.bool_)
    nowhere = rows.zip5.is_empty() & rows.city.is_empty()
    for office in agreement.office_addresses:
        line = normalize_line(fold_text(office.street))
        where = np.flatnonzero(nowhere | rows.zip5.equals(office.zip) | rows.city.equals(fold_text(office.city)))
        number = re.escape(line.split(" ", 1)[0])
        where = where[matches_pattern(rows.street_line.take(pa.array(where)), f"(?:^| ){number} ")]
        written = (f" {normalize_line(str(core))} " for core in rows.street_line.take(pa.array(where)).to_pylist())
        refused[where[np.array([f" {line} " in one for one in written], dtype=np.bool_)]] = True
    return refused


def _is_over_subject_cap(facts: Facts, rows: RequestColumns, cap: int) -> Bools:
    """Rows whose address, by its digest, stands for more than `cap` different subjects."""
    addresses = request_digests(facts, rows).address
    digests, counts = value_counts(addresses)
    where = np.flatnonzero(
        rows_with_digest(addresses, digests[counts > cap]) & to_bools(pc.not_equal(rows.street_line, ""))
    )
    names = [rows.folded_column(column)[where].decode() for column in ("first_name", "last_name")]
    subject = _group_numbers(pc.binary_join_element_wise(*names, rows.text_column("tin").take(pa.array(where)), "|"))
    address = np.unique(addresses[where], return_inverse=True)[1]
    pairs = np.unique(np.stack([address, subject]), axis=1)
    refused = np.zeros(rows.num_rows, dtype=np.bool_)
    refused[where] = np.bincount(pairs[0])[address] > cap
    return refused


def _group_numbers(keys: pa.Array) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(keys.dictionary_encode().indices.to_numpy(zero_copy_only=False), dtype=np.int64)


RULE = Rule(_finding.rule, "A12", _finding.citation, ("usc26-6103-i-2-B-i",), rows=a12_shared_address)
