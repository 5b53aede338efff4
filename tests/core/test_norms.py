"""Norms say whom to call now and why, and how managers keep them; without norms nobody nags."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
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
from kartoteka.services.employments import add_person
from kartoteka.services.norms import NormWish
from kartoteka.testing import Firm, statements
from tests.conftest import SALE, sale_plugin
from tests.core.test_rest_rights import hide
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
    client(firm, "manager2", "Of another", called=1090, age=2000)

    assert queue(firm, "manager1") == [
        ("Never", ["was never called"]),
        ("Large", ["important: 20 of 7 days"]),
        ("Late", ["not called for 40 days, the norm is 30"]),
    ]
    assert [name for name, _why in queue(firm, "assistant1")] == ["Never", "Large", "Late"]
    assert queue(firm, "director") == []
    firm.browser("manager2").post("/preferences/language", data={"language": "ru"})
    assert "not called for 1\u00a0090 days" in firm.browser("manager2").get("/call-now/").text
    page = firm.browser("manager1").get("/").text
    assert "Call now, because" in page
    assert "important: 20 of 7 days" in page
    page = firm.browser("manager1").get("/call-now/").text
    assert "was never called" in page
    assert page.count("#log") == 3


def test_the_queue_names_the_person_and_the_number_to_dial(firm: Firm) -> None:
    number = client(firm, "manager1", "Late", called=40)
    with firm.session("manager1") as session:
        add_person(session, number, name="Anna", points=[("phone", "+74951110001")])
        session.commit()
    for address in ("/", "/call-now/"):
        page = firm.browser("manager1").get(address).text
        assert "Anna" in page
        assert 'href="tel:+74951110001"' in page


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
    assert few[1] <= 6


@pytest.mark.parametrize(
    ("norm", "sentence"),
    [
        (Norm(code="a", title="A", fact="gone", most=3), "which is no fact that counts days"),
        (Norm(code="a", title="A", fact="purchases", most=3), "which is no fact that counts days"),
        (Norm(code="a", title="A", fact="days_since_call"), "needs `most`"),
        (Norm(code="a", title="A", subject="share_of_contacts"), "Give it `about`"),
        (Norm(code="a", title="A", fact="days_since_call", most=3,
              about=field_is("floor", "eq", 1)), "There is no field 'floor'"),
    ],
)  # fmt: skip
def test_a_plugin_is_told_what_is_wrong_with_its_norm(
    make: Callable[..., Firm], norm: Norm, sentence: str
) -> None:
    with pytest.raises(PluginError, match=sentence):
        make(sale_plugin(), ringing(norm))


def began(firm: Firm, who: str, days: int) -> None:
    """Let the account of a person be so many days old."""
    with firm.session() as session:
        moment = datetime.now() - timedelta(days=days)
        session.execute(
            update(User).where(User.id == firm.users[who]).values(created_on=moment),
            execution_options={"synchronize_session": False},
        )
        session.commit()


def contact(firm: Firm, who: str, client_id: int, days: int, kind: str = "call") -> None:
    with firm.session(who) as session:
        happened = now() - timedelta(days=days)
        create(session, firm.made.registry.entity("activity"),
               {"client_id": client_id, "kind": kind, "happened_at": happened})  # fmt: skip
        session.commit()


def measured(firm: Firm, who: str, code: str) -> dict[str, tuple[str, bool]]:
    with firm.session(who) as session:
        (found,) = [one for one in norms.compliance(session) if one.view.norm.code == code]
        assert not found.problem, found.problem
        assert found.is_measured
        return {row.manager.split()[0].lower(): (str(row.value), row.is_kept) for row in found.rows}


PEOPLE = (
    Norm(code="rings_calls", title="Calls", subject="calls_per_day", least=1),
    Norm(code="rings_start", title="Start", subject="calls_per_day_new_seller", least=2),
    Norm(code="rings_small", title="Many small ones", subject="clients_in_list", least=3,
         about=field_is("size_class", "eq", "C")),
    Norm(code="rings_effort", title="Effort", subject="share_of_contacts", least=80, unit="%",
         about=field_is("size_class", "eq", "A")),
    Norm(code="rings_fresh", title="Fresh data", fact="days_since_change", most=180,
         reason="%(value)s days old"),
)  # fmt: skip


def test_new_sellers_are_measured_since_they_began(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), ringing(*PEOPLE))
    for who in ("manager1", "manager2", "manager3", "director", "curator1"):
        began(firm, who, 200)
    began(firm, "manager1", 0)
    began(firm, "manager3", 88)
    for _call in range(3):
        client(firm, "manager1", "New", called=0)
        client(firm, "manager2", "Old", called=0)

    found = measured(firm, "director", "rings_start")
    assert found == {"manager1": ("3.0", True), "manager3": ("0.0", False)}
    assert set(measured(firm, "curator1", "rings_start")) == {"manager1"}
    assert set(measured(firm, "curator2", "rings_start")) == {"manager3"}
    page = firm.browser("curator1").get("/norms/").text
    assert page.count("Today") >= 2
    began(firm, "manager1", 91)
    began(firm, "manager3", 91)
    assert measured(firm, "director", "rings_start") == {}


def test_who_calls_nobody_is_measured_too(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), ringing(*PEOPLE))
    client(firm, "manager1", "Never")
    nobody = ("0.0", False)
    # Also who has no client yet: the worst would be out of sight.
    assert measured(firm, "director", "rings_calls") == {
        "manager1": nobody, "manager2": nobody, "manager3": nobody
    }  # fmt: skip
    assert set(measured(firm, "curator1", "rings_calls")) == {"manager1", "manager2"}
    with firm.session() as session:
        session.execute(update(User).where(User.id == firm.users["manager3"]).values(active=False))
        session.commit()
    assert set(measured(firm, "director", "rings_calls")) == {"manager1", "manager2"}


def test_who_has_no_client_has_a_list_of_none(firm: Firm) -> None:
    client(firm, "manager1", "One")
    found = measured(firm, "director", "rings_list")
    assert found == {"manager1": ("1", False), "manager2": ("0", False), "manager3": ("0", False)}


def test_numbers_of_norms_are_written_as_the_reader_writes_them(
    make: Callable[..., Firm],
) -> None:
    firm = make(sale_plugin(), ringing(*PEOPLE))
    small = client(firm, "manager1", "Small", size_class="C")
    large = client(firm, "manager1", "Large", size_class="A")
    for number in (small, large, large):
        contact(firm, "manager1", number, 1)
    browser = firm.browser("curator1")
    assert "66.7" in browser.get("/norms/").text
    browser.post("/preferences/language", data={"language": "ru"})
    page = browser.get("/norms/").text
    assert "66,7" in page
    assert "66.7" not in page


def test_the_effort_is_the_share_of_contacts_with_the_clients_that_matter(
    make: Callable[..., Firm],
) -> None:
    firm = make(sale_plugin(), ringing(*PEOPLE))
    large = client(firm, "manager1", "Large", size_class="A")
    small = client(firm, "manager1", "Small", size_class="C")
    other = client(firm, "manager3", "Other", size_class="A")
    for days, number, kind in (
        (1, large, "call"), (2, large, "meeting"), (29, small, "call"),
        (1, small, "note"),  # no contact
        (31, small, "call"),  # too long ago
    ):  # fmt: skip
        contact(firm, "manager1", number, days, kind)
    contact(firm, "manager3", other, 3)

    assert measured(firm, "director", "rings_effort") == {
        "manager1": ("66.7", False), "manager2": ("0.0", False), "manager3": ("100.0", True)
    }  # fmt: skip
    assert set(measured(firm, "curator1", "rings_effort")) == {"manager1", "manager2"}
    assert "66.7" in firm.browser("curator1").get("/norms/").text


def test_a_list_of_small_ones_is_measured_where_they_are_the_half(
    make: Callable[..., Firm],
) -> None:
    firm = make(sale_plugin(), ringing(*PEOPLE))
    for name, who, size in (
        ("A", "manager1", "C"), ("B", "manager1", "A"), ("C", "manager2", "A"),
        ("D", "manager2", "A"), ("E", "manager2", "C"), ("F", "manager3", "C"),
        ("G", "manager3", "C"), ("H", "manager3", "C"),
    ):  # fmt: skip
        client(firm, who, name, size_class=size)
    assert measured(firm, "director", "rings_small") == {
        "manager1": ("2", False), "manager3": ("3", True)
    }  # fmt: skip


def test_a_card_nobody_changed_for_long_stands_in_the_queue(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), ringing(*PEOPLE))
    old = client(firm, "manager1", "Old")
    client(firm, "manager1", "Fresh")
    with firm.session() as session:
        long_ago = now() - timedelta(days=181)
        session.execute(update(Client).where(Client.id == old).values(updated_at=long_ago))
        session.commit()
        (kept,) = session.scalars(select(Client.updated_at).where(Client.id == old))
        assert kept < now() - timedelta(days=180)
    assert queue(firm, "manager1") == [("Old", ["181 days old"])]
    assert measured(firm, "director", "rings_fresh") == {"manager1": ("1", False)}


def test_what_is_hidden_from_a_reader_is_not_measured_for_them(make: Callable[..., Firm]) -> None:
    firm = make(sale_plugin(), ringing(*PEOPLE))
    client(firm, "manager1", "Large", size_class="A")
    hide(firm, "client", "size_class", "curator")
    with firm.session("curator1") as session:
        problems = {one.view.norm.code: one.problem for one in norms.compliance(session)}
    assert "hidden from you" in problems["rings_effort"]
    assert "hidden from you" in problems["rings_small"]
    assert not problems["rings_calls"]
