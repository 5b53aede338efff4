"""What becomes of each row: new, a change, the same, twice in the file, possible, refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kartoteka.api import (
    Client,
    Contact,
    ContactPoint,
    Deal,
    Employment,
    Purchase,
    Region,
    Source,
    Unreadable,
    create,
)
from kartoteka.testing import Firm, statements
from tests.plugins.excel_import.checked import acting, checked

HEADS = ["Название", "ИНН", "Телефон", "E-mail"]
TARGETS = ["client.name", "client.tax_id", "client.phone", "client.email"]


def client(firm: Firm, name: str, who: str = "manager1", phone: str = "", **values: Any) -> int:
    """Put a client of a person into the base."""
    with firm.session() as session:
        made = Client(name=name, owner_id=firm.users[who], **values)
        session.add(made)
        session.flush()
        if phone:
            session.add(ContactPoint(client_id=made.id, kind="phone", value=phone))
        session.commit()
        return made.id


def test_rows_of_an_empty_base_are_new(importing: Firm) -> None:
    rows = [["Ромашка", "7743842112", "8 495 123-45-67", "a@b.ru"], ["Лютик", "", "", ""]]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows)
    assert found.verdicts == ["create", "create"]
    assert found.problems == []
    part = found.part("client")
    assert part.columns["name"] == ["Ромашка", "Лютик"]
    assert part.points["phone"][0] == (("8 495 123-45-67", "+74951234567"),)
    assert part.record_ids == [None, None]
    assert part.same_as == [None, None]


def test_a_client_is_known_by_each_of_its_keys(importing: Firm) -> None:
    number = client(importing, "ООО «Ромашка»", tax_id="7743842112", phone="+7 495 123-45-67")
    rows = [
        ["Ромашка", "7743842112", "", ""],
        ["РОМАШКА ООО", "", "8 (495) 123-45-67", ""],
        ["Совсем другое", "7743842112", "", ""],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS)
    assert found.part("client").record_ids == [number] * 3
    assert found.verdicts == ["unchanged", "duplicate", "duplicate"]
    assert "says otherwise" in found.reasons[-2] or "says otherwise" in found.reasons[-1]


def test_what_a_row_changes_is_named_with_what_was(importing: Firm) -> None:
    client(importing, "Ромашка", tax_id="7743842112", industry="Цветы", note="старое")
    heads = ["Название", "ИНН", "Отрасль", "Примечание"]
    rows = [["Ромашка", "7743842112", "Торговля", ""]]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
        kept = checked(session, heads, rows, mode="create")
        emptied = checked(session, heads, rows, empties_overwrite=True)
    assert found.verdicts == ["update"]
    assert found.part("client").changes == [{"industry": ("Цветы", "Торговля")}]
    assert kept.verdicts == ["unchanged"]
    assert kept.part("client").changes == [None]
    assert emptied.part("client").changes[0]["note"] == ("старое", None)


def test_only_what_is_there_is_updated_when_a_person_says_so(importing: Firm) -> None:
    client(importing, "Ромашка", tax_id="7743842112")
    rows = [["Ромашка", "7743842112", "8 495 765-43-21", ""], ["Лютик", "", "", ""]]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS, mode="update")
    assert found.verdicts == ["update", "rejected"]
    assert found.reasons == ["There is no such record to be updated."]


def test_rows_of_one_client_are_one_client(importing: Firm) -> None:
    heads = ["Фирма", "ИНН", "Контактное лицо", "Моб. телефон"]
    rows = [
        ["ООО «Ромашка»", "7743842112", "Иванов Пётр", "8 916 111-22-33"],
        ["Ромашка", "", "Петрова Анна", "8 916 111-22-44"],
        ["РОМАШКА, ООО", "", "Пётр Иванов", "+7 916 111 22 33"],
        ["Лютик", "", "Иванов Пётр", "8 916 111-22-33"],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
        apart = checked(session, heads, rows, cut=1)
    assert found.verdicts == ["create", "create", "duplicate", "create"]
    assert apart.verdicts == found.verdicts
    assert found.part("client").same_as == [None, 2, 2, None]
    assert found.part("contact").same_as == [None, None, 2, None]
    assert found.part("employment").present == [True] * 4


def test_numbers_that_only_one_has_keep_equal_names_apart(importing: Firm) -> None:
    rows = [
        ["Ромашка", "7743842112", "8 495 123-45-67", ""],
        ["Ромашка", "7728812089", "8 495 123-45-67", ""],
        ["Совсем другая фирма", "", "8 495 123-45-67", ""],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS)
    assert found.verdicts == ["create", "create", "create"]


def test_what_a_later_row_adds_is_not_lost(importing: Firm) -> None:
    heads = ["Название", "Отрасль", "Телефон", "Примечание"]
    rows = [
        ["Ромашка", "Цветы", "8 495 123-45-67", ""],
        ["Ромашка", "Торговля", "8 495 765-43-21", "звонить утром"],
        ["Ромашка", "Цветы", "8 495 765-43-21", "звонить утром"],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
    assert found.verdicts == ["create", "update", "duplicate"]
    assert found.part("client").changes[1] == {"note": (None, "звонить утром")}
    assert (found.problems[0].row, found.problems[0].column) == (3, "Отрасль")
    assert found.problems[0].reason == "Row 2 says otherwise; what it says is kept."
    assert not found.problems[0].is_rejection


def test_what_is_only_similar_is_held_back(importing: Firm) -> None:
    client(importing, "Торговый дом Ромашкино")
    rows = [["Ромашкино торговый дом", "", "", ""], ["Лютик", "", "", ""]]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS)
        anyway = checked(session, HEADS, rows, TARGETS, alike="create")
    assert found.verdicts == ["possible", "create"]
    assert found.reasons == ["It may be the client Торговый дом Ромашкино."]
    assert anyway.verdicts == ["create", "create"]


@pytest.mark.parametrize(
    "row", [["Ромашка", "7743842112", "", ""], ["ООО Ромашка", "", "8 495 123-45-67", ""],
            ["Ромашка", "", "", ""]]
)  # fmt: skip
def test_of_a_client_of_somebody_else_only_who_is_responsible_is_told(
    importing: Firm, row: list[str]
) -> None:
    client(importing, "Ромашка", "manager2", phone="+74951234567", tax_id="7743842112",
           note="тайна")  # fmt: skip
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, [row], TARGETS)
    assert found.verdicts == ["possible"]
    assert found.reasons == [
        "Somebody else has such a client: Manager2 Test is responsible for it."
    ]
    assert found.part("client").record_ids == [None]


def test_a_row_that_does_not_pass_says_why_as_the_form_does(importing: Firm) -> None:
    rows = [
        ["Ромашка", "123", "не телефон", "a@b"],
        ["", "7743842112", "", ""],
        ["Лютик", "", "", ""],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, HEADS, rows, TARGETS)
        with pytest.raises(Exception, match="tax") as refused:
            create(session, session.info["registry"].entity("client"), {"name": "x", "tax_id": "1"})
    assert found.verdicts == ["rejected", "rejected", "create"]
    assert [(p.row, p.column) for p in found.problems] == [
        (2, "ИНН"), (2, "Телефон"), (2, "E-mail"), (3, "Название"),
    ]  # fmt: skip
    assert found.reasons[-1] == "Fill this in."
    assert found.reasons[0] == str(refused.value).replace("'1'", "'123'").partition(": ")[2] or (
        "is not a tax number" in found.reasons[0]
    )


def test_a_file_without_the_column_of_names_is_refused_row_by_row(importing: Firm) -> None:
    with acting(importing, "manager1") as session:
        found = checked(session, ["Цвет"], [["синий"], ["красный"]])
        phones = checked(session, ["Телефон"], [["8 495 123-45-67"]], ["client.phone"])
    assert found.verdicts == ["rejected", "rejected"]
    assert phones.verdicts == ["rejected"]
    assert phones.reasons == ["Fill this in."]


def test_texts_of_references_are_resolved(importing: Firm) -> None:
    with importing.session() as session:
        region = Region(name="Московская область", kind="region", iso_code="RU-MOS")
        source = Source(name="Выставка")
        session.add_all([region, source])
        session.commit()
        ids = region.id, source.id
    heads = ["Клиент", "Регион", "Источник", "Менеджер"]
    rows = [
        ["Ромашка", "RU-MOS", "выставка", "Manager1 Test"],
        ["Лютик", "Московская обл.", "Выставка", ""],
        ["Мак", "Атлантида", "", "manager1"],
    ]
    with acting(importing, "director") as session:
        found = checked(session, heads, rows)
    assert found.verdicts == ["create", "create", "rejected"]
    assert found.part("client").columns["region_id"][:2] == [ids[0]] * 2
    assert found.part("client").columns["owner_id"][0] == importing.users["manager1"]
    assert found.part("client_source").columns["source_id"][:2] == [ids[1]] * 2
    assert "Атлантида" in found.reasons[0]


def test_deals_and_purchases_are_known_again(importing: Firm) -> None:
    number = client(importing, "Ромашка", tax_id="7743842112")
    with importing.session() as session:
        deal = Deal(client_id=number, title="Поставка", pipeline="sale", stage="new")
        bought = Purchase(client_id=number, number="17", amount=Decimal(100))
        session.add_all([deal, bought])
        session.commit()
        ids = deal.id, bought.id
    heads = ["Клиент", "ИНН", "Сделка", "Номер заказа", "Дата заказа", "Сумма заказа"]
    rows = [
        ["Ромашка", "7743842112", "поставка", "17", "", "100"],
        ["Ромашка", "7743842112", "Ремонт", "18", "01.02.2026", "250,50"],
        ["Ромашка", "7743842112", "Ремонт", "", "01.02.2026", "250,50"],
        ["Ромашка", "7743842112", "Ремонт", "18", "01.02.2026", "250,50"],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
    assert found.part("deal").record_ids[:2] == [ids[0], None]
    assert found.part("purchase").record_ids[:2] == [ids[1], None]
    assert found.verdicts == ["unchanged", "create", "create", "duplicate"]
    assert found.part("purchase").columns["amount"][1] == Decimal("250.50")


def test_values_that_contradict_each_other_are_refused(importing: Firm) -> None:
    heads = ["Клиент", "Сумма заказа", "Оплачено"]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, [["Ромашка", "100", "200"]],
                        ["client.name", "purchase.amount", "purchase.paid"])  # fmt: skip
    assert found.verdicts == ["rejected"]
    assert found.reasons == ["More is paid than the amount. Correct one of them."]


def test_people_of_the_base_are_known_within_their_client(importing: Firm) -> None:
    number = client(importing, "Ромашка", tax_id="7743842112")
    with importing.session() as session:
        person = Contact(name="Иванов Пётр", owner_id=importing.users["manager1"])
        session.add(person)
        session.flush()
        session.add(Employment(contact_id=person.id, client_id=number, position="директор"))
        session.add(ContactPoint(contact_id=person.id, kind="mobile", value="+7 916 111-22-33"))
        session.commit()
        known = person.id
    heads = ["Фирма", "ИНН", "Контактное лицо", "Должность", "Телефон контакта"]
    rows = [
        ["Ромашка", "7743842112", "Пётр Иванов", "директор", "8 916 111-22-33"],
        ["Ромашка", "7743842112", "Пётр Иванов", "президент", ""],
        ["Ромашка", "7743842112", "Сидорова Анна", "бухгалтер", ""],
    ]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
    assert found.part("contact").record_ids == [known, known, None]
    assert found.verdicts[0] == "unchanged"
    assert found.verdicts[2] == "create"


def test_a_list_of_people_needs_no_clients(importing: Firm) -> None:
    with importing.session() as session:
        person = Contact(name="Иванов Пётр", owner_id=importing.users["manager1"])
        session.add(person)
        session.flush()
        session.add(ContactPoint(contact_id=person.id, kind="email", value="ivanov@b.ru"))
        session.commit()
        known = person.id
    heads = ["Фамилия", "Имя", "E-mail"]
    rows = [["Иванов", "Пётр", "ivanov@b.ru"], ["Петрова", "Анна", "petrova@b.ru"],
            ["Петрова", "Анна", "petrova@b.ru"]]  # fmt: skip
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
    assert found.part("contact").columns["name"][:2] == ["Иванов Пётр", "Петрова Анна"]
    assert found.part("contact").record_ids == [known, None, None]
    assert found.verdicts == ["unchanged", "create", "duplicate"]


def test_phones_of_a_row_without_a_person_are_those_of_the_client(importing: Firm) -> None:
    heads = ["Фирма", "Контактное лицо", "Моб. телефон"]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, [["Ромашка", "", "8 916 111-22-33"]])
    assert found.verdicts == ["create"]
    assert found.part("contact").present == [False]
    assert found.part("client").points["mobile"][0][0][1] == "+79161112233"


def test_constants_and_the_owner_fill_new_clients(importing: Firm) -> None:
    with acting(importing, "director") as session:
        found = checked(
            session, HEADS, [["Ромашка", "", "", ""]], TARGETS,
            constants=(("client.size_class", "B"),), owner_id=importing.users["manager1"],
        )  # fmt: skip
        assert found.part("client").columns["size_class"] == ["B"]
        assert found.part("client").columns["owner_id"] == [importing.users["manager1"]]
        with pytest.raises(Unreadable, match="There is no field"):
            checked(session, HEADS, [["Ромашка", "", "", ""]], ["client.nothing", "", "", ""])


def test_a_chunk_costs_the_same_statements_however_many_rows_it_has(importing: Firm) -> None:
    with importing.session() as session:
        owner = importing.users["manager1"]
        session.add_all(
            Client(name=f"Фирма {n} завод", tax_id=None, external_id=f"E{n}", owner_id=owner)
            for n in range(400)
        )
        session.add(Region(name="Московская область", kind="region"))
        session.commit()
    heads = ["Клиент", "Код", "Телефон", "Контактное лицо", "Регион", "Сделка", "Сумма заказа"]
    targets = ["client.name", "client.external_id", "client.phone", "contact.name",
               "client.region_id", "deal.title", "purchase.amount"]  # fmt: skip

    def rows(count: int) -> list[list[str]]:
        return [
            [f"Фирма {n} завод", f"E{n}" if n % 2 else "", f"+7 495 {n:07d}", f"Имя{n} Фамилия",
             "Московская обл.", f"Сделка {n}", "100"]
            for n in range(count)
        ]  # fmt: skip

    def sent(count: int) -> int:
        with acting(importing, "manager1") as session, statements(importing) as found:
            checked(session, heads, rows(count), targets)
        return len(found)

    few = sent(10)
    assert sent(1000) == few
    assert few < 60


def test_people_of_one_firm_do_not_hide_that_it_is_there(importing: Firm) -> None:
    number = client(importing, "Acme")
    heads = ["First name", "Last name", "Company"]
    rows = [["John", "Doe", "Acme"], ["Jane", "Doe", "Acme"], ["Jim", "Doe", "ACME Ltd"]]
    with acting(importing, "manager1") as session:
        found = checked(session, heads, rows)
        strict = checked(session, heads, rows, equal_names="hold")
    assert found.part("client").record_ids == [number] * 3
    assert strict.verdicts == ["possible"] * 3
