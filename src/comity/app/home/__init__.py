"""The custodian's home folder: one class for its paths, and one for each kind of thing that it keeps.

    HOME/home.json            format, the ledger's origin, which database
    HOME/keys/                control.key (database), ledger.key and answers.key (Ed25519), readable by the owner only;
                              ledger-next.key during a handover, ledger.retired (vkeys) after one,
                              ledger-second.key (ML-DSA-44)
    HOME/keys/control.dsn     where the control database is, for a home on PostgreSQL (or: COMITY_DSN)
    HOME/signers.json         keys of synthetic requesters, which count for synthetic batches only
    HOME/control.db           the control database (SQLCipher), for a home on SQLite
    HOME/desk.db              what the service needs while it works (SQLCipher): tokens, uploads, jobs (ADR 0045)
    HOME/control.anchor       the last checkpoint signed: a database restored from an older copy lacks it. A second one
                              is outside of the home (COMITY_ANCHOR_FOLDER, or the user's state folder)
    HOME/rehearsal/           the last rehearsal (ADR 0005): a home of its own on SQLite, replaced by the next one

Guarantees: only `Home.open_or_create` creates a home, readable by its owner only; an existing key is never replaced; a
home on PostgreSQL never falls back to another database; a DSN is never in an argument or an error.
Start at `Home.open`.
"""

from comity.app.home.home_folder import POSTGRESQL, SQLITE, Home, verify_home_exists

__all__ = ["POSTGRESQL", "SQLITE", "Home", "verify_home_exists"]
