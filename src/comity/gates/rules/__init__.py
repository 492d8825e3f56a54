"""The legal rules: one rule, one file, one case file in tests/cases. `comity.gates.register` finds them by name."""
