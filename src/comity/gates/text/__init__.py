"""Parse the text of request rows: address lines, places, citations."""
