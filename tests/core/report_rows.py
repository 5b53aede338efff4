"""A year of work of three managers, for tests of reports: random, and the same each time."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from kartoteka.api import (
    Activity,
    Client,
    ClientSource,
    Contact,
    Contract,
    Deal,
    Employment,
    LostReason,
    Product,
    Purchase,
    Source,
    StageChange,
    Task,
    move_deal,
    now,
)
from kartoteka.db.session import RecordSession
from kartoteka.testing import Firm

MANAGERS = ("manager1", "manager2", "manager3")
#: Ways through the pipeline of the tests.
WAYS = (
    (), ("offer",), ("later",), ("offer", "refused"), ("refused",), ("won",), ("offer", "won"),
    ("offer", "won", "doing"), ("won", "doing", "done"), ("later", "offer", "won", "refused"),
)  # fmt: skip


def fill(firm: Firm, session: RecordSession, seed: int = 1) -> None:
    """Write clients, deals with their moves, activities, tasks, purchases and contracts."""
    chance = random.Random(seed)
    today = now().date()

    def ago(most: int = 330) -> datetime:
        return now() - timedelta(days=chance.randrange(most), hours=chance.randrange(24))

    def day(most: int = 330) -> date:
        return today - timedelta(days=chance.randrange(most))

    products = [Product(name=name) for name in ("Apples", "Beans", "Corn")]
    session.add_all(products)
    session.flush()
    sources = session.scalars(select(Source.id).order_by(Source.id).limit(3)).all()
    reasons = session.scalars(select(LostReason.id).order_by(LostReason.id).limit(2)).all()
    for index in range(12):
        owner = firm.users[MANAGERS[index % 3]]
        client = Client(name=f"Client {index}", kind="organisation", owner_id=owner,
                        currency=chance.choice([None, "RUB", "EUR"]))  # fmt: skip
        session.add(client)
        session.flush()
        client.created_at = ago()
        for source in chance.sample(list(sources), chance.randrange(3)):
            session.add(ClientSource(client_id=client.id, source_id=source))
        person = Contact(name=f"Person {index}", owner_id=owner,
                         birthday=date(1960 + index, 1 + index, 1 + index))  # fmt: skip
        session.add(person)
        session.flush()
        session.add(Employment(client_id=client.id, contact_id=person.id))
        for kind in chance.choices(("call", "meeting", "letter", "message", "note"), k=5):
            session.add(Activity(client_id=client.id, kind=kind, happened_at=ago(60),
                                 author_id=owner))  # fmt: skip
        session.add(Task(title="Ring", client_id=client.id, owner_id=owner, due_at=ago(20),
                         done_at=chance.choice([None, ago(20)])))  # fmt: skip
        for _number in range(2):
            amount = Decimal(chance.randrange(-50, 500))
            session.add(Purchase(
                client_id=client.id, amount=amount, bought_on=day(), due_on=day(60),
                paid=Decimal(0), product_id=chance.choice(products).id,
                amount_currency=chance.choice([None, "RUB"]),
            ))  # fmt: skip
        session.add(Contract(client_id=client.id, number=f"N{index}",
                             ends_on=today + timedelta(days=10 * index - 30)))  # fmt: skip
        for _number in range(2):
            deal = Deal(title="Deal", client_id=client.id, amount=Decimal(chance.randrange(1, 99)),
                        product_id=chance.choice([None, products[0].id]),
                        source_id=chance.choice([None, sources[0]]))  # fmt: skip
            session.add(deal)
            session.flush()
            _move(session, deal, chance, reasons)
    session.flush()
    for deal in session.scalars(select(Deal)):
        deal.opened_at = ago()
        if deal.closed_at is not None:
            deal.closed_at = ago()
    for move in session.scalars(select(StageChange)):
        move.moved_at = ago()
        move.seconds = chance.randrange(10**6) if move.old_stage else None
    session.commit()


def _move(session: RecordSession, deal: Deal, chance: random.Random, reasons: Any) -> None:
    for stage in chance.choice(WAYS):
        more: dict[str, Any] = {}
        if stage == "refused":
            more = {"lost_reason_id": chance.choice(reasons)}
        if stage == "later":
            more = {"recheck_on": now().date() + timedelta(days=chance.randrange(60))}
        move_deal(session, deal, stage, **more)
