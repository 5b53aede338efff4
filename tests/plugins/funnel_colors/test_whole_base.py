"""Colouring the whole base gives what colouring client by client gave, in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from kartoteka.api import (
    Activity,
    Client,
    Deal,
    Employment,
    Invalid,
    LostReason,
    Purchase,
    Rejected,
    criteria,
    move_deal,
    next_stages,
    now,
    registry_of,
    unscoped,
)
from kartoteka.testing import Firm, fresh, statements
from kartoteka_funnel_colors import plugin
from kartoteka_funnel_colors.compiled import CLIENT
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.past import color_loaded
from kartoteka_funnel_colors.plugin import PLUGIN, jobs
from kartoteka_funnel_colors.recolor import recolor, recolor_all
from tests.core.long_work import work
from tests.plugins.funnel_colors.making import buy, consent, new_client, person_at
from tests.starts import Starts, new_postgres


def begin(url: str, folder: Path) -> Flask:
    """Return an application on the demo base of wholesale with colours, 120 clients."""
    app = fresh(folder, url, ("wholesale",), plugin)
    firm = Firm(app=app, made=app.extensions["kartoteka"])
    with firm.session() as session:
        firm.made.registry.demo_bases["wholesale"].build(
            session, clients=120, password="correct horse"
        )
        color_loaded(session)
        session.commit()
    return app


@pytest.fixture
def trade(dialect: str, starts: Starts) -> Iterator[Firm]:
    """The demo base of wholesale with colours; built once for each database."""
    app = starts.again(
        ("trade", dialect), dialect,
        lambda place: begin(
            f"sqlite:///{place / 'firm.db'}" if dialect == "sqlite" else new_postgres(), place
        ),
    )  # fmt: skip
    firm = Firm(app=app, made=app.extensions["kartoteka"])
    yield firm
    firm.made.engine.dispose()


def kept(session: Any) -> dict[int, tuple[Any, ...]]:
    """Return colour and rule of each client, as they are kept."""
    color: Any = Client
    rows = session.execute(select(Client.id, color.funnel_colors_color, color.funnel_colors_reason))
    return {row[0]: tuple(row[1:]) for row in rows}


def something_happens(session: Any, random: Random, ids: list[int]) -> None:
    """Write one random fact about a random client."""
    client: Any = session.get(Client, random.choice(ids))
    today: date = criteria.reader_of(session).today
    kind = random.choice(["buy", "take back", "deal", "move", "answer", "leave", "talk", "agree"])
    if kind == "buy":
        day = today - timedelta(days=random.randint(0, 400))
        session.add(Purchase(client_id=client.id, bought_on=day, amount=Decimal(5)))
    elif kind == "take back":
        purchase = session.scalars(select(Purchase).where(Purchase.client_id == client.id)).first()
        if purchase is not None:
            session.delete(purchase)
    elif kind == "deal":
        session.add(Deal(client_id=client.id, title="x", pipeline="wholesale", stage="new"))
    elif kind == "move":
        deal = session.scalars(select(Deal).where(Deal.client_id == client.id)).first()
        reason = session.scalars(select(LostReason.id)).first()
        stages = next_stages(session, deal) if deal is not None else []
        if deal is not None and stages:
            try:
                move_deal(
                    session,
                    deal,
                    random.choice(stages).stage.code,
                    lost_reason_id=reason,
                    recheck_on=today,
                )
            except (Rejected, Invalid):
                session.rollback()
    elif kind == "answer":
        client.funnel_colors_offer = random.choice([None, "agreed", "refused"])
    elif kind == "agree":
        works = select(Employment.contact_id).where(Employment.client_id == client.id)
        person = session.scalars(works).first() or person_at(session, client).id
        consent(session, person, random.choice(["given", "withdrawn"]))
    elif kind == "leave":
        reason = session.scalars(select(LostReason.id)).first()
        left = client.left_on is None
        client.left_on, client.lost_reason_id = (today, reason) if left else (None, None)
    else:
        session.add(Activity(client_id=client.id, kind="call", happened_at=now()))
    session.flush()
    session.commit()


@pytest.mark.parametrize("seed", [1, 2])
def test_after_random_facts_the_kept_colours_are_those_of_a_full_recompute(
    trade: Firm, seed: int
) -> None:
    random = Random(seed)
    with trade.session() as session:
        ids = list(session.scalars(select(Client.id)))
        before = kept(session)
        for _number in range(60):
            something_happens(session, random, ids)
        one_by_one = kept(session)
        assert one_by_one != before
        assert recolor_all(session).changed == 0
        assert kept(session) == one_by_one


def test_all_at_once_gives_what_client_by_client_gives(trade: Firm) -> None:
    with trade.session() as session:
        whole = kept(session)
        assert len({color for color, _rule in whole.values()}) >= 7
        assert ("yellow", "mailings") in whole.values()  # the demo has consents
        blank = {"funnel_colors_color": None, "funnel_colors_reason": None}
        session.execute(update(CLIENT).values(blank))
        assert recolor(session, list(whole)) == len(whole)
        assert kept(session) == whole
        session.execute(update(CLIENT).values(blank))
        found = recolor_all(session)
        assert kept(session) == whole
        assert found.changed == found.clients == sum(found.colors.values()) == 120


def test_the_number_of_statements_does_not_grow_with_the_base(colored: Firm) -> None:
    counts: list[int] = []
    with colored.session() as session:
        for number in range(40):
            if number in (1, 39):
                session.execute(update(CLIENT).values(funnel_colors_color=None))
                with statements(colored) as sent:
                    assert recolor_all(session).changed == number
                counts.append(len(sent))
            new_client(session, f"Firm {number}")
    assert counts[0] == counts[1] <= 8


def test_the_day_alone_moves_clients_and_the_nightly_job_sees_it(
    colored: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = jobs()
    assert job.schedule
    assert job.as_system
    with colored.session() as session:
        client = new_client(session)
        buy(session, client, 150, 160)
        session.commit()
        assert kept(session)[client.id][0] == "gold"
        reader_of = criteria.reader_of
        later = reader_of(session).today + timedelta(days=30)
        monkeypatch.setattr(criteria, "reader_of", lambda s, today=None: reader_of(s, later))
        assert recolor_all(session).changed == 1
        assert kept(session)[client.id] == ("red_gold", "few_silent")
        last = session.scalars(select(ColorMove).order_by(ColorMove.id.desc())).first()
        assert last is not None
        assert (last.old_color, last.new_color) == ("gold", "red_gold")
        assert recolor_all(session).changed == 0


def test_the_past_of_a_loaded_base_goes_forward_and_ends_at_the_colour_kept(trade: Firm) -> None:
    with trade.session() as session:
        whole = kept(session)
        moves: dict[int, list[ColorMove]] = {}
        for move in session.scalars(select(ColorMove).order_by(ColorMove.moved_at, ColorMove.id)):
            moves.setdefault(move.client_id, []).append(move)
        assert set(moves) == set(whole)
        order = ["white", "grey", "green", "yellow", "green_gold", "gold", "platinum"]
        for number, some in moves.items():
            assert some[0].old_color is None
            assert some[-1].new_color == whole[number][0]
            for before, after in pairwise(some):
                assert after.old_color == before.new_color
            way = [order.index(one.new_color) for one in some if one.new_color in order]
            assert way == sorted(way)
        assert all(move.moved_at <= now() for some in moves.values() for move in some)


def test_movements_are_of_the_client_and_follow_it(colored: Firm) -> None:
    from kartoteka.api import hand_over

    with colored.session("director") as session:
        client = new_client(session, owner_id=colored.users["manager1"])
        hand_over(session, [client.id], colored.users["manager3"])
        session.commit()
    for who, count in (("manager1", 0), ("manager3", 1), ("curator2", 1), ("curator1", 0)):
        with colored.session(who) as session:
            assert session.scalar(select(func.count()).select_from(ColorMove)) == count


def test_a_deleted_client_takes_its_movements_along(colored: Firm) -> None:
    from kartoteka.api import delete

    with colored.session("director") as session:
        client = new_client(session)
        delete(session, registry_of(session).entity("client"), client)
        session.commit()
        with unscoped(session, "is anything left?"):
            assert session.scalar(select(func.count()).select_from(ColorMove)) == 0


def test_the_nightly_job_runs_in_a_worker(colored: Firm) -> None:
    from kartoteka.api import StartedJob, start_job

    with colored.session() as session:
        new_client(session)
        session.execute(update(CLIENT).values(funnel_colors_color=None))
        number = start_job(session, f"{PLUGIN.name}.recompute").id
        session.commit()
    work(colored)
    with colored.session() as session:
        job = session.get_one(StartedJob, number)
        assert job.state == "done"
        assert {color for color, _rule in kept(session).values()} == {"white"}
