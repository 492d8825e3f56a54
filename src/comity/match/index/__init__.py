"""The index: the custodian's records, in normal form, clustered by address, with their blocking keys.

Start at building.py to see one made, at opening.py to see one read; layout.py says what lies on disk.
"""
