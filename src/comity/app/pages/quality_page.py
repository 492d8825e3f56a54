"""Render the quality of records as an HTML page: what it costs first, then what is missing or contradicts itself.

Start at `render_quality_page`.
"""

from comity.app.pages.page_template import load_template
from comity.match import QualityReport, RecordsReport, describe_cause


def render_quality_page(quality: QualityReport, read: RecordsReport) -> str:
    """Render the page."""
    left_out = [
        f"{file.name}: {describe_cause(cause, n, rows)}"
        for file in read.files
        for cause, (n, rows) in file.causes.items()
    ]
    emptied = {f"{file.name}: {column}": (n, file.rows) for file in read.files for column, n in file.emptied.items()}
    return load_template("quality.html.j2").render(quality=quality, read=read, left_out=left_out, emptied=emptied)
