"""Load the pages' templates: one environment for all of them.

Guarantees: every value is escaped unless it is marked as markup; a name that a template misspells is an error, not an
empty text.
"""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from comity.app.pages.number_format import format_p_value, format_percentage, format_probability


def load_template(name: str) -> Template:
    """Load the template of this file name from `templates/`."""
    return _template_environment().get_template(name)


@cache
def _template_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("comity.app.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "format_probability": format_probability,
        "format_percentage": format_percentage,
        "format_p_value": format_p_value,
    }
    return environment
