"""Moves from the board: asked what a stage demands, refused in words, never over others unseen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import PluginInfo, RecordChange, Rejected, hookimpl
from kartoteka.models import Client, Deal, LostReason
from kartoteka.testing import Firm
from tests.conftest import sale_plugin
from tests.core.test_board import opened

JSON = {"Accept": "application/json"}


def send(browser: Any, deal: int, **values: Any) -> Any:
    return browser.post(f"/deal/move/{deal}", data=values, headers=JSON)


def at(firm: Firm, deal: int) -> tuple[str, int]:
    with firm.session() as session:
        found = session.get_one(Deal, deal)
        return found.stage, found.version


def test_a_stage_without_demands_is_entered_at_once(firm: Firm) -> None:
    deal = opened(firm, {})
    version = at(firm, deal)[1]
    browser = firm.browser("manager1")
    answer = send(browser, deal, stage="won", version=version, ask="1")
    assert answer.get_json() == {"message": "Now in stage: Won."}
    assert at(firm, deal)[0] == "won"
    fresh = browser.get(f"/deal/board/fresh?stages=new,won&card={deal}").get_json()
    assert {code: one["count"] for code, one in fresh["totals"].items()} == {"new": 0, "won": 1}
    assert fresh["stage"] == "won"
    assert f'data-deal="{deal}"' in fresh["card"]


@pytest.mark.parametrize(
    ("stage", "asked"),
    [("offer", "amount"), ("refused", "lost_reason_id"), ("later", "recheck_on")],
)
def test_what_a_stage_demands_is_asked_in_the_form_of_a_move(
    firm: Firm, stage: str, asked: str
) -> None:
    deal = opened(firm, {})
    answer = send(firm.browser("manager1"), deal, stage=stage, ask="1")
    assert answer.status_code == 200
    form = answer.get_json()["form"]
    assert f'name="{asked}"' in form
    assert "<html" not in form
    assert "has-error" not in form
    assert at(firm, deal)[0] == "new"


def test_a_form_half_filled_comes_back_with_its_faults(firm: Firm) -> None:
    deal = opened(firm, {})
    browser = firm.browser("manager1")
    answer = send(browser, deal, stage="refused", how="Дорого")
    assert answer.status_code == 400
    assert "choose a reason" in answer.get_json()["form"]
    assert "Дорого" in answer.get_json()["form"]
    with firm.session() as session:
        reason = session.scalars(select(LostReason.id)).first()
    assert send(browser, deal, stage="refused", lost_reason_id=reason).status_code == 200
    assert at(firm, deal)[0] == "refused"


def test_a_way_that_is_not_open_is_refused_in_words(firm: Firm) -> None:
    deal = opened(firm, {"stage": "won"})
    answer = send(firm.browser("manager1"), deal, stage="new", ask="1")
    assert answer.status_code == 400
    assert "can not go there" in answer.get_json()["message"]
    assert at(firm, deal)[0] == "won"
    assert send(firm.browser("manager1"), deal, stage="nosuch").status_code == 404


def test_a_deal_of_another_manager_is_not_moved(firm: Firm) -> None:
    deal = opened(firm, {}, who="manager3")
    answer = send(firm.browser("manager1"), deal, stage="won", version=1)
    assert answer.status_code == 403
    assert at(firm, deal)[0] == "new"


@pytest.mark.parametrize("by_script", [True, False])
def test_the_second_of_two_is_told_what_the_first_did(firm: Firm, by_script: bool) -> None:
    deal = opened(firm, {})
    seen = at(firm, deal)[1]
    assert send(firm.browser("curator1"), deal, stage="won", version=seen).status_code == 200
    browser = firm.browser("manager1")
    if by_script:
        answer = send(browser, deal, stage="later", version=seen, ask="1")
        assert answer.status_code == 409
        told = answer.get_json()["message"]
    else:
        told = browser.post(
            f"/deal/move/{deal}", data={"stage": "later", "version": seen}, follow_redirects=True
        ).text
    assert "Curator1 Test changed this meanwhile: Stage: New → Won." in told
    assert at(firm, deal)[0] == "won"


def test_another_field_changed_meanwhile_is_told_too(firm: Firm) -> None:
    deal = opened(firm, {})
    seen = at(firm, deal)[1]
    with firm.session("curator1") as session:
        session.get_one(Deal, deal).title = "Much paper"
        session.commit()
    answer = send(firm.browser("manager1"), deal, stage="won", version=seen)
    assert answer.status_code == 409
    assert "Deal: Paper → Much paper" in answer.get_json()["message"]


def test_a_sale_under_the_minimum_can_be_mended_in_the_form(make: Any) -> None:
    firm: Firm = make("wholesale")
    with firm.session("manager1") as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.flush()
        deal = Deal(client_id=client.id, title="Paper", amount=1, amount_currency="RUB")
        session.add(deal)
        session.commit()
        number = deal.id
    answer = send(firm.browser("manager1"), number, stage="offer_sent", ask="1")
    assert answer.status_code == 400
    form = answer.get_json()["form"]
    assert "A first sale is at least" in form
    assert 'name="amount"' in form
    assert at(firm, number)[0] == "new"


def test_a_refusal_that_the_form_can_not_mend_is_a_sentence(make: Any) -> None:
    def before_save(session: Any, change: RecordChange) -> None:
        if change.new.get("stage") == "won":
            raise Rejected("Ask the director first.")

    info = PluginInfo(name="strict", title="Strict", version="1", requires_core=">=0.1,<1")
    firm: Firm = make(
        sale_plugin(), SimpleNamespace(PLUGIN=info, before_save=hookimpl(before_save))
    )
    deal = opened(firm, {})
    answer = send(firm.browser("manager1"), deal, stage="won", ask="1")
    assert answer.status_code == 400
    assert answer.get_json() == {"message": "Ask the director first.", "errors": {}}
    assert at(firm, deal)[0] == "new"
