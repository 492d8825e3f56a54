"""How much intake is willing to read of a batch's own files; `requests_file.limits` has those of the requests file."""

MAX_MANIFEST_BYTES = 4 * 2**20
MAX_SIGNATURE_BYTES = 8192
