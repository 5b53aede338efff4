"""Rows of clients and of what belongs to them show the sign of the client's colour."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from kartoteka.api import (
    Client,
    Contact,
    Contract,
    Deal,
    Employment,
    Norm,
    PluginInfo,
    Purchase,
    RowStyle,
    Task,
    hookimpl,
    now,
)
from kartoteka.testing import Firm, statements
from kartoteka_funnel_colors import plugin as colors_plugin
from tests.plugins.funnel_colors.conftest import SALE
from tests.plugins.funnel_colors.making import buy, new_client, request_of
from tests.starts import lasting

LISTS = ("/deal/list/", "/task/list/", "/contact/list/")


def ringing() -> Any:
    """A plugin with a norm of calls, and a colour of its own at the edge of deals."""

    def row_styles(entity: str, records: Any) -> dict[int, RowStyle]:
        if entity != "deal":
            return {}
        return {one.id: RowStyle(color="#123456", hint="Late") for one in records}

    norm = Norm(code="rings_all", title="Everybody is called", most=30, fact="days_since_call")
    return SimpleNamespace(
        PLUGIN=PluginInfo(name="rings", title="Rings", version="1", requires_core=">=0.1,<1"),
        norms=hookimpl(lambda: [norm]), row_styles=hookimpl(row_styles),
    )  # fmt: skip


RINGING = lasting(ringing())


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    firm = make(colors_plugin, SALE, RINGING)
    add(firm, "Buyer")
    return firm


def add(firm: Firm, name: str) -> None:
    """Write a client that bought, with a deal, a task and a person; nobody has called it."""
    with firm.session() as session:
        client = new_client(session, name, owner_id=firm.users["manager1"])
        buy(session, client, 1)
        request_of(session, client)
        contact = Contact(name=f"Person of {name}", owner_id=client.owner_id)
        session.add(contact)
        session.flush()
        session.add(Employment(client_id=client.id, contact_id=contact.id))
        session.flush()
        begun = now() - timedelta(days=90)
        session.execute(update(Client).where(Client.id == client.id).values(created_at=begun))
        session.commit()


def plan(firm: Firm) -> None:
    """Write a task for each client."""
    with firm.session("manager1") as session:
        for client in session.query(Client):
            session.add(Task(client_id=client.id, title="Call", due_at=now(),
                             owner_id=firm.users["manager1"]))  # fmt: skip
        session.commit()


def due(firm: Firm) -> None:
    """Let the next step of each deal be due, and a contract and a payment of each client."""
    today = now().date()
    with firm.session("manager1") as session:
        session.execute(update(Deal).values(next_step_on=today))
        session.execute(update(Purchase).values(due_on=today))
        for client in session.query(Client):
            session.add(Contract(client_id=client.id, number="7", ends_on=today))
        session.commit()


def signs(firm: Firm, address: str) -> list[str]:
    answer = firm.browser("manager1").get(address)
    assert answer.status_code == 200
    return re.findall(r'class="mark" data-color="(#\w+)"', answer.get_data(as_text=True))


def test_call_now_and_what_belongs_to_a_client_show_its_sign(firm: Firm) -> None:
    gold = "#fbbf24"
    assert signs(firm, "/call-now/") == [gold]
    plan(firm)
    for address in (*LISTS, "/tasks/"):
        assert signs(firm, address) == [gold], address


def test_every_block_of_home_and_the_reports_show_the_sign_of_the_client(firm: Firm) -> None:
    gold = "#fbbf24"
    assert signs(firm, "/") == [gold]  # to call
    plan(firm)
    assert signs(firm, "/") == [gold]  # the task: who has one waits for no call
    due(firm)
    assert signs(firm, "/") == [gold] * 3
    assert signs(firm, "/reports/contracts") == signs(firm, "/reports/debts") == [gold]
    with firm.session() as session:
        session.add(Client(name="New", department_id=firm.departments["North"]))
        session.commit()
    shown = firm.browser("curator1").get("/").get_data(as_text=True)
    assert re.findall(r'class="mark"[^>]*title="(White)"', shown) == ["White"]


def test_the_colour_of_a_row_of_its_own_stays(firm: Firm) -> None:
    shown = firm.browser("manager1").get("/deal/list/").get_data(as_text=True)
    assert 'class="marked" data-color="#123456" title="Client: Gold, Late"' in shown


def test_the_colour_of_a_client_somebody_else_has_is_not_told(firm: Firm) -> None:
    with firm.session() as session:
        deal = session.query(Deal).one()
        styles = firm.made.registry.plugins.each("row_styles", entity="deal", records=[deal])
        assert dict(styles)["funnel_colors"]
    assert "⬢" not in firm.browser("manager3").get("/deal/list/").get_data(as_text=True)


def test_a_page_asks_once_for_the_colours_of_all_rows(firm: Firm) -> None:
    plan(firm)
    browser = firm.browser("manager1")

    def asked(address: str) -> int:
        browser.get(address)
        with statements(firm) as sent:
            browser.get(address)
        return len(sent)

    due(firm)
    pages = (*LISTS, "/", "/tasks/", "/call-now/", "/reports/contracts", "/reports/debts")
    few = [asked(address) for address in pages]
    for name in ("One", "Two", "Three"):
        add(firm, name)
    plan(firm)
    due(firm)
    assert [asked(address) for address in pages] == few
