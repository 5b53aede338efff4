"""What a hook call costs, against a plain pluggy call with the same five plugins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pluggy

from benchmarks.base import best
from kartoteka.api import Panel, PluginInfo, hookimpl
from kartoteka.builtin import plugin as builtin
from kartoteka.hooks import hookspecs
from kartoteka.hooks.manager import Plugins

CALLS = 2000


def _plugins(count: int) -> list[Any]:
    found: list[Any] = []
    for number in range(count):

        def row_styles(entity: str, records: Any) -> dict[int, Any]:
            return {}

        def panels() -> list[Panel]:
            return []

        found.append(
            SimpleNamespace(
                PLUGIN=PluginInfo(name=f"p{number}", title="P", version="1", requires_core=">=0"),
                row_styles=hookimpl(row_styles),
                panels=hookimpl(panels),
            )
        )
    return found


def measure() -> list[tuple[str, float, float, float]]:
    """Return (what, ours in µs, plain pluggy in µs, bound of the ratio)."""
    modules = _plugins(5)
    ours = Plugins([builtin, *modules])
    plain = pluggy.PluginManager(hookspecs.PROJECT)
    plain.add_hookspecs(hookspecs)
    for module in modules:
        plain.register(module)

    def call_ours() -> None:
        for _ in range(CALLS):
            list(ours.safely("row_styles", entity="client", records=()))

    def call_plain() -> None:
        for _ in range(CALLS):
            plain.hook.row_styles(entity="client", records=())

    mine, theirs = best(call_ours), best(call_plain)
    return [("hook call, 5 plugins", mine / CALLS * 1000, theirs / CALLS * 1000, 3.0)]
