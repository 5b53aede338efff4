"""The card: all that is known about a client, in a fixed number of statements."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from kartoteka.api import Invalid, Rejected, now
from kartoteka.models import (
    Activity,
    Client,
    ClientCompetitor,
    ClientSource,
    Competitor,
    Contact,
    ContactPoint,
    Contract,
    Deal,
    Employment,
    LostReason,
    Product,
    Purchase,
    Region,
    Source,
    StageSetting,
    Task,
)
from kartoteka.services.card import card
from kartoteka.services.card_money import contracts_of, purchases_of
from kartoteka.services.deals import all_stages, move_deal, stages_of
from kartoteka.services.dmu import seat
from kartoteka.services.employments import add_person, end_employment
from kartoteka.testing import Firm, statements

#: The day in the time zone of the firm, which is not that of the machine.
TODAY = now().astimezone(ZoneInfo("Europe/Moscow")).date()


def new_client(session: Any, **values: Any) -> Client:
    found = Client(**{"name": "Ромашка", **values})
    session.add(found)
    session.flush()
    return found


def fill(session: Any, client: Client, times: int = 1) -> None:
    """Put some of everything on a card."""
    product = Product(name="Paper")
    rival = Competitor(name="Rival")
    session.add_all([product, rival])
    session.flush()
    source = session.scalars(select(Source.id).where(Source.code == "exhibition")).one()
    for number in range(times):
        person = add_person(
            session, client.id, name=f"Person {number}",
            points=[("mobile", f"+7912000000{number}"), ("email", f"p{number}@example.com")],
        )  # fmt: skip
        seat(session, client.id, person.id, roles=["user"])
        deal = Deal(client_id=client.id, title=f"Deal {number}", product_id=product.id)
        session.add(deal)
        session.flush()
        session.add_all([
            Purchase(client_id=client.id, bought_on=TODAY, amount=Decimal(10),
                     product_id=product.id),
            Task(client_id=client.id, title="Call", due_at=now()),
            Contract(client_id=client.id, number=str(number), ends_on=TODAY),
            Activity(client_id=client.id, kind="call", happened_at=now(), contact_id=person.id,
                     deal_id=deal.id),
            ClientSource(client_id=client.id, source_id=source),
            ClientCompetitor(client_id=client.id, competitor_id=rival.id),
            ContactPoint(client_id=client.id, kind="phone", value=f"+7495123456{number}"),
        ])  # fmt: skip
        session.flush()


def test_the_number_of_statements_does_not_grow_with_the_card(firm: Firm) -> None:
    with firm.session() as session:
        region = Region(name="Тула")
        session.add(region)
        session.flush()
        few = new_client(session, owner_id=firm.users["manager1"], region_id=region.id).id
        many = new_client(session, owner_id=firm.users["manager1"], region_id=region.id).id
        fill(session, session.get_one(Client, few), 1)
        fill(session, session.get_one(Client, many), 9)
        session.commit()
    counts: list[int] = []
    for number in (few, many):
        with firm.session("manager1") as session:
            client = session.get_one(Client, number)
            with statements(session) as sent:
                made = card(session, client)
            assert len(made.people) == (1 if number == few else 9)
            counts.append(len(sent))
    assert counts[0] <= counts[1] <= 11


def test_people_stand_with_their_phones_the_main_first_the_bad_last(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        anna = add_person(
            session, client.id, name="Anna", position="Buyer", is_main=True,
            points=[("mobile", "8 912 345-67-89"), ("mobile", "+7 912 345 67 80"),
                    ("email", "anna@example.com"), ("phone", " ")],
        )  # fmt: skip
        first = session.scalars(select(ContactPoint).order_by(ContactPoint.id)).first()
        assert first is not None
        first.is_valid = False
        session.flush()
        person = card(session, client).people[0]
    assert person.contact.id == anna.id
    assert person.employment.position == "Buyer"
    assert [point.normalised for point in person.points] == [
        "anna@example.com", "+79123456780", "+79123456789",
    ]  # fmt: skip


def test_one_form_adds_all_of_a_person_or_nothing(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        with pytest.raises(Invalid) as refused:
            add_person(
                session, client.id, name="", birthday="tomorrow",
                points=[("mobile", "12"), ("email", "anna@example.com"), ("email", "no address")],
            )  # fmt: skip
        assert set(refused.value.errors) == {"name", "birthday", "point_0", "point_2"} or set(
            refused.value.errors
        ) == {"birthday", "point_0", "point_2"}
        assert session.scalars(select(Contact)).all() == []
        assert session.scalars(select(ContactPoint)).all() == []


def test_who_left_is_kept_apart_with_the_day(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        add_person(session, client.id, name="Anna")
        add_person(session, client.id, name="Boris", is_main=True)
        job = session.scalars(select(Employment).where(Employment.is_main)).one()
        end_employment(session, job)
        made = card(session, client)
    assert [person.contact.name for person in made.people] == ["Anna"]
    assert [person.contact.name for person in made.former] == ["Boris"]
    assert made.former[0].employment.until is not None
    assert not made.former[0].employment.is_main


def test_nobody_leaves_before_the_first_day(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        person = add_person(session, client.id, name="Anna")
        job = session.scalars(select(Employment).where(Employment.contact_id == person.id)).one()
        job.since = TODAY
        with pytest.raises(Rejected):
            end_employment(session, job, TODAY - timedelta(days=1))


def test_what_is_missing_next_is_the_lowest_open_step(firm: Firm) -> None:
    with firm.session() as session:
        session.add(Region(name="Тула"))
        session.commit()
        region = session.scalars(select(Region.id)).one()
    with firm.session("manager1") as session:
        client = new_client(session)
        first = card(session, client).missing
        client.region_id = region
        session.flush()
        second = card(session, client).missing
        completeness = client.completeness
    assert (first.step, [item.name for item in first.fields]) == (1, ["region_id"])
    assert second.step == 2
    assert "tax_id" in [item.name for item in second.fields]
    assert second.later > 0
    assert 0 < completeness < 100


def test_debts_show_the_overdue_first_and_totals_by_currency(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session, currency="RUB")
        session.add_all([
            Purchase(client_id=client.id, number="1", bought_on=TODAY, amount=Decimal(100),
                     paid=Decimal(100)),
            Purchase(client_id=client.id, number="2", bought_on=TODAY - timedelta(days=40),
                     amount=Decimal(200), paid=Decimal(50), due_on=TODAY - timedelta(days=10)),
            Purchase(client_id=client.id, number="3", bought_on=TODAY - timedelta(days=5),
                     amount=Decimal(30), due_on=TODAY + timedelta(days=10)),
            Purchase(client_id=client.id, number="4", bought_on=TODAY - timedelta(days=9),
                     amount=Decimal(70), amount_currency="EUR"),
            Purchase(client_id=client.id, number="5, sent back", bought_on=TODAY,
                     amount=Decimal(-20)),
        ])  # fmt: skip
        session.flush()
        made, ledger = card(session, client), purchases_of(session, client.id, TODAY)
        session.refresh(client)
        kept = (client.purchase_count, client.purchase_total, client.debt_total)
    numbers = [line.purchase.number for line in ledger.newest]
    assert numbers == ["5, sent back", "1", "3", "4", "2"]
    assert [(line.purchase.number, line.is_overdue) for line in ledger.unpaid] == [
        ("2", True), ("3", False), ("4", False),
    ]  # fmt: skip
    totals = {total.currency: total for total in made.figures.totals}
    assert list(totals) == ["RUB", "EUR"]
    assert (totals["RUB"].count, totals["RUB"].amount) == (3, Decimal(310))
    assert (totals["RUB"].debt, totals["RUB"].overdue) == (Decimal(180), Decimal(150))
    assert kept == (4, Decimal(310), Decimal(180))
    assert [line.purchase.debt for line in ledger.newest] == [0, 0, 30, 70, 150]
    assert (totals["EUR"].amount, totals["EUR"].debt) == (Decimal(70), Decimal(70))


def test_deals_are_parted_into_open_and_closed_and_late_ones_marked(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        reason = session.scalars(select(LostReason.id).where(LostReason.code == "competitor")).one()
        late = Deal(client_id=client.id, title="Late", amount=Decimal(5))
        lost = Deal(client_id=client.id, title="Lost")
        fresh = Deal(client_id=client.id, title="Fresh")
        session.add_all([late, lost, fresh])
        session.flush()
        move_deal(session, late, "offer")
        move_deal(session, lost, "refused", lost_reason_id=reason)
        late.stage_since = now() - timedelta(days=20)
        session.flush()
        made = card(session, client)
    assert {line.deal.title: line.is_overdue for line in made.open_deals} == {
        "Late": True, "Fresh": False,
    }  # fmt: skip
    closed = made.closed_deals[0]
    assert (closed.deal.title, closed.lost_reason) == ("Lost", "Went to a competitor")
    assert [line.days for line in made.open_deals if line.deal.title == "Late"] == [20]


def test_stages_are_called_as_staff_named_them(firm: Firm) -> None:
    with firm.session() as session:
        session.add(StageSetting(pipeline="sale", stage="offer", title="Quote", color="#ff0000"))
        session.add(StageSetting(pipeline="sale", stage="later", is_hidden=True))
        session.flush()
        stages = all_stages(session)
        assert stages["sale", "offer"].title == "Quote"
        assert stages["sale", "offer"].color == "#ff0000"
        assert stages["sale", "later"].is_hidden
        assert stages["sale", "new"].title == "New"
        assert "later" not in [view.stage.code for view in stages_of(session, "sale")]
        assert "later" in [view.stage.code for view in stages_of(session, "sale", True)]


@pytest.mark.parametrize(
    ("days", "values", "end"),
    [
        (-1, {}, "overdue"),
        (0, {}, "soon"),
        (60, {}, "soon"),
        (61, {}, "later"),
        (-1, {"renews_itself": True}, "none"),
        (-1, {"closed_on": TODAY}, "none"),
        (None, {}, "none"),
    ],
)
def test_contracts_say_how_near_their_end_is(
    firm: Firm, days: int | None, values: dict[str, Any], end: str
) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        ends_on = None if days is None else TODAY + timedelta(days=days)
        session.add(Contract(client_id=client.id, number="1", ends_on=ends_on, **values))
        session.flush()
        line = contracts_of(session, client.id, TODAY)[0]
    assert (line.end, line.days) == (end, days)


def test_what_the_reader_has_no_right_to_is_not_read(firm: Firm) -> None:
    with firm.session() as session:
        client = new_client(session, owner_id=firm.users["manager1"])
        fill(session, client)
        made = card(
            session, client,
            without=frozenset({"purchase", "deal", "task", "contract", "dmu", "contact_point",
                               "client_source", "client_competitor", "contact"}),
            kinds=["call"],
        )  # fmt: skip
    blocks = (
        made.figures.totals, made.deals, made.tasks, made.units, made.points, made.people,
    )  # fmt: skip
    assert not any(blocks)
    assert made.figures.kinds == {"call": 1, "stage": 1}
    assert [entry.kind for entry in made.timeline.entries] == ["call"]


def test_a_tasks_moment_decides_whether_it_is_overdue(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = new_client(session)
        session.add_all([
            Task(client_id=client.id, title="Late", due_at=now() - timedelta(hours=1)),
            Task(client_id=client.id, title="Soon", due_at=now() + timedelta(hours=1)),
            Task(client_id=client.id, title="Done", due_at=now(), done_at=now()),
        ])  # fmt: skip
        session.flush()
        tasks = card(session, client).tasks
    assert [(line.task.title, line.is_overdue) for line in tasks] == [
        ("Late", True), ("Soon", False),
    ]  # fmt: skip
    assert tasks[0].who == "Manager1 Test"


def test_a_row_rule_speaks_of_the_alias_it_is_put_on(firm: Firm) -> None:
    other = aliased(Client)
    with firm.session() as session:
        secret = new_client(session, name="Secret", owner_id=firm.users["manager3"])
        mine = new_client(session, name="Mine", owner_id=firm.users["manager1"])
        source = session.scalars(select(Source.id).where(Source.code == "recommendation")).one()
        session.add(ClientSource(client_id=mine.id, source_id=source, recommended_by_id=secret.id))
        session.commit()
    with firm.session("manager1") as session:
        rows = session.execute(
            select(Client.name, other.name)
            .join(ClientSource, ClientSource.client_id == Client.id)
            .outerjoin(other, other.id == ClientSource.recommended_by_id)
        ).all()
    assert [tuple(row) for row in rows] == [("Mine", None)]
