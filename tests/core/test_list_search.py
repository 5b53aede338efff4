"""Every list finds its rows by what people know of them, and says so where it can not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import Invalid, Query, Record, create, fetch
from kartoteka.db import search
from kartoteka.services import list_search
from kartoteka.services.employments import add_person
from kartoteka.services.list_search import is_searchable
from kartoteka.testing import Firm, statements


@pytest.fixture
def base(firm: Firm) -> Any:
    """Two clients with one row of each kind; what the rows are called after."""
    entity = firm.made.registry.entity
    ids: dict[str, dict[str, int]] = {}
    with firm.session("director") as session:
        source = create(session, entity("source"), {"name": "Выставка"})
        region = create(session, entity("region"), {"name": "Ёлкинская область", "kind": "region"})
        other = create(session, entity("region"), {"name": "Софийская", "kind": "region"})
        indicator = create(
            session,
            entity("indicator"),
            {"code": "x_people", "title": "Жители", "section": "market"},
        )  # fmt: skip
        for name, letter, place in (("Ромашка", "Р", region), ("Берёзка", "Б", other)):
            client = create(session, entity("client"), {"name": name})
            of = {"client_id": client.id}
            person = add_person(session, client.id, name=f"{letter}ябинин Пётр")
            dmu = create(session, entity("dmu"), {**of, "title": "Закупки"})
            rows: dict[str, Record] = {
                "purchase": create(
                    session, entity("purchase"),
                    {**of, "number": f"{letter}Н-000136", "bought_on": "01.02.2026", "amount": "5"},
                ),
                "contract": create(
                    session, entity("contract"), {**of, "number": f"{letter}-17/26"}
                ),
                "activity": create(
                    session, entity("activity"),
                    {**of, "kind": "call", "happened_at": "2026-01-01 10:00",
                     "subject": f"Про {letter}ельсы", "text": f"Хочет {letter}езину"},
                ),
                "client_source": create(
                    session, entity("client_source"), {**of, "source_id": source.id}
                ),
                "dmu_member": create(
                    session, entity("dmu_member"),
                    {**of, "dmu_id": dmu.id, "contact_id": person.id, "roles": ["user"]},
                ),
                "indicator_value": create(
                    session, entity("indicator_value"),
                    {"region_id": place.id, "indicator_id": indicator.id, "period": "2024-01-01",
                     "span": "year", "value": "5", "source": "x", "retrieved_on": "2025-01-01"},
                ),
            }  # fmt: skip
            ids[name] = {code: row.id for code, row in rows.items()}
        session.commit()
    return SimpleNamespace(firm=firm, ids=ids)


def found(firm: Firm, code: str, words: str, who: str = "director") -> list[int]:
    with firm.session(who) as session:
        page = fetch(session, firm.made.registry.entity(code), Query(search=words, size=100))
        return [record.id for record in page.records]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("purchase", "РН-000136"), ("purchase", "рн-000136"), ("purchase", " РН-000136 "),
        ("purchase", "ромашка"), ("purchase", "МАШК"), ("contract", "р-17/26"),
        ("contract", "ромашка"), ("activity", "рельсы"), ("activity", "РЕЗИНУ хочет"),
        ("activity", "ромашка"), ("client_source", "ромашка"), ("dmu_member", "рябинин"),
        ("dmu_member", "ромашка"), ("indicator_value", "елкинская"),
    ],
)  # fmt: skip
def test_rows_are_found_by_what_people_know_of_them(base: Any, code: str, words: str) -> None:
    assert found(base.firm, code, words) == [base.ids["Ромашка"][code]]


@pytest.mark.parametrize(
    ("code", "words"),
    [("purchase", "ромашка"), ("client_source", "ромашка"), ("dmu_member", "рябинин"),
     ("indicator_value", "елкинская")],
)  # fmt: skip
def test_rows_are_found_when_too_many_match_to_name_them_one_by_one(
    base: Any, code: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_search, "FEW", 0)
    assert found(base.firm, code, words) == [base.ids["Ромашка"][code]]


def test_employments_are_found_by_person_and_client(base: Any) -> None:
    assert len(found(base.firm, "employment", "рябинин")) == 1
    assert found(base.firm, "employment", "рябинин") == found(base.firm, "employment", "ромашка")


def test_small_lists_are_found_by_the_row_they_point_to(base: Any) -> None:
    assert sorted(found(base.firm, "client_source", "выстав")) == sorted(
        ids["client_source"] for ids in base.ids.values()
    )
    assert len(found(base.firm, "indicator_value", "жители")) == 2


@pytest.mark.parametrize("code", ["purchase", "activity", "client_source", "dmu_member"])
def test_words_nothing_holds_find_nothing(base: Any, code: str) -> None:
    assert found(base.firm, code, "ничего такого нет") == []
    assert found(base.firm, code, "136%") == []


def test_a_search_by_the_name_of_a_client_keeps_to_the_rows_of_the_reader(base: Any) -> None:
    assert found(base.firm, "purchase", "ромашка", "manager1") == []
    assert found(base.firm, "purchase", "РН-000136", "manager1") == []


@pytest.fixture
def points(firm: Firm) -> dict[str, int]:
    """A client with points of each kind, and another one beside it."""
    entity = firm.made.registry.entity
    values = {
        "phone": "+7 (495) 123-45-67", "email": "Иван@Пример.РФ", "site": "www.Ромашка.рф/Цены",
        "address": "г. Тверь, ул. Ёлочная, 5",
    }  # fmt: skip
    with firm.session("manager1") as session:
        client = create(session, entity("client"), {"name": "Звезда", "website": "Лютик-сайт.РФ"})
        other = create(session, entity("client"), {"name": "Другой"})
        create(
            session, entity("contact_point"),
            {"client_id": other.id, "kind": "phone", "value": "+7 812 765-43-21"},
        )  # fmt: skip
        ids = {
            kind: create(
                session, entity("contact_point"),
                {"client_id": client.id, "kind": kind, "value": value},
            ).id
            for kind, value in values.items()
        }  # fmt: skip
        session.commit()
        ids["client"] = client.id
    return ids


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("8 495 123 45 67", "phone"), ("84951234567", "phone"), ("123-45", "phone"),
        ("+7 495 1234567", "phone"), ("4951234", "phone"), ("(495) 123", "phone"),
        ("иван@пример.рф", "email"), ("пример.рф", "email"), ("ИВАН@ПРИМЕР.РФ", "email"),
        ("xn--e1afmkfd.xn--p1ai", "email"), ("Иван@xn--e1afmkfd.xn--p1ai", "email"),
        ("ромашка.рф", "site"), ("омашка", "site"), ("xn--80aa3agjl3d.xn--p1ai", "site"),
        ("ёлочная", "address"), ("ЕЛОЧН тверь", "address"),
    ],
)  # fmt: skip
def test_points_and_their_clients_are_found_however_typed(
    firm: Firm, points: dict[str, int], words: str, kind: str
) -> None:
    assert found(firm, "contact_point", words, "manager1") == [points[kind]]
    assert found(firm, "client", words, "manager1") == [points["client"]]


def test_the_name_of_a_client_finds_all_its_points(firm: Firm, points: dict[str, int]) -> None:
    ids = {points[kind] for kind in ("phone", "email", "site", "address")}
    assert set(found(firm, "contact_point", "звезда", "manager1")) == ids
    assert found(firm, "contact_point", "звезда 123-45", "manager1") == [points["phone"]]


@pytest.mark.parametrize("words", ["лютик", "лютик-сайт.рф", "xn----8sbwgce9beg6i.xn--p1ai"])
def test_a_client_is_found_by_its_web_site(firm: Firm, points: dict[str, int], words: str) -> None:
    assert found(firm, "client", words, "manager1") == [points["client"]]


def test_a_list_without_words_says_so_and_shows_no_box(firm: Firm) -> None:
    registry = firm.made.registry
    with firm.session("director") as session:
        without = [
            code for code, entity in registry.entities.items()
            if not is_searchable(session, entity)
        ]  # fmt: skip
        for code in without:
            with pytest.raises(Invalid) as refused:
                fetch(session, registry.entity(code), Query(search="x"))
            assert list(refused.value.errors) == ["search"]
    program = firm.program("director")
    assert without
    for code in without:
        answer = program.get(f"/api/v1/{code}/?search=x")
        assert (answer.status_code, "search" in answer.json["errors"]) == (400, True), answer.json
        shown = firm.browser("director").get(f"/{code}/list/?q=x")
        assert 'class="list-search"' not in shown.text, code
    for code in ("purchase", "contract", "activity", "contact_point", "employment",
                 "client_source", "dmu_member", "indicator_value"):  # fmt: skip
        assert code not in without
    browser = firm.browser("director")
    assert 'class="list-search"' in browser.get("/purchase/list/?q=x").text


def test_a_search_in_purchases_takes_few_statements_and_the_index(base: Any) -> None:
    firm = base.firm
    entity = firm.made.registry.entity("purchase")
    with firm.session("director") as session:
        with statements(session) as sent:
            fetch(session, entity, Query(search="ромашка", size=25))
        assert len([one for one in sent if one.startswith("SELECT")]) <= 6
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT * FROM purchase WHERE number IN ('a', 'b') "
                "OR client_id IN (1, 2) OR deal_id IN (3)"
            ).all()
            assert not any("SCAN" in row[3] for row in plan), plan


def test_domains_are_readable() -> None:
    assert search.readable("иван@xn--e1afmkfd.xn--p1ai") == "иван@пример.рф"
    assert search.readable("xn--") == "xn--"
