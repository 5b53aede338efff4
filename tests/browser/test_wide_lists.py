"""A list of many columns shows figures whole, and the whole of a text that is cut in its title."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from kartoteka.api import Client, Deal, Region, create, move_deal
from kartoteka.models import Indicator, IndicatorValue
from tests.browser.conftest import Site

CUT = """() => [...document.querySelectorAll('.list tbody td')]
  .filter((td) => [td, ...td.children].some((e) =>
    e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow === 'hidden'
    || e.scrollHeight > e.clientHeight + 1 && getComputedStyle(e).overflow === 'hidden'))
  .map((td) => [td.dataset.title, td.title])"""
COLUMNS = ["name", "size_class", "region_id", "last_purchase_on", "purchase_total",
           "last_contact_at", "owner_id", "website", "kind"]  # fmt: skip


@pytest.mark.parametrize("width", [1440, 1920])
def test_only_long_texts_are_cut_and_say_themselves_whole(site: Site, width: int) -> None:
    long = "Общество с ограниченной ответственностью «Торговый дом северных мануфактур и рукоделия»"
    with site.firm.session("manager1") as session:
        for name in ("Ромашка", long):
            region = Region(name="Калининградская область" if name == "Ромашка" else "Тула")
            session.add(region)
            session.flush()
            session.add(Client(name=name, region_id=region.id, size_class="A"))
        session.commit()
    page = site.log_in("manager1", {"width": width, "height": 900})
    wanted = {"name": "columns_client", "value": ".".join(COLUMNS), "domain": "127.0.0.1",
              "path": "/client/"}  # fmt: skip
    page.context.add_cookies([wanted])  # pyright: ignore[reportArgumentType]
    page.goto("/client/list/")
    assert page.locator("thead th").count() == len(COLUMNS) + 2
    widest = "cells => Math.max(...cells.map(cell => cell.offsetWidth))"
    assert page.locator(".list td.pick").evaluate_all(widest) < 50
    # A word that fits a column of its own is not broken in two.
    region = page.locator("td.kind-reference .lines", has_text="Калининградская").first
    assert (
        region.evaluate("""lines => {
      const word = document.createRange();
      const text = (lines.querySelector("a") ?? lines).firstChild;
      word.setStart(text, 0); word.setEnd(text, "Калининградская".length);
      return word.getClientRects().length;
    }""")
        == 1
    )
    cut = page.evaluate(CUT)
    assert [title for title, _whole in cut if title != "Name"] == []
    assert [whole for _title, whole in cut] in ([long], [])
    assert page.locator(f'td[title="{long}"]').count() == 1
    assert site.complaints == []


PASSPORT = """() => [...document.querySelectorAll('.table-passport td, .part-deals td')]
  .filter((td) => td.scrollWidth > td.clientWidth + 1).map((td) => td.innerText)"""


def test_a_passport_and_deals_of_a_card_are_shown_whole_at_every_width(site: Site) -> None:
    with site.firm.session("director") as session:
        region = Region(name="Московская область", kind="region")
        indicator = session.scalars(select(Indicator).where(Indicator.code == "grp")).one()
        indicator.title = "Валовой региональный продукт на душу населения"
        session.add(region)
        session.flush()
        session.add(
            IndicatorValue(region_id=region.id, indicator_id=indicator.id, period=date(2010, 1, 1),
                           span="year", value=Decimal("683845.1"), source="Росстат, бюллетень",
                           is_official=True, retrieved_on=date(2025, 12, 31))
        )  # fmt: skip
        session.commit()
        place = region.id
    with site.firm.session("manager1") as session:
        client = Client(name="Ромашка", region_id=place)
        session.add(client)
        session.flush()
        deal: Deal = create(
            session, site.firm.made.registry.entity("deal"),
            {"client_id": client.id, "title": "Заказ 119: ответственное хранение",
             "pipeline": "sale", "amount": "1438376"},
        )  # fmt: skip
        move_deal(session, deal, "offer")
        session.flush()
        deal.stage_since = datetime.now(UTC) - timedelta(days=411)
        session.commit()
        number = client.id
    for width in (1440, 1280, 390):
        page = site.log_in("director", {"width": width, "height": 900})
        page.goto(f"/region/show/{place}")
        shown = page.locator(".table-passport tbody").inner_text()
        assert all(word in shown for word in ("old", "official", "2025")), shown
        assert page.evaluate(PASSPORT) == []
        page.goto(f"/client/show/{number}")
        assert "too long" in page.locator(".part-deals tbody").inner_text()
        assert page.evaluate(PASSPORT) == []
    assert site.complaints == []
