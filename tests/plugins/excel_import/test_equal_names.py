"""A client that a row knows by its very name: when it is taken for it, and when it is not."""

from __future__ import annotations

from typing import Any

import pytest

from kartoteka.api import Client, Region
from kartoteka.testing import Firm
from kartoteka_excel_import.checking.batch import Named
from tests.plugins.excel_import.checked import acting, checked
from tests.plugins.excel_import.test_checking_rows import HEADS, TARGETS, client

PEOPLE = ["Фирма", "Контактное лицо"]
PLACES = ["Название", "ИНН", "Телефон", "Адрес"]
PLACE_TARGETS = ["client.name", "client.tax_id", "client.phone", "client.address"]


def test_a_list_of_people_at_known_firms_needs_no_keys(importing: Firm) -> None:
    number = client(importing, "ООО «Ромашка»")
    rows = [["РОМАШКА", "Иванов Пётр"], ["Ромашкa, ООО", "Петрова Анна"], ["Лютик", "Сидоров Иван"]]
    with acting(importing, "manager1") as session:
        found = checked(session, PEOPLE, rows)
        completed = checked(session, PEOPLE, rows, mode="update")
        strict = checked(session, PEOPLE, rows, equal_names="hold")
        anyway = checked(session, PEOPLE, rows, equal_names="hold", alike="create")
    assert found.verdicts == ["create"] * 3  # the people are new
    assert found.part("client").record_ids == [number, number, None]
    assert completed.verdicts == ["update", "update", "rejected"]
    assert strict.verdicts == ["possible", "possible", "create"]
    assert anyway.part("client").record_ids == [None] * 3
    assert "Matched by name with the client ООО «Ромашка»" in found.reasons[0]
    (first, second) = found.batches[0].named
    assert (first.row, second.row, first.client) == (2, 3, "ООО «Ромашка»")
    assert 0.5 < first.sure < 1


def test_an_equal_name_brings_a_change_or_nothing(importing: Firm) -> None:
    client(importing, "Ромашка", industry="Цветы")
    heads = ["Название", "Отрасль"]
    with acting(importing, "manager1") as session:
        same = checked(session, heads, [["ООО Ромашка", "Цветы"]])
        other = checked(session, heads, [["ООО Ромашка", "Торговля"]])
    assert (same.verdicts, other.verdicts) == (["unchanged"], ["update"])
    assert other.part("client").changes == [{"industry": ("Цветы", "Торговля")}]


@pytest.mark.parametrize(
    ("there", "row", "verdict"),
    [
        ({}, ["Ромашка", "7743842112", "8 495 123-45-67", "Тула, Мира 1"], "update"),
        ({"tax_id": "7728812089"}, ["Ромашка", "7743842112", "", ""], "possible"),
        ({"tax_id": "7728812089"}, ["Ромашка", "", "", ""], "unchanged"),
        ({"phone": "+74957654321"}, ["Ромашка", "", "8 495 123-45-67", ""], "possible"),
        ({"address": "Москва, ул. Мира, 1"}, ["Ромашка", "", "", "Тула, ул. Мира, 1"], "possible"),
        ({"address": "Москва, Мира 1"}, ["Ромашка", "", "", "г. Москва, ул. Мира, 1"], "update"),
    ],
)  # fmt: skip
def test_what_speaks_against_an_equal_name_holds_the_row_back(
    importing: Firm, there: dict[str, Any], row: list[str], verdict: str
) -> None:
    client(importing, "Ромашка", **there)
    with acting(importing, "manager1") as session:
        found = checked(session, PLACES, [row], PLACE_TARGETS)
    assert found.verdicts == [verdict]
    if verdict == "possible":
        assert "has the same name, but something else differs" in found.reasons[0]
        assert found.batches[0].held[0].clients


def test_another_region_speaks_against_an_equal_name(importing: Firm) -> None:
    with importing.session() as session:
        regions = [Region(name=name, kind="region") for name in ("Тульская область", "Москва")]
        session.add_all(regions)
        session.commit()
        tula = regions[0].id
    client(importing, "Ромашка", region_id=tula)
    heads = ["Название", "Регион"]
    rows = [["Ромашка", "Москва"], ["Ромашка", "Тульская область"]]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
    assert found.verdicts == ["possible", "unchanged"]
    assert found.reasons[0].endswith("but something else differs: region.")


def test_two_clients_of_one_name_are_a_question(importing: Firm) -> None:
    numbers = [client(importing, name) for name in ("Ромашка", "ООО «Ромашка»")]
    client(importing, "Лютик")
    client(importing, "Лютик", "manager2")
    rows = [["Ромашка", "", "", ""], ["Лютик", "", "", ""]]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS)
    assert found.verdicts == ["possible", "unchanged"]  # of the two one is seen
    assert list(found.batches[0].held[0].clients) == numbers


def test_an_equal_name_is_enough_within_the_file_too(importing: Firm) -> None:
    rows = [
        ["Ромашка", "7743842112", "", ""],
        ["Лютик", "", "", "Тула, Мира 1"],
        ["ООО «Ромашка»", "", "8 495 123-45-67", ""],
        ["Лютик", "", "", "Москва, Лесная 3"],
        ["Ромашка", "7728812089", "", ""],
        ["Ромашка", "", "", ""],
        ["Лютик", "", "", "Тула, Мира 1"],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, PLACES, rows, PLACE_TARGETS)
    assert found.verdicts == [
        "create", "create", "update", "create", "create", "possible", "duplicate",
    ]  # fmt: skip
    assert found.batches[0].named == [
        Named(row=4, client="", earlier=2), Named(row=8, client="", earlier=3)
    ]  # fmt: skip
    assert found.reasons[0] == "Several clients have this name, see rows 2, 6."


def test_a_client_of_the_base_and_one_of_the_file_are_a_question(importing: Firm) -> None:
    number = client(importing, "Ромашка", tax_id="7743842112")
    rows = [
        ["Ромашка", "7743842112", "", ""],
        ["Ромашка", "", "", ""],
        ["Ромашка", "7728812089", "", ""],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS)
        apart = checked(session, HEADS, [*rows, rows[1]], TARGETS, alike="create")
    assert found.verdicts == ["unchanged", "duplicate", "possible"]
    assert found.part("client").record_ids[:2] == [number, number]
    assert apart.verdicts[2:] == ["create", "create"]


def test_a_row_without_a_name_is_not_matched_by_name(importing: Firm) -> None:
    with importing.session() as session:
        session.add(Client(name="ООО", owner_id=importing.users["manager1"]))
        session.commit()
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, [["", "", "8 495 123-45-67", ""]], TARGETS)
    assert found.batches[0].named == []
