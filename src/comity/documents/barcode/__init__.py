"""Barcodes of North American driver's licenses and identification cards (AAMVA, PDF417). They are not signed.

Guarantees: a fault in one place is named and costs nothing else; what is found twice is settled nowhere.
Does not: say that a card is genuine, or anything about citizenship: the standard has no element for it.
Basis: AAMVA DL/ID Card Design Standard 2020, annex D; earlier versions since 2000.
Start at `aamva.parse_barcode`; `image.read_image` needs the extra `barcode`.
"""
