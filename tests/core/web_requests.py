"""Make web sites and send their forms, for tests of the intake."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from kartoteka.api import (
    Source,
)
from kartoteka.models import IntakeSite
from kartoteka.services import bell, intake_sites
from kartoteka.testing import Firm

ASK: dict[str, Any] = {
    "name": "Анна Петрова", "company": "Ромашка", "phone": "+7 495 123-45-67",
    "email": "anna@romashka.example", "message": "Нужна бумага",
}  # fmt: skip


def site(firm: Firm, **more: Any) -> tuple[int, str]:
    """Make a site of the department North; return its number and the address to send to."""
    with firm.session("director") as session:
        source = Source(name="Our site")
        session.add(source)
        session.flush()
        values: dict[str, Any] = {
            "name": "shop.example", "department_id": firm.departments["North"],
            "pipeline": "sale", "source_id": source.id, **more,
        }  # fmt: skip
        made = IntakeSite(**values)
        session.add(made)
        session.flush()
        key = intake_sites.new_key(session, made)
        session.commit()
        return made.id, f"/api/v1/intake/{key}"


def send(firm: Firm, address: str, body: Any = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return firm.app.test_client().post(address, json=ASK if body is None else body, headers=named)


def count(firm: Firm, model: type[Any]) -> int:
    with firm.session() as session:
        return session.scalar(select(func.count(model.id))) or 0


def the_only(firm: Firm, model: type[Any]) -> Any:
    with firm.session() as session:
        (found,) = session.scalars(select(model))
        session.expunge_all()
        return found


def texts(firm: Firm, who: str) -> list[str]:
    with firm.app.test_request_context(), firm.session(who) as session:
        return [one.text for one in bell.told(session)]
