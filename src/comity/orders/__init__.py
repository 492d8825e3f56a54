"""Court orders at run time: filings by two persons, statements about an order for the court, orders over time."""
