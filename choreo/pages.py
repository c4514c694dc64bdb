"""HTML pages from the templates beside the modules: every text that goes in is escaped, nothing in it is expanded."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


@cache
def environment(package: str) -> Environment:
    """Environment of the templates that lie in a package's folder; a name that a template lacks is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def page(package: str, template: str, /, **values: object) -> str:
    """Fill in a template of a package.

    Parameters
    ----------
    package
        Import name of the package, for example ``choreo.planfile``.
    template
        File name of the template in it.
    values
        What the template names. Strings are text: only `Markup` goes in as it is.
    """
    return environment(package).get_template(template).render(**values)


def script_json(facts: object) -> Markup:
    r"""JSON for a ``<script type="application/json">``: ``<`` is written ``\u003c``, so no text can end the script."""
    from markupsafe import Markup

    return Markup(json.dumps(facts, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))


__all__ = ["environment", "page", "script_json"]
