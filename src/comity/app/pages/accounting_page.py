"""Render the accounting as one HTML page: what the public may read first, then the custodian's figures.

Start at `render_accounting_page`.
"""

from comity.accounting import AnnualReport, make_public_report
from comity.app.pages.page_template import load_template


def render_accounting_page(report: AnnualReport, *, public_only: bool) -> str:
    """Render the page; `public_only` leaves out every figure that the public may not read."""
    figures = None if public_only else report
    return load_template("accounting.html.j2").render(public=make_public_report(report), figures=figures)
