"""Comity: confirms, or does not, what a lawful requester says about a person's address on a confidential record.

A requester sends a signed batch of names and addresses; the custodian's gateway decides whether the law allows each
question, compares only then, answers with one code, and leaves evidence that anybody can check.

Start at `comity.pipeline`: the main path, one call per stage.
"""

__version__ = "0.2.0.dev0"
