"""A manager reads the map of regions: with the mouse, with the keyboard, on a phone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kartoteka.api import Client, Indicator, IndicatorValue, Region
from kartoteka.models import RegionMap
from kartoteka.services.geojson import Feature
from kartoteka.services.map_drawing import draw
from kartoteka.services.region_matching import Matched
from kartoteka.services.region_shapes import store_shapes
from kartoteka.testing import Firm


def draw_land(firm: Firm) -> list[int]:
    """Draw three regions side by side, one of them behind the 180th meridian."""
    with firm.session() as session:
        regions = [Region(name=name) for name in ("Запад", "Центр", "Восток")]
        session.add_all(regions)
        session.flush()
        indicator = session.scalars(select(Indicator).where(Indicator.code == "population")).one()
        places: dict[int, list[Feature]] = {}
        for number, region in enumerate(regions):
            west = 150 + 20 * number
            corners = ((0, 55), (20, 55), (20, 65), (0, 65), (0, 55))
            ring = [((west + x + 180) % 360 - 180.0, float(y)) for x, y in corners]
            places[region.id] = [Feature(number=number, properties={}, rings=[ring])]
            session.add(
                IndicatorValue(region_id=region.id, indicator_id=indicator.id, span="year",
                               period=date(date.today().year - 1, 1, 1), value=1000 * (number + 1))
            )  # fmt: skip
        session.add(
            Client(name="C", kind="organisation", region_id=regions[1].id,
                   owner_id=firm.users["manager1"])
        )  # fmt: skip
        matched = Matched(country="RU", properties=[], places=places)
        sheet = draw([one[0].rings for one in places.values()])
        store_shapes(session, matched, sheet, firm.made.config.folder / "land.geojson")
        session.commit()
        assert session.scalars(select(RegionMap.country)).all() == ["RU"]
        return list(places)


@pytest.mark.parametrize("size", [None, {"width": 390, "height": 844}], ids=["wide", "phone"])
def test_a_region_is_pointed_at_focused_and_opened(site: Any, size: Any) -> None:
    draw_land(site.firm)
    page = site.log_in("manager1", size)
    page.goto("/region/map")
    said = page.locator("[data-region-said]")
    expect(said).to_contain_text("Point at a region")
    east = page.get_by_role("link", name="Восток: 3,000 people")
    east.hover()
    expect(said).to_contain_text("Восток: 3,000 people")
    page.get_by_role("link", name="Центр: 2,000 people").focus()
    expect(said).to_contain_text("Центр: 2,000 people")
    boxes = [page.locator("svg.choropleth a").nth(n).bounding_box() for n in range(3)]
    assert max(box["width"] for box in boxes) < 0.6 * page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Figure").select_option("clients")
    expect(page.locator(".region-map h2")).to_have_text("Clients")
    expect(page.locator(".map-table tbody tr").first).to_contain_text("Центр")
    page.get_by_role("link", name="Центр: 1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Центр")
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.locator("svg.choropleth a.is-here")).to_have_count(1)
    assert site.complaints == []
