"""Whom to ask for and which number to dial for each client of the call queue."""

from __future__ import annotations

from typing import Any

from kartoteka.api import create, now
from kartoteka.services import dmu
from kartoteka.services.employments import add_person
from kartoteka.services.numbers_to_call import numbers_of, own_numbers, person_to_ask
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


def test_who_decides_is_asked_for_then_the_main_person_if_they_have_a_number(firm: Firm) -> None:
    with firm.session("manager1") as session:
        number = made(session, "Альфа")
        people = {
            name: add_person(session, number, name=name, is_main=is_main, points=points)
            for name, is_main, points in (
                ("Анна", "", [("phone", "+74951110001"), ("mobile", "+79161110001")]),
                ("Борис", "1", [("phone", "+74951110002")]),
                ("Вера", "", [("email", "vera@example.com")]),
            )
        }
        session.flush()
        assert _asked_for(session, number) == ("Борис", False, 1)
        dmu.seat(session, number, people["Вера"].id, roles=["decider"])
        session.flush()
        assert _asked_for(session, number) == ("Борис", False, 1)
        dmu.seat(session, number, people["Анна"].id, roles=["decider", "user"])
        session.flush()
        assert _asked_for(session, number) == ("Анна", True, 2)
        assert person_to_ask(session, made(session, "Бета")) is None


def _asked_for(session: Any, number: int) -> tuple[str, bool, int]:
    found = person_to_ask(session, number)
    assert found is not None
    return found.name, found.decides, len(found.points)


def test_the_preview_tells_how_a_client_is_reached_in_two_statements(firm: Firm) -> None:
    with firm.session("manager1") as session:
        number = made(session, "Альфа", *(f"+7495123456{end}" for end in range(5)))
        add_person(
            session, number, name="Борис", position="Закупщик", points=[("phone", "+74951110002")]
        )
        session.commit()
        with statements(firm) as sent:
            assert len(own_numbers(session, number)) == 3
            assert person_to_ask(session, number) is not None
        assert len([text for text in sent if text.startswith("SELECT")]) == 2
    page = firm.browser("manager1").get(f"/client/preview/{number}").text
    assert page.count('href="tel:+7495123456') == 3
    assert 'href="tel:+74951110002"' in page
    assert ("Борис" in page, "Закупщик" in page) == (True, True)
