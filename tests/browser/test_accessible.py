"""Every main page keeps WCAG 2 A and AA as far as axe can tell, and a few rules of our own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kartoteka.api import Activity, Client, Deal, Region, Task, now
from kartoteka.services.dmu import seat
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm
from tests.browser.conftest import PHONE, WIDE

pytestmark = pytest.mark.browser
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
#: Of one page what axe counts among best practices or does not ask at all.
OURS = """() => {
  const found = [], main = document.querySelectorAll("main, [role=main]");
  if (main.length !== 1) found.push(`${main.length} main`);
  const heads = [...document.querySelectorAll("h1, h2, h3, h4, h5")];
  const seen = heads.filter((one) => one.checkVisibility());
  const levels = seen.map((one) => Number(one.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push(`h1: ${levels}`);
  levels.forEach((level, at) => {
    const left = at && level > levels[at - 1] + 1;
    if (left) found.push(`h${level} after h${levels[at - 1]}: ${seen[at].textContent}`);
  });
  const ordered = [...document.querySelectorAll("[tabindex]")].filter((one) => one.tabIndex > 0);
  found.push(...ordered.map((one) => `tabindex ${one.tabIndex}`));
  return found;
}"""
#: A focused element that looks as it did before: nobody sees where the focus is.
UNSEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "";
  const drawn = one.closest("svg") && one.querySelector(".node-focus");
  if (drawn) return getComputedStyle(drawn).stroke === "none" ? one.getAttribute("aria-label") : "";
  const style = getComputedStyle(one);
  const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return shown || style.boxShadow !== "none" ? "" : one.outerHTML.slice(0, 120);
}"""


@pytest.fixture
def filled(make: Callable[..., Firm]) -> Firm:
    """The firm of the wholesale plugin with a little of everything."""
    firm = make("wholesale")
    with firm.session("manager1") as session:
        client = Client(name="ООО «Ёлка»", kind="organisation")
        session.add(client)
        session.flush()
        person = add_person(
            session, client.id, name="Иванов Иван", points=[("phone", "+74951234567")]
        )
        deal = Deal(client_id=client.id, title="Поставка")
        session.add(deal)
        session.flush()
        seat(session, client.id, person.id, deal_id=deal.id, roles=["user"])
        session.add_all(
            [
                Activity(client_id=client.id, kind="call", happened_at=now(), subject="Цены"),
                Task(client_id=client.id, title="Позвонить", due_at=now() - timedelta(hours=1)),
                Task(client_id=client.id, title="Отправить", due_at=now() + timedelta(days=2)),
            ]
        )
        session.commit()
    with firm.session() as session:
        session.add(Region(name="Омская область"))
        session.commit()
    return firm


#: One page of each shape.
PAGES = {
    "manager1": [
        "/", "/tasks/", "/client/list/", "/client/show/1", "/client/edit/1", "/contact/show/1",
        "/deal/board", "/deal/show/1", "/region/show/1", "/reports/sources", "/search/?q=Ёлка",
    ],
    "director": [
        "/norms/", "/norms/numbers", "/staff/add", "/stages/", "/handover/?ids=1",
        "/staff_letter/list/", "/notifications/settings",
    ],
}  # fmt: skip


def of_page(page: Any, address: str) -> list[str]:
    """Return what is wrong with a page."""
    assert page.goto(address).status == 200, address
    expect(page.locator("[data-late]")).to_have_count(0)
    answer = Axe().run(page, options=RULES).response
    found = [
        f"{address} {one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in answer["violations"]
        for node in one["nodes"][:2]
    ]
    return found + [f"{address} {words}" for words in page.evaluate(OURS)]


@pytest.mark.parametrize("who", list(PAGES))
def test_each_page_can_be_read_and_worked_with_by_everybody(
    filled: Firm, serve: Callable[[Firm], Any], who: str
) -> None:
    site = serve(filled)
    page = site.log_in(who, WIDE, "ru-RU")
    found = [words for address in PAGES[who] for words in of_page(page, address)]
    assert found == []


def test_a_phone_finds_nothing_worse(filled: Firm, serve: Callable[[Firm], Any]) -> None:
    page = serve(filled).log_in("manager1", PHONE, "ru-RU")
    addresses = ("/", "/client/show/1", "/deal/board")
    assert [words for address in addresses for words in of_page(page, address)] == []


@pytest.mark.parametrize("address", ["/", "/client/show/1"])
def test_the_focus_is_seen_wherever_tab_leads(
    filled: Firm, serve: Callable[[Firm], Any], address: str
) -> None:
    page = serve(filled).log_in("manager1", WIDE, "ru-RU")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    unseen: list[str] = []
    for _step in range(70):
        page.keyboard.press("Tab")
        unseen += [words] if (words := page.evaluate(UNSEEN)) else []
    assert unseen == []
