"""The exceptions Comity raises, and the one table that says what each code means to a shell, a caller and a person.

    ComityError
    ├── RequestError           the requester's fault: what was sent cannot be accepted as it is
    ├── PolicyError            the law or the custodian's policy does not allow it, or not yet
    ├── IndexUnavailableError  the custodian's fault: the index is missing, damaged or of another version
    ├── LedgerError            evidence is missing, damaged or contradicts itself
    └── ServiceError           a request to the service cannot be served as it is

Guarantees: no message carries a value from a record or a request; every code is in `ERROR_CODES`.
Misuse by a caller of the library is a plain RuntimeError, not one of these.
Start at `ERROR_CODES`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What one error code means outside: HTTP status, the command's exit code, and a sentence for people."""

    http_status: int
    exit_code: int
    meaning: str


EXIT_DONE, EXIT_FAULT, EXIT_USAGE, EXIT_REFUSED, EXIT_HELD, EXIT_INTEGRITY = 0, 1, 2, 3, 4, 5
EXIT_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it

ERROR_CODES: dict[str, ErrorCode] = {
    "batch_unreadable": ErrorCode(400, EXIT_REFUSED, "The batch cannot be read, so nothing in it can be answered."),
    "sheet_unreadable": ErrorCode(400, EXIT_REFUSED, "The table of requests cannot be read as it is."),
    "batch_unsigned": ErrorCode(
        403, EXIT_REFUSED, "No signature of a registered key vouches for the batch, so nothing of it was read."
    ),
    "signer_unregistered": ErrorCode(
        403, EXIT_HELD, "The key that signed the batch is not registered, so nothing of it was read yet."
    ),
    "key_unusable": ErrorCode(400, EXIT_USAGE, "A key file is missing, open to others, or not an Ed25519 key."),
    "home_missing": ErrorCode(404, EXIT_USAGE, "There is no home in the folder named."),
    "output_exists": ErrorCode(409, EXIT_USAGE, "The output folder holds something else."),
    "bad_argument": ErrorCode(400, EXIT_USAGE, "A value given on the command line cannot be used."),
    "agreement_unknown": ErrorCode(403, EXIT_REFUSED, "No agreement of that name is on file."),
    "document_kind_unknown": ErrorCode(404, EXIT_USAGE, "No kind of paper of that name is on file."),
    "rule_unknown": ErrorCode(404, EXIT_USAGE, "No candidate rule of that name is on file."),
    "not_in_force": ErrorCode(
        409, EXIT_REFUSED, "The rule is a candidate: it can be assessed, and nothing applies it."
    ),
    "rule_invalid": ErrorCode(400, EXIT_USAGE, "A candidate rule of the user's own cannot be used as it is."),
    "already_appended": ErrorCode(409, EXIT_USAGE, "The records are in the index already."),
    "state_unknown": ErrorCode(404, EXIT_USAGE, "The index has no state of that number."),
    "nothing_to_do": ErrorCode(409, EXIT_USAGE, "What was asked for is so already, and nothing was changed."),
    "withdrawn_come_back": ErrorCode(409, EXIT_REFUSED, "Records that were withdrawn from the index would come back."),
    "map_invalid": ErrorCode(400, EXIT_USAGE, "The map of an export cannot be used as it is."),
    "customers_invalid": ErrorCode(400, EXIT_USAGE, "The file of customers cannot be assessed as it is."),
    "customer_file_invalid": ErrorCode(400, EXIT_USAGE, "The description of a customer's file cannot be read."),
    "law_invalid": ErrorCode(
        500, EXIT_FAULT, "A statute, agreement or order on file is incomplete or contradicts another."
    ),
    "order_unknown": ErrorCode(404, EXIT_USAGE, "No court order of that id is on file."),
    "order_refused": ErrorCode(409, EXIT_REFUSED, "The filing about a court order cannot be accepted as it is."),
    "filing_refused": ErrorCode(409, EXIT_REFUSED, "The filing cannot be accepted as it is."),
    "choice_unfiled": ErrorCode(
        403, EXIT_REFUSED, "Two persons have not chosen the index or the model, so that nothing is released from it."
    ),
    "synthetic_batch": ErrorCode(403, EXIT_REFUSED, "A synthetic batch is compared with synthetic records only."),
    "filing_missing": ErrorCode(403, EXIT_REFUSED, "Two persons have not filed what was asked for."),
    "home_altered": ErrorCode(
        500, EXIT_INTEGRITY, "The home folder holds a file that would loosen what two persons must file."
    ),
    "folder_exposed": ErrorCode(
        500, EXIT_INTEGRITY, "Others than their owner can enter or change files that must be private."
    ),
    "batch_conflict": ErrorCode(409, EXIT_REFUSED, "A batch of that name is on file with other content."),
    "law_unsettled": ErrorCode(
        503, EXIT_HELD, "The law, the orders or earlier batches kept changing while the batch was verified."
    ),
    "order_in_force": ErrorCode(403, EXIT_HELD, "A court order in force forbids it."),
    "rehearsal_refused": ErrorCode(
        403, EXIT_REFUSED, "A rehearsal looks nothing up in records that are not synthetic."
    ),
    "answers_rehearsed": ErrorCode(409, EXIT_REFUSED, "The answers are of a rehearsal, and nobody may use them."),
    "delivery_refused": ErrorCode(403, EXIT_REFUSED, "The stored answers may no longer be delivered."),
    "tolerance_unproven": ErrorCode(
        409, EXIT_FAULT, "The model's labels cannot show that the tolerated error is kept."
    ),
    "model_invalid": ErrorCode(400, EXIT_FAULT, "The model file is damaged, changed, or of another version."),
    "index_unavailable": ErrorCode(503, EXIT_FAULT, "The index is missing or cannot be opened."),
    "index_version": ErrorCode(503, EXIT_FAULT, "The index was built by another version of Comity."),
    "records_invalid": ErrorCode(400, EXIT_FAULT, "The custodian's records cannot be indexed as they are."),
    "build_stopped": ErrorCode(503, EXIT_FAULT, "Building the index was interrupted; the same command resumes it."),
    "store_unavailable": ErrorCode(503, EXIT_FAULT, "The control database cannot be opened or written."),
    "store_damaged": ErrorCode(
        500, EXIT_INTEGRITY, "The control database is damaged: it was changed outside of Comity."
    ),
    "clock_behind": ErrorCode(
        503, EXIT_FAULT, "The clock is behind the ledger's last entry, so nothing can be judged by it."
    ),
    "witnesses_invalid": ErrorCode(500, EXIT_FAULT, "The file that says which witnesses must cosign cannot be used."),
    "unwitnessed": ErrorCode(503, EXIT_HELD, "Too few witnesses cosigned the checkpoint, so nothing is delivered yet."),
    "ledger_damaged": ErrorCode(
        500, EXIT_INTEGRITY, "The ledger does not agree with itself or with a signed checkpoint."
    ),
    "replay_differs": ErrorCode(
        409, EXIT_INTEGRITY, "A determination cannot be replayed with this model, index and request."
    ),
    "proof_invalid": ErrorCode(400, EXIT_INTEGRITY, "A proof, checkpoint or signature does not verify."),
    "settings_invalid": ErrorCode(500, EXIT_USAGE, "The settings of the service cannot be used, so it did not start."),
    "request_invalid": ErrorCode(400, EXIT_USAGE, "The request does not have the form that the API describes."),
    "not_authenticated": ErrorCode(401, EXIT_REFUSED, "The request came without a token and proof that count."),
    "not_logged_in": ErrorCode(401, EXIT_REFUSED, "Nobody is logged in, or the session is over."),
    "not_allowed": ErrorCode(403, EXIT_REFUSED, "The person's role does not allow it."),
    "form_untrusted": ErrorCode(403, EXIT_REFUSED, "The form was not sent from a page of this session."),
    "login_refused": ErrorCode(403, EXIT_REFUSED, "The log-in did not end in a way that counts."),
    "login_unavailable": ErrorCode(503, EXIT_FAULT, "The provider of log-ins does not answer as it must."),
    "not_found": ErrorCode(404, EXIT_USAGE, "There is nothing of that name that the caller may see."),
    "method_not_allowed": ErrorCode(405, EXIT_USAGE, "The resource has no such method."),
    "too_slow": ErrorCode(408, EXIT_FAULT, "The rest of the request did not come in time."),
    "too_large": ErrorCode(413, EXIT_USAGE, "The request carries more than the resource takes."),
    "too_many_requests": ErrorCode(429, EXIT_HELD, "The caller sends more than was agreed."),
    "manifest_refused": ErrorCode(
        422, EXIT_REFUSED, "The manifest is of another batch or agency than the request says."
    ),
    "digest_missing": ErrorCode(400, EXIT_USAGE, "The request does not say what its body hashes to."),
    "digest_differs": ErrorCode(422, EXIT_INTEGRITY, "What came is not what its hash says."),
    "upload_unordered": ErrorCode(409, EXIT_USAGE, "Something must come before this: manifest, signature, then parts."),
    "upload_incomplete": ErrorCode(409, EXIT_USAGE, "Parts of the requests file are missing."),
    "upload_submitted": ErrorCode(409, EXIT_REFUSED, "The batch was submitted, and is not changed any more."),
    "too_many_uploads": ErrorCode(429, EXIT_HELD, "Too many batches of the agency are under way."),
    "not_answered": ErrorCode(409, EXIT_HELD, "The batch has no answers that may be fetched now."),
    "delivery_rechecked": ErrorCode(
        503, EXIT_HELD, "What is on file has changed since the answers were written, so they are checked again first."
    ),
    "version_missing": ErrorCode(428, EXIT_USAGE, "The request does not say which version it changes (If-Match)."),
    "version_changed": ErrorCode(412, EXIT_USAGE, "What the request changes has changed since its caller saw it."),
    "key_missing": ErrorCode(400, EXIT_USAGE, "The request does not carry an Idempotency-Key."),
    "key_reused": ErrorCode(422, EXIT_USAGE, "The Idempotency-Key belongs to another request."),
    "key_under_way": ErrorCode(409, EXIT_HELD, "A request with this Idempotency-Key is under way."),
    "questions_unavailable": ErrorCode(503, EXIT_HELD, "Single questions are not answered now; batches may be."),
    "operation_ended": ErrorCode(409, EXIT_REFUSED, "The operation has ended, so that it is not withdrawn any more."),
    "request_withdrawn": ErrorCode(409, EXIT_REFUSED, "The requester has withdrawn the batch."),
    "acknowledgment_unsigned": ErrorCode(403, EXIT_REFUSED, "No office of the agency signed the acknowledgment."),
    "disk_low": ErrorCode(503, EXIT_FAULT, "Too little disk is free to take more in."),
    "service_unreachable": ErrorCode(503, EXIT_FAULT, "The service does not answer as a service of Comity does."),
    "service_fault": ErrorCode(
        500, EXIT_FAULT, "An unforeseen fault. Nothing was released that the ledger does not hold."
    ),
}


class ComityError(Exception):
    """An error that Comity foresees: what happened, why it matters, and what to do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        """Raise with a code from `ERROR_CODES`; an unknown code is a programming error (KeyError)."""
        self.code = code
        self.message = message
        self.hint = hint
        self.http_status = ERROR_CODES[code].http_status
        self.exit_code = ERROR_CODES[code].exit_code
        super().__init__(message)


class RequestError(ComityError):
    """What the requester sent cannot be accepted as it is."""


class PolicyError(ComityError):
    """The law or the custodian's policy does not allow it, or not yet."""


class IndexUnavailableError(ComityError):
    """The index of records is missing, damaged, or of another version."""


class LedgerError(ComityError):
    """Evidence is missing, damaged, or contradicts itself."""


class ServiceError(ComityError):
    """A request to the service cannot be served as it is; the message is for its caller."""
