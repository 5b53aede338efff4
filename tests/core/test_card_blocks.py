"""What the card tells of money, sources, competitors, similar clients, and the kinds it counts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from kartoteka.api import now
from kartoteka.models import (
    Activity,
    Client,
    ClientCompetitor,
    ClientSource,
    Competitor,
    Contract,
    Purchase,
    Region,
    Source,
    Task,
)
from kartoteka.services.card import card
from kartoteka.services.card_market import competitors_of, sources_of
from kartoteka.services.card_money import months_of, purchases_of
from kartoteka.services.similar import similar_to
from kartoteka.services.timeline import timeline
from kartoteka.testing import Firm
from tests.core.test_card import TODAY, fill, new_client


def test_the_card_lists_ten_purchases_and_every_debt(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        session.add_all(
            Purchase(client_id=client.id, number=str(day), bought_on=TODAY - timedelta(days=day),
                     amount=Decimal(10), paid=Decimal(0 if day == 20 else 10))
            for day in range(25)
        )  # fmt: skip
        session.flush()
        ledger = purchases_of(session, client.id, TODAY)
    assert [line.purchase.number for line in ledger.newest] == [str(day) for day in range(10)]
    assert [line.purchase.number for line in ledger.unpaid] == ["20"]


def test_sources_competitors_region_and_department_are_told(firm: Firm) -> None:
    with firm.session() as session:
        country = Region(name="Россия", kind="country")
        session.add(country)
        session.flush()
        region = Region(name="Тула", parent_id=country.id)
        rival = Competitor(name="Rival")
        session.add_all([region, rival])
        session.flush()
        friend = new_client(session, name="Friend")
        client = new_client(
            session, region_id=region.id, owner_id=firm.users["manager1"], important=True
        )
        source = session.scalars(select(Source).where(Source.code == "recommendation")).one()
        session.add_all([
            ClientSource(client_id=client.id, source_id=source.id, recommended_by_id=friend.id),
            ClientCompetitor(client_id=client.id, competitor_id=rival.id, why="Credit"),
        ])  # fmt: skip
        session.flush()
        made = card(session, client)
        sources, rivals = sources_of(session, client.id), competitors_of(session, client.id)
    assert (made.region, made.region_above, made.department) == ("Тула", "Россия", "North")
    assert made.owner == "Manager1 Test"
    assert [(line.source, line.recommended_by) for line in sources] == [
        ("Recommendation", "Friend")
    ]
    assert [(line.competitor.name, line.link.why) for line in rivals] == [("Rival", "Credit")]


def test_who_recommended_stays_hidden_from_those_who_do_not_see_him(firm: Firm) -> None:
    with firm.session() as session:
        friend = new_client(session, name="Secret", owner_id=firm.users["manager3"])
        client = new_client(session, owner_id=firm.users["manager1"])
        source = session.scalars(select(Source.id).where(Source.code == "recommendation")).one()
        session.add(
            ClientSource(client_id=client.id, source_id=source, recommended_by_id=friend.id)
        )
        session.commit()
        number = client.id
    with firm.session("manager1") as session:
        sources = sources_of(session, number)
    assert [(line.source, line.recommended_by) for line in sources] == [("Recommendation", "")]


def test_kinds_are_counted_as_the_timeline_tells_them(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client, other = new_client(session), new_client(session, name="Other")
        fill(session, client, 3)
        fill(session, other, 1)
        session.add_all([
            Activity(client_id=client.id, kind="note", happened_at=now()),
            Task(client_id=client.id, title="Done", due_at=now(), done_at=now()),
            Contract(client_id=client.id, number="S", signed_on=TODAY),
        ])  # fmt: skip
        session.flush()
        figures = card(session, client).figures
        told = Counter(entry.kind for entry in timeline(session, client.id).entries)
    assert figures.kinds == told
    assert figures.kinds["call"] == 3


def test_months_of_the_trend_are_two_years_without_gaps(firm: Firm) -> None:
    day = date(2026, 3, 15)
    with firm.session("manager1") as session:
        client = new_client(session, currency="RUB")
        for bought_on, amount, currency in (
            (date(2026, 3, 1), 5, None), (date(2026, 3, 15), 7, "RUB"),
            (date(2024, 4, 1), 3, "RUB"),
            (date(2024, 3, 31), 100, "RUB"), (date(2026, 2, 1), 1000, "EUR"),
        ):  # fmt: skip
            session.add(Purchase(client_id=client.id, bought_on=bought_on, amount=Decimal(amount),
                                 amount_currency=currency))  # fmt: skip
        session.flush()
        months = months_of(session, client, "RUB", day)
    assert len(months) == 24
    assert (months[0], months[-1]) == (
        (date(2024, 4, 1), Decimal(3)), (date(2026, 3, 1), Decimal(12)),
    )  # fmt: skip
    assert sum(amount for _day, amount in months) == Decimal(15)


def test_similar_clients_are_of_the_region_and_trade_and_in_sight(firm: Firm) -> None:
    with firm.session() as session:
        region, far = Region(name="Тула"), Region(name="Омск")
        session.add_all([region, far])
        session.flush()
        mine = {"owner_id": firm.users["manager1"], "region_id": region.id, "industry": "Paper"}
        client = new_client(session, size_class="large", **mine).id
        new_client(session, **mine, name="Same trade")
        new_client(session, **mine, name="Same size too", size_class="large")
        new_client(session, **mine | {"industry": "Steel"}, name="Other trade")
        new_client(session, **mine | {"region_id": far.id}, name="Far")
        new_client(session, **mine | {"owner_id": firm.users["manager3"]}, name="Secret")
        session.commit()
    with firm.session("manager1") as session:
        found = similar_to(session, session.get_one(Client, client))
    assert [one.name for one in found] == ["Same size too", "Same trade"]
    assert len(found[0].alike) == len(found[1].alike) + 1
