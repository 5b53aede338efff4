"""A base begins with a plain pipeline; one a plugin brings takes its place."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from kartoteka.api import Pipeline, PluginInfo, Stage, hookimpl
from kartoteka.builtin import plugin as builtin
from kartoteka.errors import Invalid
from kartoteka.fields.types import today
from kartoteka.hooks.manager import Plugins
from kartoteka.hooks.registry import Registry
from kartoteka.models import Client, Deal
from kartoteka.services.deals import move_deal
from kartoteka.testing import Firm

OWN = Pipeline(code="own", title="Own", stages=(Stage(code="begun", title="Begun"),))
BRINGS = SimpleNamespace(
    PLUGIN=PluginInfo(name="brings", title="B", version="1", requires_core=">=0"),
    pipelines=hookimpl(lambda: [OWN]),
)


def test_the_core_brings_a_pipeline_until_a_plugin_does() -> None:
    assert list(Registry(Plugins([builtin])).pipelines) == ["sales"]
    assert list(Registry(Plugins([builtin, BRINGS])).pipelines) == ["own"]


def test_a_deal_that_waits_already_takes_another_day(firm: Firm) -> None:
    later = next(
        (pipe, stage) for (pipe, stage), item in firm.made.registry.stages.items()
        if item.kind == "deferred"
    )  # fmt: skip
    with firm.session("manager1") as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.flush()
        deal = Deal(client_id=client.id, title="Paper", pipeline=later[0])
        session.add(deal)
        session.flush()
        move_deal(session, deal, later[1], recheck_on=today() + timedelta(days=10))
        move_deal(session, deal, later[1], recheck_on=today() + timedelta(days=20))
        assert deal.recheck_on == today() + timedelta(days=20)
        with pytest.raises(Invalid, match="This day is over"):
            move_deal(session, deal, later[1], recheck_on=today() - timedelta(days=2))
