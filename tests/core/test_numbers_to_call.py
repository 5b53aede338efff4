"""Whom to ask for and which number to dial for each client of the call queue."""

from __future__ import annotations

from typing import Any

from kartoteka.api import create, now
from kartoteka.services.employments import add_person
from kartoteka.services.numbers_to_call import numbers_of
from kartoteka.testing import Firm, statements


def made(session: Any, name: str, *numbers: str) -> int:
    entities = session.info["registry"].entities
    client = create(session, entities["client"], {"name": name})
    session.flush()
    for number in numbers:
        phone(session, client_id=client.id, value=number)
    return client.id


def phone(session: Any, **values: Any) -> Any:
    entity = session.info["registry"].entity("contact_point")
    return create(session, entity, {"kind": "phone", **values})


def asked(firm: Firm, *ids: int) -> dict[int, tuple[str, str]]:
    with firm.session("manager1") as session:
        found = numbers_of(session, ids)
        return {number: (one.person, str(one.point.value)) for number, one in found.items()}


def test_the_main_person_is_asked_for_before_others_and_the_switchboard(firm: Firm) -> None:
    with firm.session("manager1") as session:
        number = made(session, "Альфа", "+74951234567")
        other, bare = made(session, "Бета", "+74951234568"), made(session, "Гамма")
        for name, value, is_main in (("Анна", "+74951110001", ""), ("Борис", "+74951110002", "1")):
            add_person(session, number, name=name, is_main=is_main, points=[("phone", value)])
        session.commit()
    assert asked(firm, number, other, bare) == {
        number: ("Борис", "+74951110002"), other: ("", "+74951234568"),
    }  # fmt: skip


def test_dead_numbers_are_not_called(firm: Firm) -> None:
    with firm.session("manager1") as session:
        number = made(session, "Альфа", "+74951234567", "+74951234568", "+74951234569")
        rows = numbers_of(session, [number])
        rows[number].point.is_valid = False
        session.flush()
        numbers_of(session, [number])[number].point.bounced_at = now()
        session.commit()
    assert asked(firm, number) == {number: ("", "+74951234569")}


def test_numbers_are_found_in_two_statements_however_many_clients(firm: Firm) -> None:
    with firm.session("manager1") as session:
        ids = [made(session, f"Клиент {place}", "+74951234567") for place in range(5)]
        session.commit()
        with statements(firm) as sent:
            assert len(numbers_of(session, ids)) == 5
    assert len([text for text in sent if text.startswith("SELECT")]) == 2
