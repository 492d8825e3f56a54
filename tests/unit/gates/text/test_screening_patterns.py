"""Screening overlooks no row that a rule would refuse."""

import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from comity.columns.aho_corasick import build_automaton, contains_any
from comity.gates.rules.d02_order_outstanding import _NOT_OUTSTANDING_PATTERN
from comity.gates.rules.r04_criminal_statute import barred_purpose_pattern
from comity.gates.text.screening_patterns import (
    BARRED_PURPOSE_KEYWORDS,
    NOT_OUTSTANDING_KEYWORDS,
    REASON_KEYWORDS,
    LinePattern,
)
from comity.law import load_law
from tests.support.text_columns import COMPILES_FIRST

BARRED_PURPOSE = re.compile(barred_purpose_pattern(load_law().get_agreement("irs-ice-2025")), re.ASCII)
NOT_OUTSTANDING = re.compile(_NOT_OUTSTANDING_PATTERN, re.ASCII)


@given(st.from_regex(BARRED_PURPOSE))
@COMPILES_FIRST
def test_every_reason_that_r04_refuses_is_screened(reason: str) -> None:
    texts = pa.array([reason, reason.lower()])
    assert contains_any(texts, build_automaton(BARRED_PURPOSE_KEYWORDS)).all()
    assert contains_any(texts, REASON_KEYWORDS).all()


@given(st.from_regex(NOT_OUTSTANDING))
@COMPILES_FIRST
def test_every_reason_that_d02_refuses_is_screened(reason: str) -> None:
    texts = pa.array([reason, reason.lower()])
    assert contains_any(texts, build_automaton(NOT_OUTSTANDING_KEYWORDS)).all()
    assert contains_any(texts, REASON_KEYWORDS).all()


def test_no_two_line_patterns_are_equal() -> None:
    """An enumeration makes members of equal values one member, and one of the two rules would go unnamed."""
    assert len(LinePattern.__members__) == len(LinePattern)
