"""Text of request rows as the gates read it: address lines, places, citations."""
