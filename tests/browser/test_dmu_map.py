"""A manager works on the map of who decides: with the mouse, with the keyboard, on a phone."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import expect

from kartoteka.models import Client, Deal, DmuRelation
from kartoteka.services.dmu import seat
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
MIDDLE = {"width": 1024, "height": 768}
#: Left, top, right and bottom of each person with all that is drawn and written of them.
BOXES = """[...document.querySelectorAll(".map .node")].map((node) => {
  const parts = [...node.querySelectorAll("text, circle:not(.node-focus)")];
  const all = parts.map((part) => part.getBoundingClientRect());
  return [Math.min(...all.map((b) => b.left)), Math.min(...all.map((b) => b.top)),
          Math.max(...all.map((b) => b.right)), Math.max(...all.map((b) => b.bottom))];
})"""


def new_client(firm: Firm, people: int = 2) -> int:
    """Make a client: the first person decides, the others report to them; nobody buys."""
    with firm.session("manager1") as session:
        client = Client(name="Завод")
        session.add(client)
        session.flush()
        members: list[int] = []
        for number in range(people):
            person = add_person(session, client.id, name=f"Человек{number} Имя", position="Юрист")
            role, influence = ("user", 2) if number else ("decider", 5)
            made = seat(session, client.id, person.id, roles=[role], influence=influence,
                        coverage="deep", attitude=1)  # fmt: skip
            members.append(made.id)
            if number:
                session.add(DmuRelation(client_id=client.id, member_id=made.id,
                                        kind="reports_to", other_id=members[0]))  # fmt: skip
        session.add(Deal(client_id=client.id, title="Paper"))
        session.commit()
        return client.id


@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "phone"])
def test_an_empty_seat_is_filled_and_the_light_changes(site: Any, size: Any) -> None:
    client = new_client(site.firm)
    page = site.log_in("manager1", size)
    page.goto(f"/client/show/{client}")
    dmu = page.locator("#dmu")
    expect(dmu.locator(".state-amber")).to_contain_text("Not known: buyer.")
    dmu.get_by_role("link", name="Empty seat: Buyer").click()
    expect(page.locator("h1")).to_have_text("Empty seat: Buyer")
    expect(page.get_by_label("Buyer")).to_be_checked()
    page.fill("input[name=new_name]", "Вера Новая")
    page.fill("input[name=new_position]", "Закупщик")
    page.select_option("select[name=attitude]", "2")
    page.select_option("select[name=relation]", "influences")
    page.select_option("select[name=relation_to]", label="Человек0 Имя")
    page.click("form[data-form] .btn-main")
    expect(dmu.locator(".state-green")).to_be_visible()
    expect(dmu.get_by_role("link", name="Вера Новая. Закупщик")).to_be_visible()
    expect(dmu.locator(".map .tie-influences")).to_have_count(1)
    site.picture(page, f"dmu-{'phone' if size else 'wide'}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert site.complaints == []


def test_a_person_is_assessed_with_the_keyboard_alone(site: Any) -> None:
    client = new_client(site.firm)
    page = site.log_in("manager1")
    page.goto(f"/client/show/{client}")
    page.get_by_role("link", name="Человек0 Имя. Юрист. Decider").focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_accessible_name("Человек1 Имя. Юрист. User. Influence "
        "2 of 5. for us. Deep. reports to Человек0 Имя")  # fmt: skip
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/client/seat/**")
    page.select_option("select[name=attitude]", "-2")
    page.locator("select[name=attitude]").press("Control+Enter")
    expect(page.locator("#dmu .state-red")).to_contain_text("Человек0 Имя (decider) is against us.")
    expect(page.locator("#dmu .mood-m2 .node-sign").first).to_have_text("−−")


def test_a_line_is_opened_by_a_click_and_taken_away_in_the_form(site: Any) -> None:
    client = new_client(site.firm)
    page = site.log_in("manager1")
    page.goto(f"/client/show/{client}")
    page.locator("#dmu .map .tie-reports-to").click()
    page.wait_for_url("**/dmu_relation/edit/**")
    page.go_back()
    page.get_by_role("link", name="Человек1 Имя. Юрист").click()
    page.locator(".relations").get_by_role("link", name="Delete").click()
    page.locator("main form .btn-danger").click()
    expect(page.locator(".relations")).to_have_count(0)


def test_forty_people_stand_apart_in_every_width(site: Any) -> None:
    client = new_client(site.firm, 40)
    page = site.log_in("manager1")
    for size in (WIDE, MIDDLE, PHONE):
        page.set_viewport_size(size)
        page.goto(f"/client/{'map' if size == MIDDLE else 'show'}/{client}")
        expect(page.locator(".map a .node")).to_have_count(41)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for one, other in combinations(page.evaluate(BOXES), 2):
            apart = (one[0] >= other[2] - 1 or other[0] >= one[2] - 1
                     or one[1] >= other[3] - 1 or other[1] >= one[3] - 1)  # fmt: skip
            assert apart, (one, other)
    assert site.complaints == []


def test_from_a_deal_one_comes_back_to_the_deal(site: Any) -> None:
    new_client(site.firm)
    page = site.log_in("manager1")
    page.goto("/deal/show/1")
    page.locator("#dmu").get_by_role("link", name="Empty seat: Buyer").click()
    page.select_option("select[name=contact_id]", label="Человек1 Имя")
    page.click("form[data-form] .btn-main")
    page.wait_for_url("**/deal/show/1#dmu")
    expect(page.locator("#dmu .state-green")).to_be_visible()
    page.locator("#dmu").get_by_role("link", name="Large map").click()
    page.locator(".above a").click()
    page.wait_for_url("**/deal/show/1")
