"""The normal form that records and requests are brought to before anything is compared, in plain Python."""
