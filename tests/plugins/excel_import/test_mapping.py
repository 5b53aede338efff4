"""Columns find what they fill by their heads in three languages and by what stands in them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kartoteka.api import Unreadable
from kartoteka.testing import Firm
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.mapping.orders import ordered
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn, plan_of
from kartoteka_excel_import.mapping.remembered import recalled, remember
from kartoteka_excel_import.mapping.targets import targets_for
from kartoteka_excel_import.reading.shapes import Wish
from tests.plugins.excel_import.checked import acting, chunk_of, guessed, layout_of

HEADS = [
    # Russian
    (["№ п/п", "Наименование организации", "ИНН", "Контактный тел.", "E-mail", "E-mail 2"],
     {"Наименование организации": "client.name", "ИНН": "client.tax_id",
      "Контактный тел.": "client.phone", "E-mail": "client.email", "E-mail 2": "client.email"}),
    (["Организация", "ФИО контакта", "Должность", "Моб. телефон", "Эл. почта"],
     {"Организация": "client.name", "ФИО контакта": "contact.name",
      "Должность": "employment.position", "Моб. телефон": "contact.mobile",
      "Эл. почта": "contact.email"}),
    (["Фирма", "Телефон фирмы", "Контактное лицо", "Телефон контакта"],
     {"Фирма": "client.name", "Телефон фирмы": "client.phone", "Контактное лицо": "contact.name",
      "Телефон контакта": "contact.phone"}),
    (["Фамилия", "Имя", "Отчество", "Телефон", "Дата рождения"],
     {"Фамилия": "contact.name", "Имя": "contact.name", "Отчество": "contact.name",
      "Телефон": "contact.phone", "Дата рождения": "contact.birthday"}),
    (["Клиент", "Регион", "Источник", "Менеджер", "Отрасль", "Сайт", "Примечание"],
     {"Клиент": "client.name", "Регион": "client.region_id", "Источник": "client.source",
      "Менеджер": "client.owner_id", "Отрасль": "client.industry", "Сайт": "client.website",
      "Примечание": "client.note"}),
    (["Клиент", "Номер заказа", "Дата заказа", "Сумма заказа"],
     {"Клиент": "client.name", "Номер заказа": "purchase.number",
      "Дата заказа": "purchase.bought_on", "Сумма заказа": "purchase.amount"}),
    (["Клиент", "Сумма последней покупки"], {"Клиент": "client.name"}),
    # English
    (["Company", "Deal Stage", "Status"], {"Company": "client.name"}),
    (["First Name", "Last Name", "Company", "Phone 1", "Phone 2", "Email", "Website"],
     {"First Name": "contact.name", "Last Name": "contact.name", "Company": "client.name",
      "Phone 1": "contact.phone", "Phone 2": "contact.phone", "Email": "contact.email",
      "Website": "client.website"}),
    (["Company", "Contact Name", "Job Title", "Company Phone", "City"],
     {"Company": "client.name", "Contact Name": "contact.name", "Job Title": "employment.position",
      "Company Phone": "client.phone", "City": "client.address"}),
    (["name", "address", "telephone", "url"],
     {"name": "client.name", "address": "client.address", "telephone": "client.phone",
      "url": "client.website"}),
    (["Name", "Company", "Email"],
     {"Name": "contact.name", "Company": "client.name", "Email": "contact.email"}),
    (["Company", "Deal", "Deal amount"],
     {"Company": "client.name", "Deal": "deal.title", "Deal amount": "deal.amount"}),
    # Bulgarian
    (["Фирма", "ЕИК", "Телефон", "Имейл", "Лице за контакт"],
     {"Фирма": "client.name", "ЕИК": "client.tax_id", "Телефон": "client.phone",
      "Имейл": "client.email", "Лице за контакт": "contact.name"}),
    # Slips of the pen
    (["Наименованее", "Телефонн", "Адресс"],
     {"Наименованее": "client.name", "Телефонн": "client.phone", "Адресс": "client.address"}),
]  # fmt: skip


@pytest.mark.parametrize(("heads", "targets"), HEADS, ids=lambda value: str(value)[:40])
def test_heads_are_known(importing: Firm, heads: Sequence[str], targets: dict[str, str]) -> None:
    with acting(importing) as session:
        assert guessed(session, heads) == targets


def test_columns_without_heads_are_known_by_what_stands_in_them(importing: Firm) -> None:
    rows = [
        [1, "Ромашка", "7743842112", "+7 495 123-45-67", "a@romashka.ru", "https://romashka.ru"],
        [2, "Василёк", "7728812089", "8 (916) 765-43-21", "b@vasilek.ru", "https://vasilek.ru"],
        [3, "Лютик", "", "8 916 111 22 33, 495 222-33-44", "c@lutik.ru", "www.lutik.ru"],
    ]
    with acting(importing) as session:
        found = guessed(session, ["", "", "", "", "", ""], rows)
    assert found == {
        "B": "client.name", "C": "client.tax_id", "D": "client.phone", "E": "client.email",
        "F": "client.website",
    }  # fmt: skip


def test_what_stands_in_a_column_speaks_against_its_head(importing: Firm) -> None:
    rows = [["Ромашка", "мама", "мыла"], ["Лютик", "раму", "сама"], ["Мак", "ру", "ки"]]
    with acting(importing) as session:
        plan = guess(session, layout_of(["Фирма", "Телефон", "Регион"]), [chunk_of(rows)])
    assert [column.target for column in plan.columns] == ["client.name", "", ""]
    assert all(column.why for column in plan.columns)


def test_each_column_says_how_sure_it_is_and_why(importing: Firm) -> None:
    rows = [["Ромашка", "a@b.ru", "7"], ["Лютик", "c@d.ru", "9"]]
    with acting(importing) as session:
        plan = guess(session, layout_of(["Фирма", "E-mail", "Этаж"]), [chunk_of(rows)])
    sure = [column.confidence for column in plan.columns]
    assert sure[0] == 1.0
    assert sure[1] == 1.0
    assert sure[2] == 0
    assert all(column.why for column in plan.columns)


def test_targets_are_those_the_person_may_fill(importing: Firm) -> None:
    with acting(importing, "manager1") as session:
        targets = targets_for(session)
    for code in (
        "client.name", "client.phone", "client.source", "client.postal_address", "contact.name",
        "contact.email", "employment.position", "dmu_member.roles", "deal.title", "deal.stage",
        "purchase.amount",
    ):  # fmt: skip
        assert code in targets
    for code in ("client.purchase_total", "deal.client_id", "employment.contact_id"):
        assert code not in targets
    assert targets["client.phone"].title
    assert "Телефон" in targets["client.phone"].words


def test_fields_of_plugins_are_targets(make: object) -> None:
    from kartoteka_excel_import import plugin as excel_import

    firm: Firm = make("wholesale", excel_import)  # type: ignore[operator]
    with acting(firm) as session:
        codes = set(targets_for(session))
    assert any(code.startswith("client.wholesale_") for code in codes)


def test_a_person_changes_what_was_guessed(importing: Firm) -> None:
    with acting(importing) as session:
        targets = targets_for(session)
        plan = guess(session, layout_of(["Фирма", "Имя фирмы", "Телефон", "Код"]), [])
        plan = ordered(
            plan,
            [("Имя фирмы", "client.name"), ("телефон", ""), ("D", "external_id")], targets,
        )  # fmt: skip
    assert [column.target for column in plan.columns] == [
        "", "client.name", "", "client.external_id",
    ]  # fmt: skip
    with pytest.raises(Unreadable, match="has no column 'Цвет'"):
        ordered(plan, [("Цвет", "client.name")], targets)
    with pytest.raises(Unreadable, match="There is no field 'colour'"):
        ordered(plan, [("Код", "colour")], targets)
    with pytest.raises(Unreadable, match="Two columns would fill"):
        ordered(plan, [("Код", "client.tax_id"), ("Фирма", "client.tax_id")], targets)


def test_a_plan_survives_as_json() -> None:
    plan = Plan(
        wish=Wish(sheet="S", header_row=3, known_heads=("a",)),
        columns=(PlannedColumn(letter="A", head="x", target="client.name", confidence=0.5),),
        constants=(("client.size_class", "B"),), mode="update", alike="create",
        empties_overwrite=True, owner_id=3, region="BG",
    )  # fmt: skip
    assert plan_of(plan.as_json()) == plan
    for wrong in ({"mode": "all"}, {"colour": 1}, None, [], {"columns": [3]}, {"wish": {"x": 1}}):
        with pytest.raises(Unreadable):
            plan_of(wrong)


def test_a_list_with_the_same_heads_is_read_as_the_last_one(importing: Firm) -> None:
    heads = ["Фирма", "Код", "Заметки"]
    layout = layout_of(heads)
    with acting(importing, "manager1") as session:
        assert recalled(session, layout) is None
        plan = ordered(guess(session, layout, []), [("Код", "client.external_id")],
                       targets_for(session))  # fmt: skip
        remember(session, layout, plan)
        remember(session, layout, plan)
        session.commit()
        found = recalled(session, layout_of(["фирма ", "КОД", "заметки"]))
        assert found is not None
        assert [c.target for c in found.columns] == [c.target for c in plan.columns]
        assert recalled(session, layout_of(["Фирма", "Код"])) is None
    with acting(importing, "manager2") as session:
        assert recalled(session, layout) is None
    with acting(importing, "director") as session:
        remember(session, layout, plan, for_firm=True)
        session.commit()
    with acting(importing, "manager2") as session:
        assert recalled(session, layout) is not None
