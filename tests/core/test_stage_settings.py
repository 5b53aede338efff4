"""Staff rename, recolour, reorder and hide stages; the code of the plugin stays."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from kartoteka.api import Client, Deal, Invalid, Rejected, move_deal, stages_of
from kartoteka.models import StageSetting
from kartoteka.services import stage_settings
from kartoteka.services.stage_settings import StageWish
from kartoteka.testing import Firm

GREY = "#64748b"


def test_a_stage_gets_another_name_colour_and_place(firm: Firm) -> None:
    with firm.session("director") as session:
        wish = StageWish(title="Предложение", color="#ff0000", position=1)
        stage_settings.save(session, "sale", {"offer": wish})
        session.commit()
        first = stages_of(session, "sale")[0]
    assert (first.stage.code, first.title, first.color) == ("offer", "Предложение", "#ff0000")


def test_what_equals_the_declaration_is_not_kept(firm: Firm) -> None:
    with firm.session("director") as session:
        same = StageWish(title="Offer sent", color=GREY, position=20)
        stage_settings.save(session, "sale", {"offer": same})
        assert session.scalar(select(func.count(StageSetting.id))) == 0


def test_a_hidden_stage_is_not_offered_and_comes_back(firm: Firm) -> None:
    with firm.session("director") as session:
        hidden = StageWish(title="In delivery", color=GREY, position=50, is_hidden=True)
        stage_settings.save(session, "sale", {"doing": hidden})
        session.commit()
        assert "doing" not in [view.stage.code for view in stages_of(session, "sale")]
        assert stage_settings.reset(session, "sale") == 1
        session.commit()
        assert "doing" in [view.stage.code for view in stages_of(session, "sale")]


def test_a_stage_with_deals_and_the_first_one_are_not_hidden(firm: Firm) -> None:
    with firm.session("director") as session:
        client = Client(name="Ёлка", kind="organisation")
        session.add(client)
        session.flush()
        session.add(Deal(title="Deal", client_id=client.id, stage="offer", amount=Decimal(1)))
        session.commit()
        hide = {
            code: StageWish(title="x", color=GREY, position=1, is_hidden=True)
            for code in ("new", "offer", "won")
        }
        with pytest.raises(Invalid) as refused:
            stage_settings.save(session, "sale", hide)
    assert set(refused.value.errors) == {"new", "offer"}


def test_a_wish_that_does_not_fit_is_named_by_its_stage(firm: Firm) -> None:
    wishes = {
        "offer": StageWish(title=" ", color=GREY, position=1),
        "won": StageWish(title="x", color="red;}", position=1),
        "done": StageWish(title="x", color=GREY, position=-1),
        "nowhere": StageWish(title="x", color=GREY, position=1),
    }
    with firm.session("director") as session, pytest.raises(Invalid) as refused:
        stage_settings.save(session, "sale", wishes)
    assert set(refused.value.errors) == set(wishes)


def test_a_pipeline_nobody_declares_is_refused(firm: Firm) -> None:
    with firm.session("director") as session, pytest.raises(Rejected):
        stage_settings.save(session, "nowhere", {})


def test_only_the_director_changes_stages(firm: Firm) -> None:
    allowed: dict[str, bool] = {}
    for who in ("director", "curator1", "manager1"):
        with firm.session(who) as session:
            allowed[who] = stage_settings.may_change(session)
    assert allowed == {"director": True, "curator1": False, "manager1": False}


def test_a_program_hides_no_stage_that_is_needed(firm: Firm) -> None:
    program = firm.program("director")
    with firm.session("manager1") as session:
        client = Client(name="Ёлка", kind="organisation")
        session.add(client)
        session.flush()
        session.add(Deal(title="Deal", client_id=client.id, stage="offer", amount=Decimal(1)))
        session.commit()
    for stage, field in (("new", "is_hidden"), ("offer", "is_hidden"), ("nonsense", "stage")):
        values = {"pipeline": "sale", "stage": stage, "is_hidden": True}
        refused = program.post("/api/v1/stage_setting/", json=values)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field]), stage


def test_no_deal_enters_a_hidden_stage(firm: Firm) -> None:
    with firm.session("director") as session:
        hidden = StageWish(title="Offer sent", color=GREY, position=20, is_hidden=True)
        stage_settings.save(session, "sale", {"offer": hidden})
        client = Client(name="Ёлка", kind="organisation")
        session.add(client)
        session.flush()
        deal = Deal(title="Deal", client_id=client.id, amount=Decimal(1))
        session.add(deal)
        session.commit()
        with pytest.raises(Rejected, match="is hidden"):
            move_deal(session, deal, "offer")
        session.rollback()
        session.add(Deal(title="Deal", client_id=client.id, stage="offer", amount=Decimal(1)))
        with pytest.raises(Rejected, match="is hidden"):
            session.flush()
