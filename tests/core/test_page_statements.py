"""The pages of a deal and of a person ask the database as often however much they show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kartoteka.api import now
from kartoteka.models import Activity, Client, Deal, Task
from kartoteka.services.dmu import seat
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm, statements


def known(firm: Firm, count: int) -> tuple[int, int]:
    """Make a deal and a person with so many talks, tasks, phones and people who decide."""
    with firm.session("manager1") as session:
        client = Client(name=f"Client of {count}")
        session.add(client)
        session.flush()
        deal = Deal(client_id=client.id, title="Paper")
        session.add(deal)
        session.flush()
        people = [
            add_person(
                session, client.id, name=f"Person {n}", points=[("phone", f"+7495123450{n}")]
            )
            for n in range(count)
        ]
        for person in people:
            seat(session, client.id, person.id, deal_id=deal.id, roles=["user"])
            session.add(
                Activity(client_id=client.id, deal_id=deal.id, contact_id=people[0].id, kind="call",
                         happened_at=now(), subject=f"With {person.name}")
            )  # fmt: skip
            session.add(
                Task(client_id=client.id, deal_id=deal.id, contact_id=people[0].id,
                     title=f"Call {person.name}", due_at=now() + timedelta(days=1))
            )  # fmt: skip
        session.commit()
        return deal.id, people[0].id


@pytest.mark.parametrize(("entity", "which"), [("deal", 0), ("contact", 1)])
def test_a_page_asks_as_often_for_much_as_for_little(firm: Firm, entity: str, which: int) -> None:
    little, much = known(firm, 2)[which], known(firm, 8)[which]
    browser = firm.browser("manager1")
    browser.get(f"/{entity}/show/{little}")
    counts: list[int] = []
    for number in (little, much):
        with statements(firm) as sent:
            assert browser.get(f"/{entity}/show/{number}").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[1] <= 30
