"""A deal meets the rules of its pipeline on every path: service, object, form, bulk statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update as sql_update
from sqlalchemy.orm import Session

from kartoteka.api import (
    Client,
    Deal,
    EditConflict,
    Filter,
    Invalid,
    LostReason,
    Pipeline,
    PluginInfo,
    Query,
    Refused,
    Rejected,
    Stage,
    create,
    fetch,
    hookimpl,
    move_deal,
    next_stages,
    now,
    stage_history,
    stages_of,
    update,
)
from kartoteka.models import StageSetting
from kartoteka.services.deals import open_deals
from kartoteka.testing import Firm
from tests.conftest import sale_plugin


def new_deal(firm: Firm, session: Session, **values: Any) -> Deal:
    """Return a deal of a new client in the first stage."""
    entity = firm.made.registry.entity
    client = create(session, entity("client"), {"name": "Ромашка"})
    given = {"title": "Order", "client_id": client.id, "pipeline": "sale", **values}
    return create(session, entity("deal"), given)


def reason(session: Session) -> int:
    """Return a reason of loss."""
    return session.scalars(select(LostReason.id).limit(1)).one()


def _by_service(session: Session, deal: Deal, **values: Any) -> None:
    stage = values.pop("stage")
    known = {"lost_reason_id", "recheck_on"}
    move_deal(
        session, deal, stage,
        values={n: v for n, v in values.items() if n not in known},
        **{n: v for n, v in values.items() if n in known},
    )  # fmt: skip


def _by_object(session: Session, deal: Deal, **values: Any) -> None:
    for name, value in values.items():
        setattr(deal, name, value)
    session.flush()


PATHS = [_by_service, _by_object]
Path = Callable[..., None]


@pytest.mark.parametrize("move", PATHS)
def test_what_a_stage_needs_is_demanded(firm: Firm, move: Path) -> None:
    with firm.session("manager1") as session:
        deal = new_deal(firm, session)
        session.commit()
        for values, field in (
            ({"stage": "offer"}, "amount"),
            ({"stage": "later"}, "recheck_on"),
            ({"stage": "refused"}, "lost_reason_id"),
        ):
            with pytest.raises(Invalid) as refused:
                move(session, deal, **values)
            assert list(refused.value.errors) == [field]
            session.rollback()
        assert deal.stage == "new"
        assert [change.new_stage for change in stage_history(session, deal.id)] == ["new"]


@pytest.mark.parametrize("move", PATHS)
def test_a_full_life_with_its_history(firm: Firm, move: Path) -> None:
    with firm.session("manager1") as session:
        deal = new_deal(firm, session)
        deal.stage_since = now() - timedelta(days=2)
        session.commit()
        move(session, deal, stage="offer", amount=100)
        move(session, deal, stage="later", recheck_on=date(2027, 1, 1))
        assert deal.recheck_on == date(2027, 1, 1)
        move(session, deal, stage="won")
        assert deal.recheck_on is None
        move(session, deal, stage="refused", lost_reason_id=reason(session))
        assert deal.closed_at is not None
        assert open_deals(session, deal.client_id) == 0
        move(session, deal, stage="new")
        assert (deal.lost_reason_id, deal.lost_note, deal.closed_at) == (None, None, None)
        session.commit()
        history = stage_history(session, deal.id)
        assert [(change.old_stage, change.new_stage) for change in history] == [
            (None, "new"), ("new", "offer"), ("offer", "later"), ("later", "won"),
            ("won", "refused"), ("refused", "new"),
        ]  # fmt: skip
        assert history[1].seconds is not None
        assert 0 <= history[1].seconds - 2 * 86_400 < 3_600
        assert {change.moved_by_id for change in history} == {firm.users["manager1"]}


@pytest.mark.parametrize("move", PATHS)
def test_only_allowed_moves(firm: Firm, move: Path) -> None:
    with firm.session("manager1") as session:
        deal = new_deal(firm, session)
        move(session, deal, stage="won")
        session.commit()
        assert [view.stage.code for view in next_stages(session, deal)] == ["doing", "refused"]
        with pytest.raises(Rejected, match="From «Won» a deal can not go to «New», only to"):
            move(session, deal, stage="new")
        session.rollback()
        with pytest.raises(Rejected, match="no stage 'moon'"):
            move(session, deal, stage="moon")


def test_what_a_stage_demands_can_not_be_taken_away_later(firm: Firm) -> None:
    with firm.session("manager1") as session:
        deal = new_deal(firm, session)
        move_deal(session, deal, "refused", lost_reason_id=reason(session), note="too dear")
        session.commit()
        deal.lost_reason_id = None
        with pytest.raises(Invalid, match="Say why it is lost"):
            session.flush()
        session.rollback()
        move_deal(session, deal, "later", recheck_on=date(2027, 1, 1))
        session.commit()
        deal.recheck_on = None
        with pytest.raises(Invalid, match="on which day"):
            session.flush()


def test_a_deal_may_be_created_in_a_later_stage_only_with_what_it_needs(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client_id = new_deal(firm, session).client_id
        session.commit()
        for stage in ("offer", "later", "refused"):
            session.add(Deal(title="x", client_id=client_id, pipeline="sale", stage=stage))
            with pytest.raises(Invalid):
                session.flush()
            session.rollback()


def test_a_form_can_not_write_the_stage(firm: Firm) -> None:
    with firm.session("manager1") as session:
        deal = new_deal(firm, session)
        for name in ("stage", "lost_reason_id", "recheck_on", "closed_at", "stage_since"):
            with pytest.raises(Invalid, match="computed"):
                update(session, firm.made.registry.entity("deal"), deal, {name: "1"})


@pytest.mark.parametrize(
    "values", [{"stage": "won"}, {"lost_reason_id": None}, {"recheck_on": None}, {"pipeline": "x"}]
)
@pytest.mark.parametrize("who", ["manager1", "director", None])
def test_a_bulk_statement_can_not_move_deals(
    firm: Firm, who: str | None, values: dict[str, Any]
) -> None:
    with firm.session("manager1") as session:
        new_deal(firm, session)
        session.commit()
    with firm.session(who) as session:
        for statement in (sql_update(Deal).values(**values), sql_update(Deal)):
            with pytest.raises(Refused):
                session.execute(statement, None if statement._values else values)
            session.rollback()


def test_a_client_leaves_only_with_a_reason(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = create(session, entity, {"name": "Ромашка"})
        session.commit()
        with pytest.raises(Rejected, match="Say why the client left"):
            update(session, entity, client, {"left_on": "01.02.2026"})
        session.rollback()
        with pytest.raises(Rejected):
            session.execute(sql_update(Client).values(left_on=date(2026, 2, 1)))
        session.rollback()
        update(
            session, entity, client, {"left_on": "01.02.2026", "lost_reason_id": reason(session)}
        )
        session.commit()
        with pytest.raises(Rejected):
            update(session, entity, client, {"lost_reason_id": ""})


def test_a_failed_move_leaves_nothing_for_the_next_one(firm: Firm) -> None:
    with firm.session("manager1") as session:
        deal = new_deal(firm, session)
        session.commit()
        with pytest.raises(Invalid):
            move_deal(session, deal, "refused", note="a note that was not kept")
        session.rollback()
        move_deal(session, deal, "won")
        session.commit()
        last = stage_history(session, deal.id)[-1]
        assert (last.new_stage, last.note) == ("won", None)


def test_of_two_who_move_a_deal_at_once_one_is_told(firm: Firm) -> None:
    with firm.session("manager1") as first, firm.session("assistant1") as second:
        deal_id = new_deal(firm, first).id
        first.commit()
        second.rollback()  # what it read before was the state before the deal
        mine, theirs = first.get_one(Deal, deal_id), second.get_one(Deal, deal_id)
        assert theirs.stage == mine.stage == "new"
        move_deal(first, mine, "won")
        first.commit()
        with pytest.raises((EditConflict, Rejected), match=r"by somebody else|same moment"):
            move_deal(second, theirs, "later", recheck_on=date(2027, 1, 1))
        second.rollback()
        assert [change.new_stage for change in stage_history(second, deal_id)] == ["new", "won"]


def test_staff_rename_recolour_reorder_and_hide_stages(firm: Firm) -> None:
    with firm.session("director") as session:
        session.add_all(
            [
                StageSetting(
                    pipeline="sale", stage="new", title="Fresh", color="#fff", position=99
                ),
                StageSetting(pipeline="sale", stage="offer", is_hidden=True),
            ]
        )
        session.commit()
    with firm.session("manager1") as session:
        views = stages_of(session, "sale")
        assert "offer" not in [view.stage.code for view in views]
        assert (views[-1].title, views[-1].color, views[-1].stage.code) == ("Fresh", "#fff", "new")
        assert len(stages_of(session, "sale", with_hidden=True)) == len(views) + 1
        deal = new_deal(firm, session)
        assert deal.stage == "new"
        assert "offer" not in [view.stage.code for view in next_stages(session, deal)]


def two_pipelines() -> Any:
    """Return a plugin with two pipelines."""
    from types import SimpleNamespace

    def pipelines() -> list[Pipeline]:
        return [
            Pipeline(code="first", title="First", stages=[Stage(code="a", title="A", next=[])]),
            Pipeline(
                code="second",
                title="Second",
                stages=[Stage(code="b", title="B"), Stage(code="c", title="C")],
            ),
        ]

    info = PluginInfo(name="two", title="Two", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, pipelines=hookimpl(pipelines))


def test_a_deal_put_into_another_pipeline_begins_there(make: Callable[..., Firm]) -> None:
    firm = make(two_pipelines())
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "Ромашка"})
        with pytest.raises(Invalid, match="pipeline"):
            create(session, entity("deal"), {"title": "x", "client_id": client.id})
        deal = create(
            session, entity("deal"), {"title": "x", "client_id": client.id, "pipeline": "first"}
        )
        session.commit()
        update(session, entity("deal"), deal, {"pipeline": "second"})
        session.commit()
        assert (deal.pipeline, deal.stage) == ("second", "b")
        assert [change.new_stage for change in stage_history(session, deal.id)] == ["a", "b"]
        with pytest.raises(Invalid, match="third"):
            update(session, entity("deal"), deal, {"pipeline": "third"})


def test_each_application_of_a_process_offers_its_own_pipelines(
    make: Callable[..., Firm],
) -> None:
    one, two = make(sale_plugin()), make(two_pipelines())
    for firm, pipeline, other in ((one, "sale", "first"), (two, "first", "sale")) * 2:
        entity = firm.made.registry.entity
        with firm.session("manager1") as session:
            client = create(session, entity("client"), {"name": "x"})
            values = {"title": "x", "client_id": client.id}
            create(session, entity("deal"), {**values, "pipeline": pipeline})
            with pytest.raises(Invalid, match=other):
                create(session, entity("deal"), {**values, "pipeline": other})
            asked = [Filter(field="pipeline", op="eq", value=pipeline)]
            assert fetch(session, entity("deal"), Query(filters=asked)).total == 1


def test_the_history_of_a_deal_goes_with_it(firm: Firm) -> None:
    with firm.session("manager1") as session:
        deal = new_deal(firm, session)
        deal_id = deal.id
        session.commit()
        session.execute(delete(Deal).where(Deal.id == deal_id))
        session.commit()
        assert stage_history(session, deal_id) == []
