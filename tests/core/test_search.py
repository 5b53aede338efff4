"""Quick search finds what a person means, however it is typed, and only what the person may see."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Client, Query, create, delete, fetch, rebuilt_after, update
from kartoteka.db import search
from kartoteka.fields.text import fold
from kartoteka.testing import Firm

NAMES = {
    "Ёлка и Ромашка": "+7 (495) 123-45-67",
    "ООО «Ель-Сервис 24/7»": "8 812 765 43 21 доб. 55",
    "100% скидка_плюс": "+359 2 988 52 39",
    'Рога" AND "Копыта OR *': "",
    "Straße \\ Grün": "",
    "Школа 100 200": "",
}


def found(firm: Firm, session: Session, typed: str, entity: str = "client") -> set[str]:
    """Return the names that a search gives."""
    page = fetch(session, firm.made.registry.entity(entity), Query(search=typed, size=100))
    names = {record.name for record in page.records}
    model = firm.made.registry.entity(entity).model
    dialect = session.get_bind().dialect.name
    assert names == set(
        session.scalars(select(model.name).where(search.matches(model, typed, dialect)))
    )
    return names


def filled(firm: Firm, session: Session) -> dict[str, int]:
    """Write the clients of the tests with their phones."""
    entity = firm.made.registry.entity
    ids: dict[str, int] = {}
    for name, phone in NAMES.items():
        ids[name] = create(session, entity("client"), {"name": name}).id
        if phone:
            point = {"client_id": ids[name], "kind": "phone", "value": phone}
            create(session, entity("contact_point"), point)
    session.commit()
    return ids


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ёлка", ["Ёлка и Ромашка"]),
        ("ЕЛКА", ["Ёлка и Ромашка"]),
        ("машк", ["Ёлка и Ромашка"]),
        ("ромашка ёлка", ["Ёлка и Ромашка"]),
        ("  ромашка\t ёлка ", ["Ёлка и Ромашка"]),
        ("ромашка ель", []),
        ("ел", ["Ёлка и Ромашка", "ООО «Ель-Сервис 24/7»"]),
        ("и", ["Ёлка и Ромашка", "ООО «Ель-Сервис 24/7»", "100% скидка_плюс"]),
        ("1234567", ["Ёлка и Ромашка"]),
        ("123-45", ["Ёлка и Ромашка"]),
        ("8 (495) 123", ["Ёлка и Ромашка"]),
        ("+7 495 1234567", ["Ёлка и Ромашка"]),
        ("89512", []),
        ("84951234567", ["Ёлка и Ромашка"]),
        ("02 988 52 39", ["100% скидка_плюс"]),
        ("ромашка 123-45", ["Ёлка и Ромашка"]),
        ("24/7", ["ООО «Ель-Сервис 24/7»"]),
        ("100 200", ["Школа 100 200"]),
        ("%", ["100% скидка_плюс"]),
        ("_", ["100% скидка_плюс"]),
        ("а_п", ["100% скидка_плюс"]),
        ("100%", ["100% скидка_плюс"]),
        ('"', ['Рога" AND "Копыта OR *']),
        ('рога" and "копыта', ['Рога" AND "Копыта OR *']),
        ("or *", ['Рога" AND "Копыта OR *']),
        ("NOT рога", []),
        ("search_text:рога", []),
        ("рога*", []),
        ("STRASSE", ["Straße \\ Grün"]),
        ("\\", ["Straße \\ Grün"]),
        ("GRÜN", ["Straße \\ Grün"]),
        ("", list(NAMES)),
        ("   ", list(NAMES)),
        ("«»'();--", []),
    ],
)
def test_what_is_typed_finds(firm: Firm, typed: str, names: list[str]) -> None:
    with firm.session("manager1") as session:
        filled(firm, session)
        if typed.strip():
            assert found(firm, session, typed) == set(names)
        else:
            page = fetch(session, firm.made.registry.entity("client"), Query(search=typed))
            assert {record.name for record in page.records} == set(names)


def test_search_follows_changes(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session("manager1") as session:
        ids = filled(firm, session)
        client = session.get_one(Client, ids["Ёлка и Ромашка"])
        update(session, entity("client"), client, {"name": "Берёзка"})
        session.commit()
        assert found(firm, session, "ромашка") == set()
        assert found(firm, session, "березка 1234567") == {"Берёзка"}
        (point,) = fetch(session, entity("contact_point"), Query(search="")).records[-1:]
        for row in fetch(session, entity("contact_point"), Query(size=100)).records:
            if row.client_id == client.id:
                point = row
        update(session, entity("contact_point"), point, {"value": "+7 495 999-88-77"})
        session.commit()
        assert found(firm, session, "1234567") == set()
        assert found(firm, session, "9998877") == {"Берёзка"}
        delete(session, entity("contact_point"), point)
        session.commit()
        assert found(firm, session, "9998877") == set()
        delete(session, entity("client"), client)
        session.commit()
        assert found(firm, session, "березка") == set()


def test_search_shows_nobody_the_rows_of_others(firm: Firm) -> None:
    with firm.session("manager1") as session:
        filled(firm, session)
    with firm.session("manager2") as session:
        for typed in ("ёлка", "1234567", "и", "%"):
            assert found(firm, session, typed) == set()


def test_an_index_built_anew_finds_the_same(firm: Firm) -> None:
    with firm.session() as session:
        filled(firm, session)
        with rebuilt_after(session.connection()):
            create(session, firm.made.registry.entity("client"), {"name": "Позже"})
        session.commit()
        assert found(firm, session, "ромашка") == {"Ёлка и Ромашка"}
        assert found(firm, session, "позже") == {"Позже"}
        create(session, firm.made.registry.entity("client"), {"name": "Ещё позже"})
        session.commit()
        assert found(firm, session, "позже") == {"Позже", "Ещё позже"}


SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PRINTABLE: Any = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\0")


@given(name=st.text(alphabet=PRINTABLE, min_size=1, max_size=30), other=st.text(max_size=10))
@SETTINGS
def test_any_name_is_found_by_itself_and_nothing_typed_breaks_search(
    firm: Firm, name: str, other: str
) -> None:
    with firm.session("manager1") as session:
        if not fold(name):
            return
        entity = firm.made.registry.entity("client")
        create(session, entity, {"name": f"начало {name}"})
        assert f"начало {name}" in found(firm, session, f"начало {name}")
        fetch(session, entity, Query(search=other))
        session.rollback()
