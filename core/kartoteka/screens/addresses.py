"""Write the address of a page: the same as Flask's `url_for`, put together once for each page.

A thousand addresses belong to an application with sixty screens. Werkzeug compiles two functions
for each when it starts, half a second in all; here each is compiled when it is first asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, request
from werkzeug.routing import BuildError, Rule

_PLACE = 7_000_000_001  # no record has this number


class LateRule(Rule):
    """A rule whose address is compiled when it is first written."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiler = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compiler(append_unknown))
            return made[0](rule, **values)

        return build


class Addresses:
    """Addresses of pages of one application that name a record, a list shows hundreds of them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], str] = {}

    def of(self, endpoint: str, *, pk: Any = None, **values: Any) -> str:
        """Return what `url_for` returns; `None` among the values is left out."""
        if not isinstance(pk, int) or "." not in endpoint or _ASKS_MORE & values.keys():
            if pk is not None:
                values["pk"] = pk
            return current_app.url_for(endpoint, **values)
        key = request.script_root, endpoint
        known = self._kept.get(key)
        if known is None:
            known = self._kept[key] = _pattern(endpoint)
        if not known:
            return current_app.url_for(endpoint, pk=pk, **values)
        address = known.replace(str(_PLACE), str(pk))
        asked = [(name, value) for name, value in values.items() if value is not None]
        return f"{address}?{urlencode(asked, safe=_SAFE)}" if asked else address


def _pattern(endpoint: str) -> str:
    """Return the address with a number to be replaced; empty when it needs more than a number."""
    try:
        return current_app.url_for(endpoint, pk=_PLACE)
    except BuildError:
        return ""


_ASKS_MORE = frozenset({"_external", "_anchor", "_scheme", "_method"})
_SAFE = "!$'()*,/:;?@"  # what Werkzeug leaves as it is in a query


def install(app: Flask) -> None:
    """Give templates the quick way."""
    names: dict[str, Any] = app.jinja_env.globals  # pyright: ignore[reportAssignmentType]
    names["url_for"] = Addresses().of
