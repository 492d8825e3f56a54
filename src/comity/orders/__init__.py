"""Court orders at run time: filings by two persons, and statements about an order for the court."""
