"""The map of regions: shades by an indicator or by our own figures, with the same as a table."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import Client, Deal, Indicator, IndicatorValue, Purchase, Region
from kartoteka.models import RegionMap, RegionShape
from kartoteka.testing import Firm, statements

TODAY = date.today()


def add_regions(session: Any, sheet: RegionMap, names: list[str], path: str = "") -> list[int]:
    ids: list[int] = []
    for number, name in enumerate(names):
        region = Region(name=name)
        session.add(region)
        session.flush()
        session.add(
            RegionShape(map_id=sheet.id, region_id=region.id, x=9, y=9, is_small=number == 0,
                        path=path or f"M{number} 0l9 0 0 9z")
        )  # fmt: skip
        ids.append(region.id)
    return ids


def measure(session: Any, regions: list[int], code: str, year: int, values: list[str]) -> None:
    indicator = session.scalars(select(Indicator).where(Indicator.code == code)).one()
    session.add_all(
        IndicatorValue(region_id=region, indicator_id=indicator.id, period=date(year, 1, 1),
                       span="year", value=Decimal(value), source="Rosstat")
        for region, value in zip(regions, values, strict=False)
    )  # fmt: skip


@pytest.fixture
def land(firm: Firm) -> dict[str, int]:
    """Four regions on a map; a town lies in the first, clients of two managers live there."""
    mine, theirs = firm.users["manager1"], firm.users["manager3"]
    with firm.session() as session:
        sheet = RegionMap(country="RU", width=2000, height=1100, file_name="x", source="© Drawer")
        session.add(sheet)
        session.flush()
        ids = add_regions(session, sheet, ["Тверь", "Омск", "Псков", "<b>Тула</b>"])
        town = Region(name="Торжок", kind="settlement", parent_id=ids[0])
        session.add(town)
        session.flush()
        measure(session, ids, "population", TODAY.year - 1, ["1230000", "1800000", "500"])
        measure(session, ids, "population", TODAY.year - 9, ["9", "9", "8", "7"])
        for place, owner, amount, code in (
            (ids[0], mine, "600", "RUB"), (town.id, mine, "50", "RUB"), (ids[1], mine, "5", "EUR"),
            (town.id, theirs, "1000", "RUB"), (ids[2], theirs, "20", "RUB"),
        ):  # fmt: skip
            client = Client(name="C", kind="organisation", region_id=place, owner_id=owner)
            session.add(client)
            session.flush()
            session.add(Purchase(client_id=client.id, bought_on=TODAY - timedelta(days=5),
                                 amount=Decimal(amount), amount_currency=code))  # fmt: skip
            session.add(Deal(title="open", client_id=client.id))
        session.commit()
        return {"tver": ids[0], "omsk": ids[1], "pskov": ids[2], "tula": ids[3]}


def opened(firm: Firm, who: str = "director", **asked: str) -> str:
    answer = firm.browser(who).get("/region/map", query_string=asked)
    assert answer.status_code == 200
    return answer.text


def drawn(page: str) -> dict[str, tuple[int, str]]:
    """Return shade and words of each region on the map."""
    svg = page.split('<svg class="choropleth"')[1].split("</svg>")[0]
    found = re.findall(
        r'<a href="([^"]+)" aria-label="([^"]+)"[^>]*>(.*?)<title>(.*?)</title>', svg
    )
    assert all(words == title for _href, words, _paths, title in found)
    shades = [re.search(r'class="shade-(\d)"', paths) for _href, _words, paths, _title in found]
    return {
        href.rpartition("/")[2]: (int(shade[1]) if shade else 0, unescape(words))
        for (href, words, _paths, _title), shade in zip(found, shades, strict=True)
    }


def table(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.split('id="map-table"')[1])[1:]
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row) for row in rows]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def test_an_indicator_colours_the_map_and_stands_in_the_table(
    firm: Firm, land: dict[str, int]
) -> None:
    page = opened(firm)
    year = str(TODAY.year - 1)
    assert drawn(page) == {
        str(land["omsk"]): (5, f"Омск: 1,800,000 people ({year})"),
        str(land["tver"]): (4, f"Тверь: 1,230,000 people ({year})"),
        str(land["pskov"]): (2, f"Псков: 500 people ({year})"),
        str(land["tula"]): (1, f"<b>Тула</b>: 7 people ({TODAY.year - 9})"),
    }
    rows = table(page)
    assert [row[:2] for row in rows] == [
        ["Омск", "1,800,000"], ["Тверь", "1,230,000"], ["Псков", "500"], ["<b>Тула</b>", "7"],
    ]  # fmt: skip
    assert rows[3][2] == f"{TODAY.year - 9} old"
    assert "1 value is older than this indicator stays fresh." in page
    assert "Source: Rosstat" in page
    assert "Shapes: © Drawer" in page
    assert " style=" not in page.split("<main")[1]


def test_a_year_is_chosen_and_one_without_values_is_not(firm: Firm, land: dict[str, int]) -> None:
    page = opened(firm, show="i:population", year=str(TODAY.year - 1), classes="equal")
    found = drawn(page)
    assert found[str(land["tula"])] == (0, "<b>Тула</b>: no data")
    assert found[str(land["pskov"])][0] == 1
    for odd in ("1066", "20x6", "99999", str(TODAY.year - 2)):
        assert drawn(opened(firm, year=odd, show="i:population")) == drawn(opened(firm))
    assert drawn(opened(firm, show="i:nothing", country="XX")) == drawn(opened(firm))


@pytest.mark.parametrize(("who", "clients", "revenue"), [
    ("director", {"tver": "3", "omsk": "1", "pskov": "1"},
     {"tver": "RUB 1,650", "pskov": "RUB 20"}),
    ("manager1", {"tver": "2", "omsk": "1"}, {"tver": "RUB 650"}),
])  # fmt: skip
def test_our_own_figures_are_those_of_the_rows_the_reader_sees(
    firm: Firm, land: dict[str, int], who: str, clients: dict[str, str], revenue: dict[str, str]
) -> None:
    def said(**asked: str) -> dict[str, str]:
        names = {str(number): name for name, number in land.items()}
        found = {names[key]: words.split(": ")[1] for key, (_s, words) in
                 drawn(opened(firm, who, **asked)).items()}  # fmt: skip
        return {name: words.replace("\u00a0", " ") for name, words in found.items()
                if words != "none"}  # fmt: skip

    assert said(show="clients") == said(show="deals") == clients
    assert said(show="revenue", currency="RUB") == revenue
    assert list(said(show="revenue", currency="EUR")) == ["omsk"]
    note = "Counted over the clients you see"
    assert (note in opened(firm, who, show="clients")) == (who != "director")


def test_figures_of_a_hidden_field_are_not_offered(firm: Firm, land: dict[str, int]) -> None:
    assert 'value="revenue"' in opened(firm, "manager1")
    hide(firm, "purchase", "amount")
    page = opened(firm, "manager1", show="revenue")
    assert 'value="revenue"' not in page
    assert "population" in page
    hide(firm, "client", "region_id")
    assert 'value="clients"' not in opened(firm, "manager1", show="clients")
    panel = firm.browser("manager1").get(f"/region/panel/{land['tver']}/revenue")
    assert (panel.status_code, panel.text) == (200, "")


def hide(firm: Firm, entity: str, name: str) -> None:
    """Hide a field from managers in this application."""
    fields = firm.made.registry._fields
    fields[entity] = {
        **fields[entity], name: replace(fields[entity][name], hidden_from=("manager",))
    }  # fmt: skip


@pytest.mark.parametrize("show", ["i:population", "clients", "deals", "revenue"])
def test_statements_do_not_grow_with_regions_and_ninety_are_light(
    firm: Firm, land: dict[str, int], show: str
) -> None:
    browser = firm.browser("curator1")

    def sent() -> int:
        with statements(firm) as found:
            browser.get("/region/map", query_string={"show": show})
        return len(found)

    sent()  # what is read once for the process
    before = sent()
    with firm.session() as session:
        sheet = session.scalars(select(RegionMap)).one()
        ids = add_regions(
            session, sheet, [f"Region {n}" for n in range(86)], "M0 0l" + "9 9 " * 380
        )
        measure(session, ids, "population", TODAY.year - 1, ["5"] * 86)
        session.commit()
    assert sent() == before
    page = opened(firm, "curator1", show=show)
    assert len(drawn(page)) == 90
    svg = page.split('<svg class="choropleth"')[1].split("</svg>")[0]
    assert len(svg.encode()) <= 200_000


def test_without_shapes_the_page_says_how_to_load_them(firm: Firm) -> None:
    page = opened(firm, "manager1")
    assert "kartoteka regions load" in page
    assert "<svg" not in page.split("<main")[1]


def test_two_maps_are_chosen_by_country(firm: Firm, land: dict[str, int]) -> None:
    with firm.session() as session:
        sheet = RegionMap(country="BG", width=2000, height=1300, file_name="bg")
        session.add(sheet)
        session.flush()
        add_regions(session, sheet, ["Видин"])
        session.commit()
    assert len(drawn(opened(firm))) == 4
    page = opened(firm, country="BG")
    assert [words for _shade, words in drawn(page).values()] == ["Видин: none"]
    assert "Bulgaria" in page


def test_the_passport_fetches_revenue_once_it_stands(firm: Firm, land: dict[str, int]) -> None:
    browser = firm.browser("director")
    with statements(firm) as sent:
        page = browser.get(f"/region/show/{land['tver']}").text
    assert not [text for text in sent if "purchase" in text]
    (address,) = re.findall(r'data-late="([^"]+)"', page)
    block = unescape(browser.get(address).text).replace("\u00a0", " ")
    assert "RUB 1,650" in block
    assert "98.8 %" in block
    assert "RUB 13.41" in block  # 1650 · 10,000 / 1,230,000


def test_regions_side_by_side_show_our_clients_too(firm: Firm, land: dict[str, int]) -> None:
    page = firm.browser("director").get(f"/region/compare?ids={land['tver']},{land['omsk']}").text
    rows = [re.findall(r'class="num">(\d+)<', row) for row in re.findall(r"<tr>.*?</tr>", page)]
    assert rows[-2:] == [["3", "1"], ["3", "1"]]
