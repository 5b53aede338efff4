"""The fourteen stages of a wholesale deal, what each asks for and where it leads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import Client, Contact, Deal, Invalid, LostReason, Rejected, move_deal
from kartoteka.testing import Firm
from kartoteka_wholesale.pipeline import WHOLESALE

KINDS = {
    "new": "open", "collecting": "open", "offer_sent": "open", "interest": "open",
    "approval": "open", "signed": "won", "paid": "won", "execution": "delivery",
    "completed": "done", "will_call_back": "deferred", "no_money": "deferred",
    "refused_not_needed": "lost", "refused_elsewhere": "lost", "refused_price": "lost",
}  # fmt: skip


def deal(session: Any, **values: Any) -> Deal:
    """Return a new deal of a new client."""
    client = Client(name="ООО «Теремок»", currency="RUB")
    session.add(client)
    session.flush()
    made = Deal(client_id=client.id, title="Ткань", pipeline="wholesale", **values)
    session.add(made)
    session.flush()
    return made


def reason(session: Any, code: str) -> int:
    """Return the id of a reason of loss."""
    return session.scalars(select(LostReason.id).where(LostReason.code == code)).one()


def test_pipeline_has_the_fourteen_stages_in_order_with_their_kinds() -> None:
    assert {stage.code: stage.kind for stage in WHOLESALE.stages} == KINDS
    assert [stage.code for stage in WHOLESALE.stages] == list(KINDS)


def test_each_refusal_takes_only_reasons_of_its_own(wholesale: Firm) -> None:
    refusals = [stage for stage in WHOLESALE.stages if stage.kind == "lost"]
    codes = [code for stage in refusals for code in stage.lost_reasons]
    assert len(codes) == len(set(codes))
    with wholesale.session() as session:
        known = set(session.scalars(select(LostReason.code)))
    assert set(codes) <= known


def test_deferred_stages_come_back_after_half_a_year_and_a_year() -> None:
    stages = {stage.code: stage for stage in WHOLESALE.stages}
    assert stages["will_call_back"].recheck_days == 180
    assert stages["no_money"].recheck_days == 365


def test_new_deal_starts_in_the_first_stage(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        assert deal(session).stage == "new"


def test_offer_needs_an_amount_and_says_so(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session, pytest.raises(Invalid) as refused:
        move_deal(session, deal(session), "offer_sent")
    assert refused.value.errors == {"amount": "Stage «Offer sent» needs: Amount."}


def test_contract_needs_a_contact_too(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        made = deal(session)
        move_deal(session, made, "offer_sent", values={"amount": Decimal(50_000)})
        with pytest.raises(Invalid) as refused:
            move_deal(session, made, "approval")
    assert list(refused.value.errors) == ["contact_id"]


def test_deal_goes_all_the_way_to_completed(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        person = Contact(name="Орлова Нина")
        session.add(person)
        session.flush()
        made = deal(session, amount=Decimal(50_000), contact_id=person.id)
        for stage in ("collecting", "offer_sent", "approval", "signed", "execution", "paid"):
            move_deal(session, made, stage)
            assert made.closed_at is None
        move_deal(session, made, "completed")
        assert made.closed_at is not None


def test_new_deal_can_not_jump_to_paid(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session, pytest.raises(Rejected) as refused:
        move_deal(session, deal(session), "paid")
    assert "can not go to «Paid»" in str(refused.value)


def test_completed_deal_stays_completed(wholesale: Firm) -> None:
    stages = {stage.code: stage for stage in WHOLESALE.stages}
    assert stages["completed"].next == ()
    assert {code for code, stage in stages.items() if stage.next == ()} == {"completed"}


def test_refusal_for_a_reason_of_another_refusal_is_not_taken(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        made, wrong = deal(session), reason(session, "too_expensive")
        with pytest.raises(Invalid) as refused:
            move_deal(session, made, "refused_not_needed", lost_reason_id=wrong)
    assert list(refused.value.errors) == ["lost_reason_id"]


def test_refused_deal_keeps_its_reason_and_may_come_back(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        made = deal(session)
        minimum = reason(session, "wholesale_minimum")
        move_deal(session, made, "refused_price", lost_reason_id=minimum, note="Нет денег")
        assert made.lost_reason_id == minimum
        move_deal(session, made, "collecting")
        assert made.lost_reason_id is None


def test_put_off_deal_needs_the_day_to_come_back(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        made = deal(session)
        move_deal(session, made, "will_call_back", recheck_on=date(2027, 1, 15))
        assert made.recheck_on == date(2027, 1, 15)
