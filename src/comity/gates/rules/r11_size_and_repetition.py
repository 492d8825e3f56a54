"""R11: size, rate and repetition. Basis: promises 3 and 15; failure mode R11; the caps of the agreement [INF]."""

from datetime import timedelta

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding
from comity.model.prior_batches import PriorBatch

_finding = FindingBuilder("r11_size_and_repetition", "26 USC 6103(i)(2); custodian policy under the agreement")
_RATE_WINDOW = timedelta(days=30)


def r11_size_and_repetition(facts: Facts, rows: RequestColumns) -> Finding:
    """The batch is of the agreed size and asks nothing that was asked before.

    MET: neither the batch, nor it together with the requester's batches of the last 30 days, exceeds the caps, and no
    earlier batch has its content under another id, and none of this agency its id with other content. (The same id with
    the same content is the same batch sent again: it gets the stored answers.) Only batches for which records were read
    count: one that was refused whole may be corrected and sent again, and so may one whose answers were recalled and
    are certified as destroyed. NOT_MET: a cap is exceeded, the same content was answered under another id, or the id
    was used for other content. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    caps, batch, manifest = facts.agreement.caps, facts.batch, facts.manifest
    if rows.num_rows > caps.rows_per_batch.value:
        return _finding.not_met(
            f"The batch has {rows.num_rows:,} rows, and at most {caps.rows_per_batch.value:,} are agreed. A file of "
            "that size cannot be individual requests. Send what the investigations need."
        )
    agency_id = facts.find_agency_id(manifest.requester)

    def has_this_id(prior: PriorBatch) -> bool:
        return (prior.display_id, facts.find_agency_id(prior.requester)) == (manifest.batch_id, agency_id)

    same_content = facts.history.batches.find_requests(batch.requests_sha256)
    if any(not prior.is_freed and not has_this_id(prior) for prior in same_content):
        return _finding.not_met(
            "The same requests file was answered before under another batch_id. Asking again is answered once, from "
            "what is stored, or it is probing. Refer to the earlier batch."
        )
    same_id = [prior for prior in facts.history.batches.find_named(manifest.batch_id) if has_this_id(prior)]
    if any(prior.requests_sha256 != batch.requests_sha256 for prior in same_id):
        return _finding.not_met(
            "An earlier batch of other content has this batch_id. Which of them was signed for could not be told "
            "later. Give the new batch its own batch_id."
        )
    lookups = facts.find_lookups(_RATE_WINDOW)
    recent = lookups.totals.rows - sum(prior.rows for prior in same_id if prior.batch_id in lookups)
    if recent + rows.num_rows > caps.rows_per_30_days.value:
        return _finding.not_met(
            f"With the {rows.num_rows:,} rows of this batch the requester would have sent {recent + rows.num_rows:,} "
            f"rows in 30 days, and at most {caps.rows_per_30_days.value:,} are agreed. A batch may not be split to "
            "evade the cap on one. Wait, or send less."
        )
    return _finding.met("The batch is of the agreed size and was not asked before.")


RULE = Rule(_finding.rule, "R11", _finding.citation, ("usc26-6103-p-3-A",), batch=r11_size_and_repetition)
