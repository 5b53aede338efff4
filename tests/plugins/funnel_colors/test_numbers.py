"""Every number of the pages of colours opens exactly the rows it counts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kartoteka.api import Client, LostReason, Region, now
from kartoteka.testing import Firm, statements
from kartoteka_funnel_colors import plugin as colors_plugin
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.recolor import recolor_all
from kartoteka_funnel_colors.regions import colors_in
from kartoteka_funnel_colors.scheme import Scheme
from tests.plugins.funnel_colors.conftest import SALE
from tests.plugins.funnel_colors.making import buy, new_client, request_of
from tests.plugins.funnel_colors.test_hook import business
from tests.starts import lasting

PAGES = ("", "flow", "red", "managers", "regions")
LINK = re.compile(r'<a href="(/(?:client|funnel_colors_move)/list/\?[^"]+)">\s*([\d ]+)')


def drop_yellow(scheme: Scheme) -> None:
    scheme.drop("yellow")


DROPPING = lasting(business(drop_yellow))


@pytest.fixture
def varied(make: Callable[..., Firm]) -> Firm:
    """Clients of many colours, reasons, regions and managers; some had colours that are gone."""
    firm = make(colors_plugin, SALE, DROPPING)
    mine, other = firm.users["manager1"], firm.users["manager3"]
    with firm.session() as session:
        whole = Region(name="District", kind="district")
        session.add(whole)
        session.flush()
        part = Region(name="Part", kind="region", parent_id=whole.id)
        session.add(part)
        session.flush()
        here: dict[str, Any] = {"region_id": part.id, "owner_id": mine}
        new_client(session, "Nowhere")
        new_client(session, "Important", important=True, **here)
        buy(session, new_client(session, "Buyer", **here), 1)
        buy(session, new_client(session, "Seat", region_id=whole.id, owner_id=other), 2)
        request_of(session, new_client(session, "Asks", **here))
        lost_of_four(session, here)
        session.commit()
    with firm.session() as session:
        clients: Any = Client.__table__
        moves: Any = ColorMove.__table__
        for name, code in (("Buyer", "yellow"), ("Asks", "blue"), ("Important", None)):
            wanted = update(clients).where(clients.c.name == name)
            session.connection().execute(wanted.values(funnel_colors_color=code))
        session.connection().execute(update(moves).values(moved_at=now() - timedelta(days=1)))
        session.commit()
    return firm


def lost_of_four(session: Any, values: Any) -> None:
    """Four clients lost by one rule: two told one reason, one another, one none; and one left."""
    first, second = session.scalars(select(LostReason.id).order_by(LostReason.id).limit(2))
    for number, said in enumerate((first, first, second, None)):
        lost = new_client(session, f"Lost {number}", **values)
        buy(session, lost, 300, 310)
        if said is not None:
            request = request_of(session, lost)
            request.stage, request.lost_reason_id = "refused", said
            session.flush()
    left = new_client(session, "Left", **values)
    buy(session, left, 300)
    left.left_on, left.lost_reason_id = left.last_purchase_on, first
    session.flush()


def walk(firm: Firm, who: str, address: str) -> list[tuple[str, int]]:
    """Open every number of a page and compare; return the numbers with their links."""
    browser = firm.browser(who)
    shown = browser.get(address)
    assert shown.status_code == 200
    found: list[tuple[str, int]] = []
    for link, text in LINK.findall(shown.get_data(as_text=True)):
        listed = browser.get(html.unescape(link))
        assert listed.status_code == 200, link
        rows = len(re.findall(r"<tr data-href=", listed.get_data(as_text=True)))
        assert rows == int(text), (who, address, html.unescape(link))
        found.append((html.unescape(link), rows))
    return found


@pytest.mark.parametrize("who", ["director", "manager1"])
def test_numbers_are_rows_on_every_page(varied: Firm, who: str) -> None:
    kept = walk(varied, who, "/funnel-colors/")
    assert any("yellow" in link and rows == 1 for link, rows in kept)
    assert any("empty" in link and rows == 1 for link, rows in kept)
    with varied.session() as session:
        recolor_all(session)
        session.commit()
    found = {page: walk(varied, who, f"/funnel-colors/{page}") for page in PAGES}
    assert all(len(numbers) >= 3 for numbers in found.values())
    assert sorted(rows for _link, rows in found["red"]) == [1, 1, 1, 2]
    moved = " ".join(link for link, _rows in found["flow"])
    assert "old_color:eq:yellow" in moved
    assert "old_color:eq:blue" in moved


@pytest.mark.parametrize(("who", "more"), [("director", 1), ("manager1", 0)])
def test_numbers_of_a_region_are_rows_with_all_below_it(varied: Firm, who: str, more: int) -> None:
    with varied.session() as session:
        regions = {row.name: row.id for row in session.scalars(select(Region))}
    for name, clients in (("District", 8 + more), ("Part", 8)):
        numbers = walk(varied, who, f"/region/show/{regions[name]}")
        assert sum(rows for link, rows in numbers if "c=" in link) == clients


def test_a_colour_that_is_gone_keeps_its_name(varied: Firm) -> None:
    browser = varied.browser("director")
    before = browser.get("/funnel-colors/").get_data(as_text=True)
    assert "Yellow" in before
    assert "is no longer used" in before
    with varied.session() as session:
        recolor_all(session)
        session.commit()
    flow = browser.get("/funnel-colors/flow").get_data(as_text=True)
    assert "Yellow" in flow
    assert "blue" in flow
    listed = browser.get("/funnel_colors_move/list/?f=old_color:eq:yellow").get_data(as_text=True)
    assert "Yellow" in listed
    assert browser.get("/client/list/?f=funnel_colors_color:eq:Not a code").status_code == 400


def test_the_colours_of_a_region_are_one_statement(varied: Firm) -> None:
    with varied.session("director") as session:
        whole = session.scalars(select(Region.id).where(Region.name == "District")).one()
        with statements(varied) as sent:
            found = colors_in(session, whole)
    assert len(sent) == 1
    assert sum(one.count for one in found) == 9
