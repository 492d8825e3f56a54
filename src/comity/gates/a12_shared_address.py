"""A12: the agency's own office, or one address for many. Basis: 26 USC 6103(i)(2)(B)(i); law.md A12."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.gates.facts import Facts
from comity.gates.folding import Bools, Int8s, fold_text, matches, to_bools
from comity.gates.normal_lines import normal_line
from comity.gates.questions import questions_of, rows_of, run_lengths
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.law import Agreement
from comity.model.finding import Outcome

_SAYS = Says("a12_shared_address", "26 USC 6103(i)(2)(B)(i)")


def a12_shared_address(facts: Facts, rows: Rows) -> Int8s:
    """The address is the subject's, not an office's and not one that the batch gives for many subjects.

    MET: otherwise. NOT_MET: an office of the requester; or one street line, unit and ZIP code, however written, for
    more different subjects (by name and number) than the agreement's cap. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.count, Outcome.UNDETERMINED, dtype=np.int8)
    agreement, cap = facts.agreement, facts.agreement.caps.subjects_per_address.value
    # The digests by which repeated addresses are found have a key; what comes of it follows from rows and law alone.
    refused = rows.once(
        ("shared address", facts.law.fingerprint), lambda: _is_office(agreement, rows) | _is_shared(facts, rows, cap)
    )
    return refused_where(refused)


def _is_office(agreement: Agreement, rows: Rows) -> Bools:
    """Rows at an office of the agreement: by street line, with its ZIP code or its city."""
    refused = np.zeros(rows.count, dtype=np.bool_)
    nowhere = rows.zip5.is_empty() & rows.city.is_empty()
    for office in agreement.office_addresses:
        line = normal_line(fold_text(office.street))
        where = np.flatnonzero(nowhere | rows.zip5.is_text(office.zip) | rows.city.is_text(fold_text(office.city)))
        number = re.escape(line.split(" ", 1)[0])
        where = where[matches(rows.core.take(pa.array(where)), f"(?:^| ){number} ")]
        written = (f" {normal_line(str(core))} " for core in rows.core.take(pa.array(where)).to_pylist())
        refused[where[np.array([f" {line} " in one for one in written], dtype=np.bool_)]] = True
    return refused


def _is_shared(facts: Facts, rows: Rows, cap: int) -> Bools:
    """Rows whose address, by its digest, stands for more than `cap` different subjects."""
    addresses = questions_of(facts, rows).address
    digests, counts = run_lengths(addresses)
    where = np.flatnonzero(rows_of(addresses, digests[counts > cap]) & to_bools(pc.not_equal(rows.core, "")))
    names = [rows.folded(column)[where].texts() for column in ("first_name", "last_name")]
    subject = _groups(pc.binary_join_element_wise(*names, rows.text("tin").take(pa.array(where)), "|"))
    address = np.unique(addresses[where], return_inverse=True)[1]
    pairs = np.unique(np.stack([address, subject]), axis=1)
    refused = np.zeros(rows.count, dtype=np.bool_)
    refused[where] = np.bincount(pairs[0])[address] > cap
    return refused


def _groups(keys: pa.Array) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(keys.dictionary_encode().indices.to_numpy(zero_copy_only=False), dtype=np.int64)


RULE = Rule(_SAYS.rule, "A12", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a12_shared_address)
