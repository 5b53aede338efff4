"""Places of one legal entity share its tax number: each is held back, none is thrown away."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from kartoteka.api import Client
from kartoteka.testing import Firm
from kartoteka_excel_import.checking.check import Checker
from kartoteka_excel_import.checking.deciding import Decision
from tests.plugins.excel_import.checked import acting, checked, chunk_of, layout_of

HEADS = ("Название", "ИНН", "Адрес", "Телефон")
TARGETS = ("client.name", "client.tax_id", "client.address", "client.phone")
INN = "7743842112"
FIRST = ("Библиотека №42", INN, "Москва, улица Усиевича, дом 16", "8 499 151-76-31")
SECOND = ("Библиотека №30", INN, "Москва, улица Софьи Ковалевской, дом 10", "8 495 484-47-00")


def verdicts(session: Session, *rows: Any, **how: Any) -> list[str]:
    return checked(session, HEADS, rows, TARGETS, **how).verdicts


def test_a_row_of_another_place_is_held_back_and_named(importing: Firm) -> None:
    with acting(importing) as session:
        found = checked(session, HEADS, [FIRST, SECOND, SECOND], TARGETS)
    assert found.verdicts == ["create", "possible", "possible"]
    assert "Row 2 has the same tax number" in found.reasons[0]
    (batch,) = found.batches
    assert [one.row for one in batch.held] == [3, 4]


@pytest.mark.parametrize(
    "row",
    [
        ("ГБУК «Библиотека 42»", INN, "Москва, Ленинградский проспект, дом 1", ""),  # it moved
        ("Читальня «Клио»", INN, "г. Москва, ул. Усиевича, 16", ""),  # it has another name
        ("Библиотека №30", INN, "", "8 495 484-47-00"),  # nothing says that it is elsewhere
    ],
)
def test_a_firm_that_moved_or_was_renamed_is_the_same(importing: Firm, row: Any) -> None:
    with acting(importing) as session:
        assert verdicts(session, FIRST, row)[1] != "possible"


def test_branches_come_in_as_clients_of_their_own_when_told(importing: Firm) -> None:
    with acting(importing) as session:
        found = verdicts(session, FIRST, SECOND, SECOND, alike="create")
    assert found == ["create", "create", "duplicate"]


def test_a_branch_does_not_rename_and_move_the_client_of_the_base(importing: Firm) -> None:
    with acting(importing) as session:
        client = Client(name=FIRST[0], tax_id=INN, address=FIRST[2])
        session.add(client)
        session.flush()
        number = client.id
        found = checked(session, HEADS, [SECOND, FIRST], TARGETS)
        assert found.verdicts == ["possible", "update"]
        assert "Библиотека №42" in found.reasons[0]
        (held,) = found.batches[0].held
        assert held.clients == (number,)


def test_a_person_says_that_a_branch_is_a_client_of_its_own_or_the_same(importing: Firm) -> None:
    with acting(importing) as session:
        client = Client(name=FIRST[0], tax_id=INN, address=FIRST[2])
        session.add(client)
        session.flush()
        plan = checked(session, HEADS, [FIRST], TARGETS).plan
        for decision, verdict in (
            (Decision(choice="new"), "create"),
            (Decision(choice="same", client_id=client.id), "update"),
        ):
            checker = Checker(session, layout_of(HEADS), plan, decisions={2: decision})
            assert checker.check(chunk_of([SECOND])).verdicts == [verdict]
        again = Checker(session, layout_of(HEADS), plan, decisions={3: Decision(choice="new")})
        other = ("Библиотека №5", "7728812089", "Тула, Мира, 5", "")
        assert again.check(chunk_of([other, SECOND])).verdicts == ["create", "create"]
