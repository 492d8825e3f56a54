"""The accounting as one HTML page: what the public may read first, then the custodian's figures.

Start at `page`.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from comity.accounting import AnnualReport, make_public_report


def render_accounting_page(figures: AnnualReport, *, public_only: bool) -> str:
    """The page; `public_only` leaves out every figure that the public may not read."""
    environment = Environment(
        loader=PackageLoader("comity.app.pages", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
    )
    template = environment.get_template("accounting.html.j2")
    return template.render(public=make_public_report(figures), figures=None if public_only else figures)
