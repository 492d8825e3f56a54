"""Say what each column of a requests file means, for the templates, the schemas and the specification alike."""

COLUMN_MEANINGS = {
    "request_id": "names the row in the answers: 1 to 64 letters, digits and . _ : / -, starting with a letter or "
    "digit, and unique in the file",
    "first_name": "given name; of a person who has one name, that name again or FNU",
    "middle_name": "middle name or initial",
    "last_name": "surname; of a person who has one name, that name again or LNU",
    "suffix": "JR, III and the like",
    "tin": "taxpayer identification number",
    "street": "house number and street, or box",
    "street2": "unit, building, or the rest of the address",
    "city": "city or post office",
    "state": "two-letter code",
    "zip": "ZIP code, 5 or 9 digits",
    "tax_year": "the year whose return is asked about, four digits",
    "statute": "the criminal statute under investigation: a citation that the agreement lists, or a paragraph of it",
    "element": "the element of that offense on which the address bears: a code, or up to eight with semicolons between "
    "them",
    "proceeding": "the kind of investigation or proceeding that the case number is of: a code",
    "reason": "why the address on the return is relevant to that investigation, in words",
    "case_number": "the investigation's or proceeding's number",
    "final_order_date": "the date of the final order of removal, best as YYYY-MM-DD",
    "officer_id": "the id of an officer in the manifest",
}
"""What each column of `REQUEST_FIELDS` means (docs/spec/batch.md)."""
