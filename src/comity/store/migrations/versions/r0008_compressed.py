"""No change of a table: from here on entries are compressed, which earlier versions of Comity cannot read."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Change nothing: entries that are on file are read as they are."""
