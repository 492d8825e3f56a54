"""Every failure mode: what must follow from it, what decides it, and the test that shows it.

Guarantees: no field is empty; where a program cannot decide, `decided_by` names who must. Tests check that every rule
and every test named here exists.
Basis: docs/law-notes.md 2.3.
Start at `FAILURE_MODES`; `law_table.py` writes it to docs/guides/law-table.md.
"""

from typing import NamedTuple


class FailureMode(NamedTuple):
    """One failure mode. `decided_by` is a rule, a part of the program, or, after "person:", who must decide."""

    code: str
    case: str
    outcome: str
    decided_by: str
    test: str


def _rule_mode(code: str, case: str, rule: str, outcome: str = "refused") -> FailureMode:
    return FailureMode(code, case, outcome, rule, f"tests/cases/{rule}.yaml")


_ANSWER_TESTS, _CASE_TESTS = "tests/pipeline/test_answers.py::", "tests/unit/gates/rules/test_rule_cases.py::"
_COMPARE_TESTS, _NAME_TESTS = "tests/unit/match/test_matcher.py::", "tests/unit/match/kernels/test_name_relations.py::"
_NOT_CONFIRMED_TEST = _ANSWER_TESTS + "test_what_the_record_does_not_say_is_not_confirmed"
_WHOLE_BATCH_REFUSED = "the whole batch is refused"
_FLAGGED = "held until an officer of the custodian has read it"

