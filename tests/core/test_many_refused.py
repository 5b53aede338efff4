"""What a flush refuses is refused set-wise in the same words, and nothing is left of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kartoteka.api import (
    Change,
    Client,
    Contact,
    Deal,
    Employment,
    Invalid,
    NotAllowed,
    Purchase,
    Rejected,
    create_many,
    unscoped,
    update_many,
)
from kartoteka.services.many import why_not_set_wise
from kartoteka.testing import Firm
from tests.core.many_ways import Objects

Made = Mapping[str, int]


def _firm_of(firm: Firm) -> Made:
    """Give two managers of two departments a client, a person and a deal each."""
    found: dict[str, int] = {}
    with firm.session() as session:
        for who in ("manager1", "manager3"):
            client = Client(name=who, owner_id=firm.users[who])
            person = Contact(name=who, owner_id=firm.users[who])
            session.add_all([client, person])
            session.flush()
            deal = Deal(title=who, client_id=client.id)
            session.add(deal)
            session.flush()
            found |= {f"client of {who}": client.id, f"person of {who}": person.id,
                      f"deal of {who}": deal.id, who: firm.users[who]}  # fmt: skip
        session.commit()
    return found


CASES: dict[str, tuple[str, dict[str, Sequence[Any]]]] = {
    "a client of somebody else": ("contact_point", {
        "client_id": ["client of manager1", "client of manager3"], "value": ["+74951234567"] * 2,
    }),
    "a person of somebody else": ("employment", {
        "client_id": ["client of manager1"], "contact_id": ["person of manager3"],
    }),
    "a manager out of sight": ("client", {"name": ["a", "b"], "owner_id": [None, "manager3"]}),
    "a client that is not there": ("purchase", {"client_id": [99], "amount": [Decimal(1)]}),
    "a character that can not be kept": ("client", {"name": ["a", "b"], "note": ["c", "d\0"]}),
    "half a character": ("client", {"name": ["a", "b\ud800"], "note": ["c\0", "d"]}),
    "a phone that is none": ("contact_point", {
        "client_id": ["client of manager1"] * 2, "value": ["+74951234567", "нет"],
        "kind": ["phone"] * 2,
    }),
    "gone without a reason": ("client", {"name": ["a", "b"], "left_on": [None, date(2025, 1, 1)]}),
    "the first wrong row is named": ("client", {
        "name": ["a", "b", "c\0"], "left_on": [None, date(2025, 1, 1), None],
    }),
    "days that contradict each other": ("employment", {
        "client_id": ["client of manager1"] * 2, "contact_id": ["person of manager1"] * 2,
        "since": [None, date(2025, 1, 2)], "until": [date(2025, 1, 1)] * 2,
    }),
    "more paid than the amount": ("purchase", {
        "client_id": ["client of manager1"] * 2, "amount": [Decimal(5)] * 2,
        "paid": [None, Decimal(6)],
    }),
    "a deal of another client": ("purchase", {
        "client_id": ["client of manager1"], "amount": [Decimal(5)],
        "deal_id": ["deal of manager3"],
    }),
    "recommended by oneself": ("client_source", {
        "client_id": ["client of manager1"], "source_id": [1],
        "recommended_by_id": ["client of manager1"],
    }),
    "no name": ("client", {"name": ["a", None]}),
    "no value": ("activity", {"client_id": ["client of manager1"], "subject": ["x"]}),
    "two holders": ("contact_point", {
        "client_id": ["client of manager1"], "contact_id": ["person of manager1"],
        "value": ["+74951234567"],
    }),
    "nobody's source": ("client_source", {"client_id": ["client of manager1"], "source_id": [999]}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("who", ["manager1", "director", "assistant1"])
def test_refused_as_by_a_flush(firm: Firm, case: str, who: str) -> None:
    made = _firm_of(firm)
    entity, named = CASES[case]
    columns = {
        name: [made.get(value, value) if isinstance(value, str) else value for value in values]
        for name, values in named.items()
    }
    if "name" in named:
        columns["name"] = list(named["name"])
    with firm.session(who) as session:
        expected = _error(session, lambda: Objects().create(session, entity, columns))
    with firm.session(who) as session:
        assert why_not_set_wise(session, entity) == ""
        before = _counted(session)
        found = _error(session, lambda: create_many(session, entity, columns), keep=True)
        assert type(found) is type(expected)
        if isinstance(expected, IntegrityError):
            assert type(found.orig) is type(expected.orig)
        else:
            assert str(found) == str(expected)
            assert getattr(found, "field", "") == getattr(expected, "field", "")
        if found is not None:
            assert _counted(session) == before


def _error(session: Session, work: Any, *, keep: bool = False) -> Any:
    try:
        work()
    except (Rejected, NotAllowed, IntegrityError) as error:
        return error
    finally:
        if not keep:
            session.rollback()
    return None


def _counted(session: Session) -> list[Any]:
    with unscoped(session, "everything is counted"):
        return [
            session.scalar(select(func.count()).select_from(model))
            for model in (Client, Contact, Employment, Purchase, Change)
        ]


def test_half_of_the_cases_are_refused(firm: Firm) -> None:
    """The cases above would also pass if nothing was ever refused."""
    made = _firm_of(firm)
    with firm.session("manager1") as session:
        with pytest.raises(NotAllowed, match="no right to client"):
            create_many(session, "purchase", {
                "client_id": [made["client of manager3"]], "amount": [Decimal(1)],
            })  # fmt: skip
        with pytest.raises(NotAllowed, match="whose records you do not see"):
            create_many(session, "client", {"name": ["a"], "owner_id": [made["manager3"]]})
        with pytest.raises(NotAllowed, match="no right to client"):
            update_many(session, "client", [made["client of manager3"]], {"note": ["x"]})
        with pytest.raises(Rejected, match="U\\+0000"):
            update_many(session, "client", [made["client of manager1"]], {"note": ["\0"]})
        with pytest.raises(Invalid, match="colour: There is no such field"):
            create_many(session, "client", {"name": ["a"], "colour": ["red"]})
        with pytest.raises(ValueError, match="differ in length"):
            create_many(session, "client", {"name": ["a"], "note": []})


def test_a_refusal_leaves_what_was_done_before(firm: Firm) -> None:
    with firm.session("manager1") as session:
        session.add(Client(name="before"))
        create_many(session, "client", {"name": ["many"]})
        with pytest.raises(Rejected):
            create_many(session, "client", {"name": ["x"], "note": ["\0"]})
        session.add(Client(name="after"))
        session.commit()
        names = session.scalars(select(Client.name).order_by(Client.id)).all()
        assert names == ["before", "many", "after"]


def test_a_request_that_only_reads_writes_nothing(firm: Firm) -> None:
    with firm.app.test_request_context("/", method="GET"), firm.session("manager1") as session:
        assert why_not_set_wise(session, "client") == ""
        with pytest.raises(RuntimeError, match="tries to change Client"):
            create_many(session, "client", {"name": ["x"]})
