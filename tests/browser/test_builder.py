"""Criteria are built on the list without typing any code, by keyboard as by mouse."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from kartoteka.api import create, field_is
from kartoteka.services import views
from kartoteka.services.views import Wish
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_lists_forms import add_client, has_no_sideways_scroll

pytestmark = pytest.mark.browser


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_criteria_are_built_with_the_keyboard_alone(site: Site) -> None:
    add_client(site.firm, "manager1", "Large shop", important=True)
    add_client(site.firm, "manager1", "Small shop")
    page = site.log_in("manager1")
    page.goto("/client/list/")

    page.get_by_role("button", name="Criteria").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("What is asked")).to_be_focused()
    page.keyboard.type("Important")
    press(page, "Tab", "Tab")  # the operator is right as it stands
    page.keyboard.type("Yes")
    press(page, "Tab", "Tab")
    expect(page.get_by_role("button", name="Condition", exact=True)).to_be_focused()
    press(page, "Enter")
    page.keyboard.type("Number of purchases in a window")
    press(page, "Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("90")
    press(page, "Tab")
    page.keyboard.type("at most")
    press(page, "Tab")
    page.keyboard.type("2")
    expect(page.locator(".builder-said")).to_contain_text("1 record")
    press(page, "Enter")

    page.wait_for_url(re.compile("c="))
    expect(page.get_by_role("link", name="Large shop")).to_be_visible()
    expect(page.get_by_text("Small shop")).to_have_count(0)
    chip = page.locator(".chip-words")
    expect(chip).to_contain_text("Important: yes and purchases in the last 90 days")
    # The address is all a colleague needs.
    other = site.log_in("curator1")
    other.goto(page.url)
    expect(other.get_by_role("link", name="Large shop")).to_be_visible()
    page.keyboard.press("Escape")
    assert site.complaints == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_groups_references_and_several_choices(site: Site, size: object) -> None:
    with site.firm.session() as session:
        entity = site.firm.made.registry.entity("region")
        region = create(session, entity, {"name": "Московская область", "kind": "region"})
        session.commit()
        place = region.id
    add_client(site.firm, "manager1", "In Moscow", region_id=place)
    add_client(site.firm, "manager1", "A person", kind="person")
    add_client(site.firm, "manager1", "Elsewhere")
    page = site.log_in("manager1", size)
    page.goto("/client/list/?f=name:filled:")
    page.get_by_role("button", name="Criteria").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".condition")).to_have_count(1)  # the simple filter

    dialog.get_by_role("button", name="Group", exact=True).click()
    inner = dialog.locator(".group .group")
    inner.get_by_label("What is asked").select_option(label="Region")
    inner.get_by_role("combobox", name="Value").press_sequentially("моск")
    page.get_by_role("option", name="Московская область").click()
    inner.get_by_role("button", name="Condition", exact=True).click()
    row = inner.locator(".condition").nth(1)
    row.get_by_label("What is asked").select_option("field:kind")
    row.get_by_label("Condition", exact=True).select_option("in")
    row.get_by_label("Person").check()
    site.picture(page, f"builder-{'phone' if size == PHONE else 'wide'}")
    assert has_no_sideways_scroll(page)
    dialog.get_by_role("button", name="Show", exact=True).click()

    page.wait_for_url(re.compile("c="))
    expect(page.get_by_role("link", name="In Moscow")).to_be_visible()
    expect(page.get_by_role("link", name="A person")).to_be_visible()
    expect(page.get_by_text("Elsewhere")).to_have_count(0)
    assert "f=" not in page.url
    site.picture(page, f"builder-list-{'phone' if size == PHONE else 'wide'}")
    page.locator(".chip-words a").first.click()
    expect(page.get_by_role("combobox", name="Value")).to_have_value("Московская область")
    expect(page.locator(".builder .condition")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Which records")).to_have_count(0)
    assert site.complaints == []


def test_what_is_wrong_is_said_at_its_condition(site: Site) -> None:
    add_client(site.firm, "manager1", "Shop")
    page = site.log_in("manager1")
    page.goto("/client/list/")
    page.get_by_role("button", name="Criteria").click()
    page.get_by_label("What is asked").select_option("fact:days_since_call")
    page.get_by_label("Condition", exact=True).select_option("gt")
    page.get_by_label("Value").fill("many")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.locator(".condition .error")).to_be_visible()
    expect(page.get_by_label("Value")).to_be_focused()
    assert "c=" not in page.url


def test_without_script_a_list_shows_its_criteria_in_words(site: Site) -> None:
    add_client(site.firm, "manager1", "Large shop", important=True)
    page = site.log_in("manager1")
    cookies = page.context.cookies()
    plain = site.browser.new_context(base_url=site.url, java_script_enabled=False)
    plain.add_cookies(cookies)  # pyright: ignore[reportArgumentType]
    other = plain.new_page()
    other.goto('/client/list/?c={"version":1,"tree":{"field":"important","op":"eq","value":true}}')

    expect(other.locator(".chip-words")).to_contain_text("Important: yes")
    expect(other.get_by_role("link", name="Large shop")).to_be_visible()
    expect(other.get_by_role("button", name="Criteria")).to_have_count(0)
    plain.close()


def test_criteria_too_long_for_an_address_become_a_view(site: Site) -> None:
    add_client(site.firm, "manager1", "Large shop")
    add_client(site.firm, "manager1", "Small shop")
    with site.firm.session("manager1") as session:
        names = [f"{number:05}{'x' * 200}" for number in range(40)]
        wish = Wish(criteria=field_is("name", "in", ["Large shop", *names]))
        entity = site.firm.made.registry.entity("client")
        number = views.create(session, entity, "Many", wish).id
        session.commit()
    page = site.log_in("manager1")
    page.goto(f"/client/list/?view={number}")

    page.get_by_role("button", name="Criteria").click()
    expect(page.locator(".builder-said")).to_contain_text("1 record")
    page.get_by_role("button", name="Show", exact=True).click()
    name = page.get_by_placeholder("Name of the view").last
    expect(name).to_be_focused()
    name.fill("More")
    name.press("Enter")

    expect(page.get_by_role("link", name="More").first).to_be_visible()
    expect(page.get_by_role("link", name="Large shop", exact=True)).to_be_visible()
    expect(page.get_by_text("Small shop")).to_have_count(0)
    assert site.complaints == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_parts_are_put_in_order_with_buttons_and_the_keyboard(site: Site, size: object) -> None:
    add_client(site.firm, "manager1", "Shop", important=True, industry="toys", note="x")
    parts = [
        {"field": "name", "op": "filled"},
        {"field": "important", "op": "eq", "value": True},
        {"any": [{"field": "industry", "op": "filled"}, {"field": "note", "op": "filled"}]},
    ]
    page = site.log_in("manager1", size)
    tree = json.dumps({"version": 1, "tree": {"all": parts}})
    page.goto(f"/client/list/?{urlencode({'c': tree})}")
    page.locator(".chip-words a").first.click()
    dialog = page.get_by_role("dialog", name="Which records")
    top = dialog.locator(".builder-body > .group > .group-parts > li")
    expect(top).to_have_count(3)
    asked = dialog.get_by_label("What is asked")

    def order() -> list[str]:
        return [asked.nth(place).input_value() for place in range(4)]

    first, last = top.nth(0), top.nth(2)
    expect(first.get_by_role("button", name="Move up")).to_be_disabled()
    expect(last.locator("> .group > .group-head").get_by_role("button", name="Move down"))\
        .to_be_disabled()  # fmt: skip
    down = first.get_by_role("button", name="Move down")
    down.focus()
    page.keyboard.press("Enter")
    assert order() == ["field:important", "field:name", "field:industry", "field:note"]
    expect(top.nth(1).get_by_role("button", name="Move down")).to_be_focused()
    page.keyboard.press("Enter")
    assert order() == ["field:important", "field:industry", "field:note", "field:name"]
    # At the end there is no further: the way back has the focus.
    expect(top.nth(2).get_by_role("button", name="Move up")).to_be_focused()
    inner = top.nth(1).locator(".group-parts > li")
    inner.nth(1).get_by_role("button", name="Move up").click()
    assert order() == ["field:important", "field:note", "field:industry", "field:name"]
    expect(dialog.locator(".builder-said")).to_contain_text(
        re.compile("Important.*Note.*Line of business.*Name", re.S)
    )
    site.picture(page, f"builder-order-{'phone' if size == PHONE else 'wide'}")
    assert has_no_sideways_scroll(page)
    inner.nth(0).get_by_role("button", name="Remove the condition").click()
    expect(top.nth(1).locator(".group-parts").get_by_role("button", name="Move up")).to_have_count(
        0
    )
    before = page.url
    dialog.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(lambda url: url != before)
    kept = json.loads(parse_qs(urlsplit(page.url).query)["c"][0])["tree"]["all"]
    assert [part.get("field", "group") for part in kept] == ["important", "group", "name"]
    assert site.complaints == []


def test_a_wrong_value_is_told_at_its_row_and_keeps_the_cursor(site: Site) -> None:
    page = site.log_in("manager1")
    add_client(site.firm, "manager1", "Large shop")
    page.goto("/client/list/")
    page.get_by_role("button", name="Criteria").click()
    page.get_by_label("What is asked").select_option("Sum of purchases in a window")
    value = page.get_by_label("Value", exact=True)
    value.fill("abc")
    value.press("Enter")

    expect(page.locator(".condition .error")).to_have_text("'abc' is not a number.")
    expect(value).to_be_focused()
    # The count that runs while one types does not take the sentence away.
    page.get_by_label("Condition", exact=True).select_option("at least")
    with page.expect_response(re.compile("criteria/check")):
        pass
    expect(page.locator(".condition .error")).to_be_visible()
    value.fill("5")
    value.press("Tab")
    expect(page.locator(".condition .error")).to_be_hidden()

    # Opened again it waits for the value, and Enter does not close it.
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Criteria").click()
    expect(value).to_be_focused()


def test_on_a_phone_the_whole_builder_fits(site: Site) -> None:
    add_client(site.firm, "manager1", "Large shop")
    page = site.log_in("manager1", PHONE)
    page.goto("/client/list/")
    page.get_by_role("button", name="Criteria").click()
    page.get_by_label("What is asked").select_option("Sum of purchases in a window")
    page.get_by_role("button", name="Group", exact=True).click()

    for part in page.locator(".builder :is(select, input, button):visible").all():
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    page.get_by_role("button", name="Remove the condition").first.click()
    expect(page.get_by_label("What is asked")).to_have_count(1)


def test_the_builder_opens_again_at_the_first_value(site: Site) -> None:
    add_client(site.firm, "manager1", "Shop")
    page = site.log_in("manager1")
    page.goto("/client/list/?f=name:contains:sh")
    opener = page.get_by_role("button", name="Criteria")
    for _time in range(2):
        opener.click()
        value = page.get_by_label("Value", exact=True)
        expect(value).to_be_focused()
        expect(value).to_have_value("sh")
        page.keyboard.press("Escape")
        expect(page.locator("#criteria")).not_to_be_visible()
    opener.click()
    page.keyboard.type("op")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("c="))
    assert site.complaints == []


def test_counts_and_sums_begin_with_at_least(site: Site) -> None:
    add_client(site.firm, "manager1", "Shop")
    page = site.log_in("manager1")
    page.goto("/client/list/")
    page.get_by_role("button", name="Criteria").click()
    for code in ("fact:purchases", "fact:bought", "field:purchase_total"):
        page.get_by_label("What is asked").select_option(code)
        expect(page.get_by_label("Condition", exact=True)).to_have_value("ge")
    page.get_by_label("What is asked").select_option("field:name")
    expect(page.get_by_label("Condition", exact=True)).to_have_value("contains")
