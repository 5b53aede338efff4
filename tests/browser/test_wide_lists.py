"""A list of many columns shows figures whole, and the whole of a text that is cut in its title."""

from __future__ import annotations

import pytest

from kartoteka.api import Client, Region
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
    cut = page.evaluate(CUT)
    assert [title for title, _whole in cut if title != "Name"] == []
    assert [whole for _title, whole in cut] in ([long], [])
    assert page.locator(f'td[title="{long}"]').count() == 1
    assert site.complaints == []
