"""The board of deals: right totals, first cards in order, the filters and rights of the list."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from kartoteka.api import Filter, now
from kartoteka.models import Client, Deal, LostReason, StageSetting
from kartoteka.services import board as boards
from kartoteka.services.board import Asked, board
from kartoteka.services.region_block import Amount
from kartoteka.services.selection import Selection
from kartoteka.testing import Firm, statements

TODAY = now().date()


def opened(
    firm: Firm, *deals: dict[str, Any], who: str = "manager1", client: str = "Ромашка"
) -> int:
    """Open deals of one client; return the id of the first."""
    with firm.session(who) as session:
        of = Client(name=client)
        session.add(of)
        session.flush()
        made: list[Deal] = []
        for values in deals:
            stage = values.pop("stage", "new")
            since = values.pop("since", None)
            closed = values.pop("closed_at", None)
            deal = Deal(client_id=of.id, **{"title": "Paper", **values})
            session.add(deal)
            session.flush()
            if stage == "refused":
                deal.lost_reason_id = session.scalars(select(LostReason.id)).first()
            if stage == "later":
                deal.recheck_on = values.get("recheck_on", TODAY + timedelta(days=30))
            deal.stage = stage
            session.flush()
            deal.stage_since = since or deal.stage_since
            deal.closed_at = closed or deal.closed_at
            made.append(deal)
        session.commit()
        return made[0].id


def shown(firm: Firm, who: str | None = None, **asked: Any) -> dict[str, tuple[int, list[str]]]:
    with firm.session(who) as session:
        found = board(session, Asked(pipeline="sale", **asked))
        return {
            column.view.stage.code: (column.total.count, [deal.title for deal in column.deals])
            for column in found.columns
        }


def test_columns_are_the_stages_in_order_with_count_and_sum_of_each_currency(firm: Firm) -> None:
    opened(
        firm,
        {"stage": "offer", "amount": Decimal("10.50"), "amount_currency": "RUB"},
        {"stage": "offer", "amount": Decimal(7), "amount_currency": "EUR"},
        {"stage": "offer", "amount": Decimal("0.01"), "amount_currency": "RUB"},
        {"stage": "new"},
    )
    with firm.session() as session:
        found = board(session, Asked(pipeline="sale"))
    assert [column.view.stage.code for column in found.columns] == [
        "new", "offer", "later", "won", "doing", "done", "refused",
    ]  # fmt: skip
    offer = found.columns[1].total
    assert offer.count == 3
    assert list(offer.sums) == [
        Amount(currency="EUR", amount=Decimal(7)),
        Amount(currency="RUB", amount=Decimal("10.51")),
    ]
    assert list(found.columns[0].total.sums) == []


def test_the_largest_amounts_add_up(firm: Firm) -> None:
    most = Decimal("9999999999999999.99")
    opened(firm, *({"stage": "offer", "amount": most, "amount_currency": "RUB"} for _ in range(12)))
    with firm.session() as session:
        found = board(session, Asked(pipeline="sale"))
    assert found.columns[1].total.sums[0].amount == most * 12


@pytest.mark.parametrize("few", [2000, 0], ids=["put in order here", "by the database"])
@pytest.mark.parametrize("closed", [30, 0])
def test_what_wants_attention_stands_first(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, few: int, closed: int
) -> None:
    monkeypatch.setattr(boards, "FEW", few)
    days = [None, 5, -3, None, 1]
    opened(
        firm,
        *({"title": f"in {n}", "next_step_on": None if n is None else TODAY + timedelta(days=n)}
          for n in days),
        *({"stage": "later", "title": f"back {n}", "recheck_on": TODAY + timedelta(days=n)}
          for n in (9, 2)),
        *({"stage": "refused", "title": f"lost {n}", "closed_at": now() - timedelta(days=n)}
          for n in (4, 1, 90)),
    )  # fmt: skip
    found = shown(firm, closed_days=closed)
    assert found["new"] == (5, ["in -3", "in 1", "in 5", "in None", "in None"])
    assert found["later"] == (2, ["back 2", "back 9"])
    lost = ["lost 1", "lost 4"] if closed else ["lost 1", "lost 4", "lost 90"]
    assert found["refused"] == (len(lost), lost)


@pytest.mark.parametrize("few", [2000, 0], ids=["put in order here", "by the database"])
@pytest.mark.parametrize("order", ["", "-amount", "title", "stage", "-opened_at"])
def test_further_cards_follow_the_first_ones(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, few: int, order: str
) -> None:
    monkeypatch.setattr(boards, "FEW", few)
    monkeypatch.setattr(boards, "CARDS", 3)
    monkeypatch.setattr(boards, "MORE_CARDS", 4)
    opened(
        firm,
        *(
            {"title": f"{'Ёжая'[n % 4]} {n % 3}", "amount": None if n % 4 == 0 else Decimal(n % 5),
             "next_step_on": None if n % 2 else TODAY + timedelta(days=n % 3)}
            for n in range(14)
        ),
    )  # fmt: skip
    asked = Asked(pipeline="sale", selection=Selection(order=order))
    with firm.session("manager1") as session:
        column = board(session, asked).columns[0]
        found = [deal.id for deal in column.deals]
        assert len(found) == 3
        after = column.more
        while after:
            page = boards.more(session, asked, column.view.stage, after)
            found += [deal.id for deal in page.records]
            after = page.next
    assert len(found) == len(set(found)) == column.total.count == 14


@pytest.mark.parametrize("few", [2000, 0], ids=["put in order here", "by the database"])
def test_the_board_shows_what_the_list_shows(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(boards, "FEW", few)
    opened(firm, {"title": "Mine"}, who="manager1")
    opened(firm, {"title": "Foreign"}, who="manager3")
    foreign = opened(firm, {"title": "Foreign too"}, who="manager3", client="Лютик")
    assert shown(firm, "manager1")["new"] == (1, ["Mine"])
    assert shown(firm, "curator1")["new"] == (1, ["Mine"])
    assert shown(firm, "director")["new"][0] == 3
    browser = firm.browser("manager1")
    assert "Foreign" not in browser.get("/deal/board").text
    assert "Foreign" not in browser.get("/deal/board/column?stage=new").text
    page = browser.get(f"/deal/board/fresh?card={foreign}").get_json()
    assert page["card"] == ""
    assert page["totals"]["new"]["count"] == 1


def test_filters_and_search_narrow_the_board_as_the_list(firm: Firm) -> None:
    opened(firm, {"title": "Paper"}, {"title": "Ink"}, {"title": "Paper, more", "important": True})
    narrowed = Selection(filters=[Filter(field="important", op="eq", value="1")])
    assert shown(firm, selection=narrowed)["new"] == (1, ["Paper, more"])
    assert shown(firm, selection=Selection(search="pap"))["new"][0] == 2
    assert shown(firm, selection=Selection(search="nothing like it"))["new"] == (0, [])
    browser = firm.browser("manager1")
    page = browser.get("/deal/board?q=ink").text
    assert ">Ink<" in page
    assert ">Paper<" not in page
    assert "/deal/list/?q=ink" in page
    assert "/deal/board?q=ink" in browser.get("/deal/list/?q=ink").text
    wrong = browser.get("/deal/board?f=nosuch:eq:1")
    assert wrong.status_code == 400
    assert "There is no such field" in wrong.text
    assert browser.get("/deal/board?sort=nosuch").status_code == 400
    assert "Nothing fits" in browser.get("/deal/board?q=nosuch").text


def test_a_saved_view_of_the_list_opens_on_the_board(firm: Firm) -> None:
    opened(firm, {"title": "Paper"}, {"title": "Ink", "important": True})
    browser = firm.browser("manager1")
    browser.post(
        "/saved_view/save",
        data={"entity": "deal", "address": "/deal/list/?f=important:eq:1", "name": "Hot ones",
              "default": "1"},
    )  # fmt: skip
    page = browser.get("/deal/board").text
    assert 'aria-current="page">Hot ones' in page
    assert ">Ink" in page
    assert ">Paper<" not in page
    everything = re.search(r'href="(/deal/board\?view=0)"', page)
    assert everything
    assert ">Paper<" in browser.get(everything[1]).text


def test_stages_stand_as_staff_arranged_them_and_deals_elsewhere_are_told_of(firm: Firm) -> None:
    opened(firm, {"stage": "won"}, {"stage": "new"})
    with firm.made.engine.begin() as connection:  # as a plugin leaves it that dropped a stage
        connection.execute(text("UPDATE deal SET stage = 'gone' WHERE stage = 'won'"))
    with firm.session() as session:
        session.add(StageSetting(pipeline="sale", stage="won", is_hidden=True))
        session.add(StageSetting(pipeline="sale", stage="offer", title="Proposal", position=1))
        session.commit()
        found = board(session, Asked(pipeline="sale"))
        assert found.elsewhere == 1
        assert found.columns[0].view.title == "Proposal"
        assert "won" not in [column.view.stage.code for column in found.columns]
    assert "1 more deal is in a stage" in firm.browser("manager1").get("/deal/board").text


def test_a_card_tells_what_a_manager_needs(firm: Firm) -> None:
    opened(
        firm,
        {"stage": "offer", "amount": Decimal(1500), "amount_currency": "RUB", "important": True,
         "since": now() - timedelta(days=20), "next_step_on": date(2020, 5, 4)},
    )  # fmt: skip
    page = firm.browser("manager1").get("/deal/board").text
    card = page[page.index('class="board-card') : page.index("</li>", page.index("board-card"))]
    for words in ("Paper", "Ромашка", "1,500", "20 of 14 d", "Days in this stage: 20 of 14 allowed",
                  "too long", "4 May 2020, overdue", "Manager1 Test", "fa-flag"):  # fmt: skip
        assert words in card, words


def test_an_empty_board_says_what_to_do(firm: Firm) -> None:
    page = firm.browser("manager1").get("/deal/board").text
    assert "No deals yet" in page
    assert "data-board" not in page


def test_the_board_is_in_the_menu_of_those_who_may_list_deals(firm: Firm) -> None:
    page = firm.browser("manager1").get("/deal/board").text
    menu = page[page.index('id="nav"') : page.index("</nav>")]
    assert re.search(r'href="/deal/board" aria-current="page"', menu)
    assert menu.count("aria-current") == 1
    with firm.app.app_context():
        sm: Any = firm.app.extensions["appbuilder"].sm
        right = sm.find_permission_view_menu("can_list", "Deal")
        sm.del_permission_role(sm.find_role("manager"), right)
    browser = firm.browser("manager1")
    assert 'href="/deal/board"' not in browser.get("/client/list/").text
    assert browser.get("/deal/board").status_code == 403
    assert browser.get("/deal/board/fresh").status_code == 403


def test_a_board_asks_as_often_for_much_as_for_little(firm: Firm) -> None:
    browser = firm.browser("manager1")
    counts: list[int] = []
    for client, many in (("One", 1), ("Many", 12)):
        opened(
            firm, *({"stage": stage, "amount": Decimal(1), "amount_currency": "RUB"}
                    for stage in ("new", "offer", "won") for _ in range(many)), client=client,
        )  # fmt: skip
        browser.get("/deal/board")
        with statements(firm) as sent:
            assert browser.get("/deal/board").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[1] <= 12, sent
