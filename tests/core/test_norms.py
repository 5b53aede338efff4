"""Norms say whom to call now and why, and how managers keep them; without norms nobody nags."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from kartoteka.api import (
    Client,
    Invalid,
    Norm,
    PluginError,
    PluginInfo,
    create,
    field_is,
    hookimpl,
    now,
)
from kartoteka.models import NormSetting
from kartoteka.services import norms
from kartoteka.services.norms import NormWish
from kartoteka.testing import Firm, statements
from tests.conftest import SALE, sale_plugin
from tests.starts import lasting

USUAL = (
    Norm(code="rings_all", title="Everybody is called", most=30, fact="days_since_call",
         reason="not called for %(value)s days, the norm is %(most)s", never="was never called"),
    Norm(code="rings_large", title="Important ones are called", most=7, fact="days_since_call",
         about=field_is("important", "eq", True), reason="important: %(value)s of %(most)s days"),
    Norm(code="rings_calls", title="Calls a day", subject="calls_per_day", least=1),
    Norm(code="rings_list", title="List", subject="clients_in_list", least=2),
    Norm(code="rings_effort", title="Effort", subject="something_else", least=80, unit="%"),
)  # fmt: skip


def ringing(*declared: Norm) -> Any:
    return SimpleNamespace(
        PLUGIN=PluginInfo(name="rings", title="Rings", version="1", requires_core=">=0.1,<1"),
        norms=hookimpl(lambda: declared),
    )


RINGING = lasting(ringing(*USUAL))


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return make(SALE, RINGING)


def client(firm: Firm, who: str, name: str, called: int | None = None, age: int = 400,
           **values: Any) -> int:  # fmt: skip
    """Return a client that a manager has since `age` days and called `called` days ago."""
    entity = firm.made.registry.entity
    with firm.session(who) as session:
        made = create(session, entity("client"), {"name": name, **values})
        if called is not None:
            happened = now() - timedelta(days=called)
            create(session, entity("activity"),
                   {"client_id": made.id, "kind": "call", "happened_at": happened})  # fmt: skip
        session.commit()
        number = made.id
    with firm.session() as session:
        begun = now() - timedelta(days=age)
        session.execute(update(Client).where(Client.id == number).values(created_at=begun))
        session.commit()
    return number


def queue(firm: Firm, who: str) -> list[tuple[str, list[str]]]:
    with firm.session(who) as session:
        return [(one.name, list(one.reasons)) for one in norms.call_queue(session).calls]


def test_the_queue_names_clients_with_reasons_the_most_urgent_first(firm: Firm) -> None:
    client(firm, "manager1", "Fresh", called=2)
    client(firm, "manager1", "Late", called=40)
    client(firm, "manager1", "Large", called=20, important=True)
    client(firm, "manager1", "Never")
    client(firm, "manager1", "New", age=3)
    client(firm, "manager2", "Of another", called=90)

    assert queue(firm, "manager1") == [
        ("Never", ["was never called"]),
        ("Large", ["important: 20 of 7 days"]),
        ("Late", ["not called for 40 days, the norm is 30"]),
    ]
    assert [name for name, _why in queue(firm, "assistant1")] == ["Never", "Large", "Late"]
    assert queue(firm, "director") == []
    page = firm.browser("manager1").get("/").text
    assert "Call now, because" in page
    assert "important: 20 of 7 days" in page
    assert "was never called" in firm.browser("manager1").get("/call-now/").text


def test_a_client_on_the_last_allowed_day_is_left_in_peace(firm: Firm) -> None:
    client(firm, "manager1", "On the day", called=30)
    assert queue(firm, "manager1") == []
    client(firm, "manager1", "A day late", called=31)
    assert [name for name, _why in queue(firm, "manager1")] == ["A day late"]


def test_a_planned_step_keeps_a_client_out_of_the_queue(firm: Firm) -> None:
    number = client(firm, "manager1", "Planned", called=90)
    with firm.session("manager1") as session:
        task = create(session, firm.made.registry.entity("task"),
                      {"title": "Call", "client_id": number, "due_at": now()})  # fmt: skip
        session.commit()
        assert queue(firm, "manager1") == []
        task.done_at = now()
        session.commit()
    assert [name for name, _why in queue(firm, "manager1")] == ["Planned"]


def test_without_norms_nobody_is_reminded(make: Callable[..., Firm]) -> None:
    firm = make(SALE)
    client(firm, "manager1", "Never")
    with firm.session("manager1") as session, statements(firm) as sent:
        assert norms.call_queue(session).calls == []
    assert sent == []
    page = firm.browser("manager1").get("/").text
    assert "Call now, because" not in page


def test_staff_change_the_numbers_and_put_norms_out_of_force(firm: Firm) -> None:
    client(firm, "manager1", "Late", called=40)
    browser = firm.browser("director")
    assert browser.get("/norms/numbers").status_code == 200

    browser.post("/norms/numbers", data={"norm": "rings_all", "most.rings_all": "60"})
    assert queue(firm, "manager1") == []
    browser.post("/norms/numbers", data={"norm": "rings_all", "most.rings_all": "30"})
    assert [name for name, _why in queue(firm, "manager1")] == ["Late"]
    with firm.session() as session:
        assert session.scalars(select(NormSetting)).all() == []  # as declared: nothing is kept
    browser.post("/norms/numbers", data={
        "norm": "rings_all", "most.rings_all": "30", "off.rings_all": "1"
    })  # fmt: skip
    assert queue(firm, "manager1") == []
    for typed in ("", "0", "many", "-1"):
        wrong = browser.post("/norms/numbers", data={"norm": "rings_all", "most.rings_all": typed})
        assert wrong.status_code == 400, typed
    with firm.session() as session:
        crossed = {"rings_list": NormWish(least="9", most="3")}
        with pytest.raises(Invalid, match="above"):
            norms.save(session, crossed)
    for who in ("curator1", "manager1"):
        assert firm.browser(who).get("/norms/numbers").status_code == 403


def test_compliance_is_counted_for_each_manager_the_reader_sees(firm: Firm) -> None:
    client(firm, "manager1", "Fresh", called=2)
    client(firm, "manager1", "Late", called=40)
    client(firm, "manager2", "Never")
    client(firm, "manager3", "Large", called=3, important=True)

    def kept(who: str) -> dict[str, dict[str, tuple[Decimal, int | None, bool]]]:
        with firm.session(who) as session:
            return {
                one.view.norm.code: {
                    row.manager.split()[0].lower(): (row.value, row.of, row.is_kept)
                    for row in one.rows
                }
                for one in norms.compliance(session)
            }

    director = kept("director")
    assert director["rings_all"] == {
        "manager1": (1, 2, False), "manager2": (0, 1, False), "manager3": (1, 1, True)
    }  # fmt: skip
    assert director["rings_large"] == {"manager3": (1, 1, True)}
    assert director["rings_list"] == {
        "manager1": (2, None, True), "manager2": (1, None, False), "manager3": (1, None, False)
    }  # fmt: skip
    assert director["rings_calls"]["manager1"][2] is False
    assert set(kept("curator1")["rings_all"]) == {"manager1", "manager2"}
    assert kept("curator1")["rings_all"]["manager1"] == (1, 2, False)
    page = firm.browser("curator1").get("/norms/").text
    assert "50 %" in page
    assert "nothing measures it yet" in page
    assert firm.browser("manager1").get("/norms/").status_code == 403


def test_statements_do_not_grow_with_clients(firm: Firm) -> None:
    def counted(who: str, ask: Any) -> int:
        with firm.session(who) as session, statements(firm) as sent:
            ask(session)
        return len(sent)

    client(firm, "manager1", "Late", called=40)
    few = counted("manager1", norms.call_queue), counted("director", norms.compliance)
    for place in range(6):
        client(firm, "manager1", f"Late {place}", called=50 + place, important=True)
    assert (counted("manager1", norms.call_queue), counted("director", norms.compliance)) == few
    assert few[0] <= 1 + 2
    assert few[1] <= 5


@pytest.mark.parametrize(
    ("norm", "sentence"),
    [
        (Norm(code="a", title="A", fact="gone", most=3), "which is no fact that counts days"),
        (Norm(code="a", title="A", fact="purchases", most=3), "which is no fact that counts days"),
        (Norm(code="a", title="A", fact="days_since_call"), "needs `most`"),
        (Norm(code="a", title="A", fact="days_since_call", most=3,
              about=field_is("floor", "eq", 1)), "There is no field 'floor'"),
    ],
)  # fmt: skip
def test_a_plugin_is_told_what_is_wrong_with_its_norm(
    make: Callable[..., Firm], norm: Norm, sentence: str
) -> None:
    with pytest.raises(PluginError, match=sentence):
        make(sale_plugin(), ringing(norm))
