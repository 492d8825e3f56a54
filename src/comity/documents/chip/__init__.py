"""What a passport's chip holds: data groups, and the security object in which the state signs their hashes.

Guarantees: what is hashed is hashed as read, never encoded again; sizes and depths are capped before parsing; a face
image is hashed and never decoded.
Does not: talk to a chip, or decide whom to trust (`comity.documents.trust`).
Basis: ICAO Doc 9303 parts 10, 11 and 12; RFC 5652 (CMS).
Start at `security_object.parse_security_object` and `verify_signature`.
"""
