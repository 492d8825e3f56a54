"""Render the accounting as one HTML page: what the public may read first, then the custodian's figures.

Start at `render_accounting_page`.
"""

from collections.abc import Mapping
from typing import Any

from comity.accounting import AnnualReport
from comity.app.pages.page_template import load_template


def render_accounting_page(public: Mapping[str, Any], report: AnnualReport | None) -> str:
    """Render the page from the public form; without `report`, it has no figure that the public may not read."""
    return load_template("accounting.html.j2").render(public=public, figures=report)
