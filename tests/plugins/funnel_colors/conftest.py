"""A firm with the colours of its clients."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import LostReasonItem, Pipeline, PluginInfo, Stage, hookimpl
from kartoteka.testing import Firm, always_in_schema
from kartoteka_funnel_colors import plugin as colors_plugin
from tests.starts import lasting

always_in_schema(colors_plugin)


def sale_plugin() -> Any:
    """Return a small business plugin with one pipeline."""

    def pipelines() -> list[Pipeline]:
        stages = [
            Stage(code="new", title="New"),
            Stage(code="won", title="Won", kind="won"),
            Stage(code="refused", title="Refused", kind="lost"),
        ]
        return [Pipeline(code="sale", title="Sale", stages=stages)]

    def lost_reasons() -> list[LostReasonItem]:
        return [LostReasonItem(code="sale_price", title="Too dear")]

    info = PluginInfo(name="sale", title="Sale", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(
        PLUGIN=info, pipelines=hookimpl(pipelines), lost_reasons=hookimpl(lost_reasons)
    )


SALE = lasting(sale_plugin())


@pytest.fixture
def colored(make: Callable[..., Firm]) -> Firm:
    """A small firm with colours and a sales pipeline."""
    return make(colors_plugin, SALE)
