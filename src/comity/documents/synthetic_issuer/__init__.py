"""A fictitious state, Utopia (UTO), that makes passports and licenses: sound ones, and ones with one part wrong.

For the demonstration, the tests and the benchmarks. Its keys live as long as the program runs; nothing trusts them
unless a caller says so.
Start at `utopia_passport.Passport`, `utopia_authority.make_authority` and `sample_license.make_license_barcode`.
"""