FAILURE_MODES: tuple[FailureMode, ...] = (
    _rule_mode("R00", "a provision without words on file for the day", "r00_law_on_file", "held"),
    _rule_mode("R01", "the signer may not ask", "r01_signer_office", _WHOLE_BATCH_REFUSED),
    _rule_mode("R02", "not in writing, unsigned, signature or hash fails", "r02_signature", _WHOLE_BATCH_REFUSED),
    _rule_mode(
        "R03",
        "one officer for more subjects than a person can investigate, or none",
        "r03_officer_engagement",
        _WHOLE_BATCH_REFUSED,
    ),
    _rule_mode("R04", "no Federal criminal statute that the agreement lists", "r04_criminal_statute"),
    _rule_mode(
        "R04", "civil purpose, locating, benefits, voting, by the row's own words", "r17_flagged_words", _FLAGGED
    ),
    _rule_mode("R05", "no case number for each subject, or a blanket attestation", "r05_case_number"),
    _rule_mode("R06", "taxable period missing, all years, future", "r06_taxable_period"),
    _rule_mode(
        "R07", "specific reason missing; one text for most subjects", "r07_specific_reason", "refused; held for counsel"
    ),
    _rule_mode("R08", "safeguards not in good standing", "r08_safeguards", _WHOLE_BATCH_REFUSED),
    _rule_mode("R09", "an order in force binds custodian or recipient", "r09_orders_in_force", "held"),
    _rule_mode("R10", "agreement absent, expired, or of other parties", "r10_agreement", _WHOLE_BATCH_REFUSED),
    _rule_mode(
        "R10",
        "matching agreement past 18 (+12) months where 552a(o) applies",
        "m01_matching_agreement",
        _WHOLE_BATCH_REFUSED,
    ),
    _rule_mode("R11", "larger than agreed; repeated; split", "r11_size_and_repetition", _WHOLE_BATCH_REFUSED),
    _rule_mode(
        "R12", "more than the confirmation of an address is asked for", "r12_elements_asked", _WHOLE_BATCH_REFUSED
    ),
    _rule_mode(
        "R13", "unknown column, shifted row, wrong encoding, header repeated", "r13_file_form", _WHOLE_BATCH_REFUSED
    ),
    _rule_mode(
        "R14",
        "an attestation that the agreement requires is missing or too old",
        "r14_attestations",
        _WHOLE_BATCH_REFUSED,
    ),
    _rule_mode(
        "R15", "no code of the element on which the address bears, or of another offense", "r15_offense_element"
    ),
    _rule_mode("R16", "no code of the proceeding, or of one that is not served: civil, tax", "r16_case_kind"),
    _rule_mode("R17", "words of another purpose in the requester's own text", "r17_flagged_words", _FLAGGED),
    _rule_mode("A01", "address blank", "a01_address_blank"),
    _rule_mode("A02", "“Unknown Address”", "a02_unknown_address"),
    _rule_mode("A03", "“Failed to Provide”", "a03_failed_to_provide"),
    _rule_mode("A04", "NA, N/A, TBD, XXX", "a04_empty_token"),
    _rule_mode("A05", "“Don't Care 12345”", "a05_filler_words"),
    _rule_mode("A06", "digits alone", "a06_digits_only"),
    _rule_mode("A07", "street without number, number without street", "a07_number_and_street"),
    _rule_mode("A08", "city, state and ZIP code alone", "a08_place_only"),
    _rule_mode("A09", "a state or ZIP code that does not exist", "a09_place_exists"),
    _rule_mode("A10", "jail or detention facility", "a10_detention_facility"),
    _rule_mode("A11", "homeless, general delivery, care of without a street, abroad", "a11_no_own_address"),
    _rule_mode("A12", "the agency's own office; one address for many", "a12_shared_address"),
    FailureMode(
        "A13",
        "a post office box",
        "not refused [INF]",
        "every rule",
        _CASE_TESTS + "test_a_valid_address_is_refused_by_no_rule",
    ),
    FailureMode(
        "A14",
        "a valid address that is not on record",
        "not confirmed, and nothing else is said",
        "match, decide",
        _NOT_CONFIRMED_TEST,
    ),
    FailureMode(
        "A15",
        "the same address written otherwise",
        "confirmed",
        "match",
        _ANSWER_TESTS + "test_the_same_address_written_otherwise_is_confirmed",
    ),
    _rule_mode("N00", "no name, or a placeholder for one", "n00_name_set_forth"),
    FailureMode("N01", "another name at a number that agrees", "not confirmed", "match, decide", _NOT_CONFIRMED_TEST),
    FailureMode(
        "N02",
        "two digits of the number exchanged",
        "the address decides; the number never replaces it",
        "match",
        _COMPARE_TESTS + "test_a_taxpayer_number_helps_but_never_stands_in_for_the_address",
    ),
    FailureMode(
        "N03",
        "two surnames, particles, diacritics, transliteration, suffix",
        "one name",
        "match",
        _NAME_TESTS + "test_names_are_related_as_a_reader_of_them_says",
    ),
    FailureMode(
        "N04",
        "first and last name exchanged",
        "confirmed",
        "match",
        _COMPARE_TESTS + "test_variants_of_one_lawful_request_are_confirmed",
    ),
    FailureMode(
        "N05",
        "two taxpayers fit (father and son at one address)",
        "not confirmed",
        "match, decide",
        _COMPARE_TESTS + "test_two_possible_persons_are_never_a_match_but_one_person_on_two_records_is",
    ),
    FailureMode(
        "N06",
        "a common surname in shared housing",
        "not confirmed",
        "match, decide",
        _COMPARE_TESTS + "test_others_in_the_household_and_elsewhere_are_not_confirmed",
    ),
    FailureMode(
        "N07",
        "the spouse on a joint return",
        "confirmed for the one asked about; nothing of the other",
        "match",
        _ANSWER_TESTS + "test_the_spouse_on_a_joint_return_is_confirmed",
    ),
    FailureMode(
        "N08",
        "a number that belongs to another person",
        "not confirmed",
        "decide",
        "tests/unit/decide/test_match_policy.py::test_a_policy_may_ask_for_the_surname_whatever_else_agrees",
    ),
    FailureMode(
        "N09",
        "an individual taxpayer number (ITIN)",
        "compared like any number; never required",
        "match",
        _COMPARE_TESTS + "test_a_taxpayer_number_helps_but_never_stands_in_for_the_address",
    ),
    FailureMode(
        "N10",
        "the person has died",
        "as any other record",
        "person: the custodian's disclosure office (records carry no death indicator)",
        "none: no fact in request or record tells it",
    ),
    _rule_mode(
        "D01", "final-order date missing, impossible, later, or not more than 90 days ago", "d01_final_order_date"
    ),
    _rule_mode(
        "D02",
        "the row's own words say that the order was vacated, stayed or cancelled",
        "d02_order_outstanding",
        _FLAGGED,
    ),
    FailureMode(
        "D02",
        "an order vacated, stayed or cancelled of which the request says nothing",
        "the requester answers for it",
        "person: the signer, who attests the investigation; counsel may ask",
        "none: no fact in request or record tells it",
    ),
    _rule_mode(
        "D03",
        "the row's own words call the subject a citizen or permanent resident",
        "d02_order_outstanding",
        _FLAGGED,
    ),
    FailureMode(
        "D03",
        "a column with a flag of status",
        "the file is refused: no such column is read (promise 14)",
        "intake, r13_file_form",
        "tests/cases/r13_file_form.yaml",
    ),
    _rule_mode(
        "D04", "no attestation that nobody is protected by 8 USC 1367", "d04_protected_subject", _WHOLE_BATCH_REFUSED
    ),
    _rule_mode("D05", "the row's own words call the subject a minor", "d02_order_outstanding", _FLAGGED),
    FailureMode(
        "D05",
        "a minor of whom the request says nothing",
        "the requester answers for it",
        "person: the signer, who attests the investigation",
        "none: no fact in request or record tells it",
    ),
    _rule_mode("D06", "one subject twice with different addresses in a batch", "d06_subject_twice"),
    FailureMode(
        "I01",
        "informant or impairment under (i)(6)",
        "not confirmed, as if there were no such record",
        "person: the Secretary, who determines it; release, for the persons filed (comity withhold)",
        "tests/pipeline/test_withheld.py::test_one_person_withholds_and_it_takes_two_to_lift",
    ),
    _rule_mode(
        "M01",
        "a matching agreement not approved, not yet in effect, ended, or wrongly renewed",
        "m01_matching_agreement",
        _WHOLE_BATCH_REFUSED,
    ),
    _rule_mode(
        "M02",
        "adverse action before verification, notice and time to contest",
        "m02_no_adverse_action",
        _WHOLE_BATCH_REFUSED,
    ),
    FailureMode(
        "T01",
        "outage, kill, retry",
        "one disclosure record, neither two nor none",
        "release transaction, ledger",
        "tests/faults/test_killed.py::test_a_killed_run_is_finished_by_the_next",
    ),
    FailureMode(
        "T02",
        "delivered, and receipt not acknowledged",
        "delivered again from what is stored, the same bytes",
        "pipeline",
        _ANSWER_TESTS + "test_asked_twice_answered_once",
    ),
    FailureMode(
        "T03",
        "an order entered between validation and release",
        "the release stops",
        "pipeline, r09_orders_in_force",
        "tests/pipeline/test_orders.py::test_an_order_entered_at_any_stage_stops_the_release",
    ),
    FailureMode(
        "T04",
        "clocks apart around an order's effective time",
        "nothing is released by a clock that was set back",
        "ledger",
        "tests/pipeline/test_once.py::test_a_clock_set_back_stops_everything",
    ),
    FailureMode(
        "L01",
        "an answer before its accounting entry",
        "impossible: one transaction makes both",
        "release transaction",
        "tests/faults/test_faults.py::test_a_fault_on_sqlite",
    ),
    FailureMode(
        "L02",
        "an accounting entry altered or deleted",
        "found, and named",
        "ledger fsck, the checker",
        "tests/unit/ledger/test_fsck.py::test_check_ledger__names_what_was_changed",
    ),
    FailureMode(
        "L03",
        "refused rows left out of the accounting",
        "every row has its entry",
        "release",
        _ANSWER_TESTS + "test_every_row_has_one_answer",
    ),
    FailureMode(
        "L04",
        "counts that do not reconcile",
        "rows in are answers out, or nothing is released",
        "release",
        "tests/unit/release/test_answer_codes.py::test_determinations_that_do_not_fit_the_rows_stop_the_release",
    ),
    FailureMode(
        "P01",
        "a defect is found after disclosure",
        "recall: every answer that rested on it, to certificates of destruction",
        "recall, chosen by the disclosure office",
        "tests/pipeline/test_accounted.py::test_a_recall_lists_notices_and_follows_to_a_certificate",
    ),
    FailureMode(
        "P02",
        "an officer leaves the case",
        "access ends at the requester",
        "person: the requester; the officers named stand in the signed manifest",
        "none: it happens outside the gateway",
    ),
    FailureMode(
        "P03",
        "information is handed on",
        "found by safeguard review",
        "person: the requester, and the custodian's safeguard review",
        "none: it happens outside the gateway",
    ),
    _rule_mode("P11", "one name, or number, at address after address", "p11_one_name_many_addresses"),
    _rule_mode("P12", "one address for name after name, over batches", "p12_one_address_many_names"),
    _rule_mode("P13", "spelling after spelling of one name at an address", "p13_near_duplicates"),
    _rule_mode("P14", "house after house, unit after unit, box after box", "p14_house_number_walk"),
    _rule_mode("P15", "asked again after an answer, yes or no", "p15_asked_again"),
    _rule_mode(
        "P16", "a file split to evade what one officer or case may stand for", "p16_split_batches", _WHOLE_BATCH_REFUSED
    ),
    _rule_mode(
        "P17",
        "a second taxpayer number for a person at a building",
        "p17_second_number",
        "looked up without the number, and at best in review",
    ),
)
