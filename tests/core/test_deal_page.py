"""The page of a deal: the bar of stages, moves that ask what their stage demands, the history."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from kartoteka.api import Pipeline, PluginInfo, Stage, hookimpl, now
from kartoteka.models import Client, Deal, Dmu, LostReason, StageChange, Task
from kartoteka.services.dmu import seat
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm


def new_deal(firm: Firm, who: str = "manager1", **values: Any) -> int:
    with firm.session(who) as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.flush()
        deal = Deal(**{"client_id": client.id, "title": "Paper", **values})
        session.add(deal)
        session.commit()
        return deal.id


def stage_of(firm: Firm, deal: int) -> str:
    with firm.session() as session:
        return session.get_one(Deal, deal).stage


def reason(firm: Firm, code: str = "competitor") -> str:
    with firm.session() as session:
        return str(session.scalars(select(LostReason.id).where(LostReason.code == code)).one())


def test_a_stage_asks_for_the_fields_it_requires(firm: Firm) -> None:
    deal = new_deal(firm)
    browser = firm.browser("manager1")
    form = browser.get(f"/deal/move/{deal}?stage=offer")
    assert form.status_code == 200
    assert 'name="amount"' in form.text
    refused = browser.post(f"/deal/move/{deal}", data={"stage": "offer"})
    assert refused.status_code == 400
    assert "needs: Amount" in refused.text
    assert stage_of(firm, deal) == "new"
    browser.post(f"/deal/move/{deal}", data={"stage": "offer", "amount": "1 200,50",
                                             "amount_currency": "RUB"})  # fmt: skip
    assert stage_of(firm, deal) == "offer"
    with firm.session() as session:
        assert session.get_one(Deal, deal).amount == Decimal("1200.50")


def test_a_deal_is_lost_with_a_reason_only(firm: Firm) -> None:
    deal = new_deal(firm)
    browser = firm.browser("manager1")
    refused = browser.post(f"/deal/move/{deal}", data={"stage": "refused", "how": "Cheaper"})
    assert refused.status_code == 400
    assert "choose a reason" in refused.text
    assert "Cheaper</textarea>" in refused.text
    assert stage_of(firm, deal) == "new"
    page = browser.post(
        f"/deal/move/{deal}",
        data={"stage": "refused", "lost_reason_id": reason(firm), "how": "Cheaper"},
        follow_redirects=True,
    ).text
    assert stage_of(firm, deal) == "refused"
    assert "Went to a competitor" in page
    assert "Cheaper" in page


def test_how_a_deal_was_lost_is_written_down_once(firm: Firm) -> None:
    deal = new_deal(firm)
    browser = firm.browser("manager1")
    form = browser.get(f"/deal/move/{deal}?stage=refused").text
    asked = set(re.findall(r'<textarea name="(\w+)"', form))
    assert len(asked) == 1
    browser.post(
        f"/deal/move/{deal}",
        data={"stage": "refused", "lost_reason_id": reason(firm), asked.pop(): "Cheaper"},
    )
    with firm.session() as session:
        lost = session.get_one(Deal, deal)
        assert (lost.lost_note, lost.note) == ("Cheaper", None)


def test_the_stages_stand_once_in_the_page(firm: Firm) -> None:
    page = firm.browser("manager1").get(f"/deal/show/{new_deal(firm)}").text
    assert page.count('title="Move to Won"') == 1


def test_a_deferred_deal_says_when_to_come_back(firm: Firm) -> None:
    deal = new_deal(firm)
    browser = firm.browser("manager1")
    form = browser.get(f"/deal/move/{deal}?stage=later").text
    assert 'name="recheck_on"' in form
    refused = browser.post(f"/deal/move/{deal}", data={"stage": "later", "recheck_on": ""})
    assert refused.status_code == 400
    bad = browser.post(f"/deal/move/{deal}", data={"stage": "later", "recheck_on": "soon"})
    assert bad.status_code == 400
    browser.post(f"/deal/move/{deal}", data={"stage": "later", "recheck_on": "2027-05-01"})
    assert stage_of(firm, deal) == "later"


def test_a_stage_that_can_not_be_reached_is_not_offered(firm: Firm) -> None:
    deal = new_deal(firm)
    browser = firm.browser("manager1")
    browser.post(f"/deal/move/{deal}", data={"stage": "won"})
    page = browser.get(f"/deal/show/{deal}").text
    assert 'value="doing"' in page
    assert 'value="new"' not in page
    answer = browser.post(f"/deal/move/{deal}", data={"stage": "new"}, follow_redirects=True)
    assert "can not go there" in answer.text
    assert stage_of(firm, deal) == "won"


def test_the_history_tells_each_move_with_its_duration(firm: Firm) -> None:
    deal = new_deal(firm)
    with firm.session("manager1") as session:
        found = session.get_one(Deal, deal)
        found.stage_since = now() - timedelta(days=3)
        session.commit()
    browser = firm.browser("manager1")
    browser.post(f"/deal/move/{deal}", data={"stage": "won"})
    page = browser.get(f"/deal/show/{deal}").text
    assert "after 3 days in «New»" in page
    assert "Manager1 Test" in page
    with firm.session() as session:
        assert len(session.scalars(select(StageChange)).all()) == 2


def test_a_deal_that_stays_too_long_is_marked(firm: Firm) -> None:
    deal = new_deal(firm, amount=Decimal(5))
    browser = firm.browser("manager1")
    browser.post(f"/deal/move/{deal}", data={"stage": "offer"})
    assert "too long" not in browser.get(f"/deal/show/{deal}").text
    with firm.session("manager1") as session:
        session.get_one(Deal, deal).stage_since = now() - timedelta(days=15)
        session.commit()
    page = browser.get(f"/deal/show/{deal}").text
    assert "too long" in page
    assert "of 14 days allowed" in page


def test_a_call_about_a_deal_belongs_to_it(firm: Firm) -> None:
    deal = new_deal(firm)
    browser = firm.browser("manager1")
    page = browser.post(
        f"/deal/log/{deal}",
        data={"kind": "call", "subject": "Haggling", "next_title": "tomorrow 9:00 call again"},
        follow_redirects=True,
    ).text
    assert "Haggling" in page
    assert "call again" in page
    with firm.session() as session:
        assert session.scalars(select(Task.deal_id)).one() == deal


def test_with_one_pipeline_nobody_is_asked_for_it(firm: Firm) -> None:
    browser = firm.browser("manager1")
    with firm.session("manager1") as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.commit()
        number = client.id
    form = browser.get(f"/deal/add?client_id={number}").text
    assert '<select name="pipeline"' not in form
    assert 'type="hidden" name="pipeline" value="sale"' in form
    asked = [form.index(f'id="in-{name}"') for name in ("client_id", "title", "contact_id")]
    assert asked[0] == min(asked)  # whose deal it is, before who of theirs
    answer = browser.post(
        "/deal/add",
        data={"client_id": str(number), "title": "Paper", "pipeline": "sale",
              "base.pipeline": "sale"},
        follow_redirects=True,
    )  # fmt: skip
    assert answer.status_code == 200
    with firm.session() as session:
        assert session.scalars(select(Deal.stage)).all() == ["new"]


def test_with_two_pipelines_the_form_asks_which(make: Any) -> None:
    info = PluginInfo(name="two", title="Two", version="1", requires_core=">=0.1,<1")
    lines = [
        Pipeline(code=code, title=code, stages=[Stage(code=f"{code}_new", title=f"{code} new")])
        for code in ("shop", "works")
    ]
    firm: Firm = make(SimpleNamespace(PLUGIN=info, pipelines=hookimpl(lambda: lines)))
    assert '<select name="pipeline"' in firm.browser("manager1").get("/deal/add").text


def test_a_deal_of_another_manager_is_neither_seen_nor_moved(firm: Firm) -> None:
    deal = new_deal(firm, who="manager3")
    browser = firm.browser("manager1")
    for address in (f"/deal/show/{deal}", f"/deal/move/{deal}?stage=won"):
        assert browser.get(address).status_code in (403, 404)
    for address in (f"/deal/move/{deal}", f"/deal/log/{deal}"):
        answer = browser.post(address, data={"stage": "won", "kind": "call"})
        assert answer.status_code in (403, 404)
    assert stage_of(firm, deal) == "new"


def test_a_stage_that_does_not_exist_is_no_page(firm: Firm) -> None:
    deal = new_deal(firm)
    for answer in (
        firm.browser("manager1").get(f"/deal/move/{deal}?stage=nosuch"),
        firm.browser("manager1").get(f"/deal/move/{deal}"),
        firm.browser("manager1").post(f"/deal/move/{deal}", data={"stage": "nosuch"}),
    ):
        assert answer.status_code == 404
        assert "There is no stage" in answer.text
    assert stage_of(firm, deal) == "new"


def test_a_deal_shows_who_decides_in_it_else_at_the_client(firm: Firm) -> None:
    deal = new_deal(firm)
    browser = firm.browser("manager1")
    with firm.session("manager1") as session:
        client = session.get_one(Deal, deal).client_id
        anna = add_person(session, client, name="Anna").id
        boris = add_person(session, client, name="Boris").id
        seat(session, client, anna, roles=["decider"], evidence="Signs everything")
        session.commit()
    page = browser.get(f"/deal/show/{deal}").text
    assert "Signs everything" in page
    assert "at the client" in page
    to_own_seat = f"/client/seat/{client}?deal_id={deal}&amp;next=/deal/show/{deal}"
    assert to_own_seat in page

    done = browser.post(
        to_own_seat.replace("&amp;", "&"),
        data={"contact_id": str(boris), "roles": "decider", "evidence": "Pays for this one"},
    )

    assert done.location == f"/deal/show/{deal}#dmu"
    page = browser.get(f"/deal/show/{deal}").text
    assert "Pays for this one" in page
    assert "in this deal" in page
    assert "Signs everything" not in page
    with firm.session() as session:
        units = {dmu.deal_id: dmu.title for dmu in session.scalars(select(Dmu))}
        assert units == {None: "Ромашка", deal: "Paper"}


def test_nobody_is_seated_for_the_deal_of_another_client(firm: Firm) -> None:
    deal, other = new_deal(firm), new_deal(firm)
    with firm.session("manager1") as session:
        client = session.get_one(Deal, deal).client_id
        anna = add_person(session, client, name="Anna").id
        session.commit()
    answer = firm.browser("manager1").post(
        f"/client/seat/{client}?deal_id={other}", data={"contact_id": str(anna)}
    )
    assert answer.status_code == 400
    assert "This deal belongs to another client." in answer.text
