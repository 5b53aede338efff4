"""A business says which fields are the minimum of a card and which come later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import Client, FieldStep, PluginError, PluginInfo, hookimpl
from kartoteka.services.derived_bulk import refresh_completeness
from kartoteka.testing import Firm, statements
from tests.conftest import sale_plugin


def business(steps: Sequence[Any], name: str = "trade") -> Any:
    info = PluginInfo(name=name, title="Trade", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, steps=hookimpl(lambda: steps))


MOVED = (
    FieldStep(entity="client", field="tax_id", step=1),
    FieldStep(entity="client", field="market_rank", step=0),
    FieldStep(entity="client", field="address", step=3, step_for={"kind": ("person",)}),
)


def test_a_business_moves_the_steps_of_the_cores_fields(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), business(MOVED))
    fields = firm.made.registry.fields("client")
    assert (fields["tax_id"].step, fields["market_rank"].step) == (1, 0)
    shown = firm.program("director").get("/api/v1/client/_info").json["fields"]
    assert shown["tax_id"]["step"] == 1
    assert make(sale_plugin()).made.registry.fields("client")["tax_id"].step == 2
    page = firm.browser("manager1").post("/client/add", data={"name": "New"})
    assert page.status_code == 302  # a step demands nothing


def test_cards_are_reckoned_anew_by_the_steps_of_the_business(make: Callable[..., Firm]) -> None:
    steps = [FieldStep(entity="client", field=name, step=0) for name in (
        "legal_form", "tax_id", "industry", "size_class", "market_rank", "interest", "website",
        "working_hours",
    )]  # fmt: skip
    firm = make(sale_plugin(), business([*steps, MOVED[2]]))
    with firm.session() as session:
        for kind in ("person", "organisation"):
            session.add(Client(name=kind, kind=kind, owner_id=firm.users["manager1"]))
        session.commit()
        # Of name, kind and region two are filled; a person is asked for the address too.
        kept = {c.name: c.completeness for c in session.query(Client)}
        assert kept == {"person": 50, "organisation": 67}
        session.execute(Client.__table__.update().values(completeness=0))  # pyright: ignore
        with statements(firm) as found:
            assert refresh_completeness(session) == 2
        assert len(found) <= 4
        assert refresh_completeness(session) == 0
        session.commit()
        session.expire_all()
        assert {c.name: c.completeness for c in session.query(Client)} == kept


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (FieldStep(entity="client", field="shoe_size", step=1),
         "'trade'.*client.shoe_size, which is no field. Choose one of: .*tax_id"),
        (FieldStep(entity="house", field="name", step=1), "'trade'.*house.name.*Choose one of:"),
        (FieldStep(entity="client", field="name", step=1, step_for={"x": ("y",)}), "client.x"),
        (FieldStep(entity="client", field="debt_total", step=1), "a field that people fill"),
        (FieldStep(entity="client", field="name", step=-1), "a step is 0 or more"),
        ("client.name", "expected FieldStep"),
    ],
)  # fmt: skip
def test_a_step_that_fits_nothing_stops_the_start(
    make: Callable[..., Firm], step: Any, sentence: str
) -> None:
    with pytest.raises(PluginError, match=sentence):
        make(sale_plugin(), business([step]))


def test_two_plugins_do_not_move_one_field(make: Callable[..., Firm]) -> None:
    with pytest.raises(PluginError, match=r"repeats 'client.tax_id' of plugin 'trade'"):
        make(sale_plugin(), business(MOVED), business(MOVED[:1], "rival"))
