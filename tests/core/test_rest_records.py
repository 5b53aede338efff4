"""Programs read and write records by REST as people do on screens."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kartoteka.api import Deal, Rejected, move_deal
from kartoteka.testing import Firm, statements

MOST_STATEMENTS = 12


def new(program: Any, entity: str, **values: Any) -> int:
    response = program.post(f"/api/v1/{entity}/", json=values)
    assert response.status_code == 201, response.json
    return response.json["id"]


def test_created_record_is_answered_found_and_shown(firm: Firm) -> None:
    manager = firm.program("manager1")
    created = manager.post(
        "/api/v1/client/",
        json={"name": "ООО «Ёлка»", "size_class": "A", "important": True, "note": "две\nстроки"},
    )
    assert created.status_code == 201
    assert created.headers["Location"] == f"/api/v1/client/{created.json['id']}"
    shown = manager.get(created.headers["Location"]).json
    assert shown == created.json
    assert shown["result"]["owner_id"] == firm.users["manager1"]
    assert shown["labels"]["owner_id"] == {str(firm.users["manager1"]): "Manager1 Test"}
    found = manager.get("/api/v1/client/?search=елка").json
    assert [row["name"] for row in found["result"]] == ["ООО «Ёлка»"]
    assert found["result"][0] == shown["result"]


def test_put_changes_only_what_is_sent(firm: Firm) -> None:
    manager = firm.program("manager1")
    number = new(manager, "client", name="Альфа", industry="Хлеб")
    changed = manager.put(f"/api/v1/client/{number}", json={"industry": None, "legal_form": "ООО"})
    assert changed.status_code == 200
    result = changed.json["result"]
    assert (result["name"], result["industry"], result["legal_form"]) == ("Альфа", None, "ООО")


def test_older_version_meets_a_conflict_that_names_the_fields(firm: Firm) -> None:
    first, second = firm.program("manager1"), firm.program("director")
    number = new(first, "client", name="Альфа")
    second.put(f"/api/v1/client/{number}", json={"name": "Бета", "version": 1})
    response = first.put(f"/api/v1/client/{number}", json={"name": "Гамма", "version": 1})
    assert response.status_code == 409
    assert response.json["by"] == "Director Test"
    assert response.json["version"] == 2
    assert response.json["clashes"] == [
        {"field": "name", "base": None, "theirs": "Бета", "mine": "Гамма"}
    ]
    assert first.get(f"/api/v1/client/{number}").json["result"]["name"] == "Бета"


def test_deleted_record_is_gone(firm: Firm) -> None:
    manager = firm.program("manager1")
    number = new(manager, "client", name="Альфа")
    assert manager.delete(f"/api/v1/client/{number}").status_code == 200
    assert manager.get(f"/api/v1/client/{number}").status_code == 404


def test_amounts_are_exact_texts_and_moments_are_utc(firm: Firm) -> None:
    manager = firm.program("manager1")
    client = new(manager, "client", name="Альфа")
    deal = new(manager, "deal", client_id=client, title="Поставка", pipeline="sale")
    for sent in ("1234567890123.45", 0.1, 7):
        changed = manager.put(f"/api/v1/deal/{deal}", json={"amount": sent}).json["result"]
        assert changed["amount"] == {"1234567890123.45": "1234567890123.45"}.get(
            str(sent), f"{sent:.2f}" if not isinstance(sent, str) else sent
        )
    task = manager.post(
        "/api/v1/task/",
        json={"client_id": client, "title": "Позвонить", "due_at": "2026-12-31T12:00:00+03:00"},
    )
    assert task.status_code == 201, task.json
    assert task.json["result"]["due_at"] == "2026-12-31T09:00:00+00:00"


def test_filters_order_columns_and_pages(firm: Firm) -> None:
    manager = firm.program("manager1")
    for number in range(7):
        new(manager, "client", name=f"Клиент {number}", size_class="AB"[number % 2])
    page = manager.get(
        "/api/v1/client/?filter.size_class.eq=A&order=-name&size=3&columns=id,name"
    ).json
    assert [row["name"] for row in page["result"]] == ["Клиент 6", "Клиент 4", "Клиент 2"]
    assert set(page["result"][0]) == {"id", "name"}
    assert (page["count"], page["count_is_capped"]) == (4, False)
    further = manager.get(
        "/api/v1/client/",
        query_string={"filter.size_class.eq": "A", "order": "-name", "size": 3,
                      "after": page["next"]},
    ).json  # fmt: skip
    assert [row["name"] for row in further["result"]] == ["Клиент 0"]
    assert further["next"] == ""
    chosen = manager.get("/api/v1/client/?filter.name.in=Клиент 1,Клиент 5&order=name").json
    assert [row["name"] for row in chosen["result"]] == ["Клиент 1", "Клиент 5"]
    assert manager.get("/api/v1/client/?filter.industry.empty=").json["count"] == 7


def test_rison_of_flask_appbuilder_is_understood(firm: Firm) -> None:
    manager = firm.program("manager1")
    for name in ("Альфа", "Бета", "Гамма"):
        new(manager, "client", name=name)
    query = "(filters:!((col:name,opr:ct,value:а)),order_column:name,order_direction:desc," \
        "page:0,page_size:2,columns:!(name))"  # fmt: skip
    rows = manager.get("/api/v1/client/", query_string={"q": query}).json["result"]
    assert [row["name"] for row in rows] == ["Гамма", "Бета"]


def test_history_tells_who_changed_what_by_the_api(firm: Firm) -> None:
    manager = firm.program("manager1")
    number = new(manager, "client", name="Альфа")
    manager.put(f"/api/v1/client/{number}", json={"name": "Бета"})
    last = manager.get(f"/api/v1/client/{number}/history").json["result"][0]
    assert last["changes"] == {"name": {"from": "Альфа", "to": "Бета"}}
    assert (last["user"], last["way"], last["action"]) == ("Manager1 Test", "api", "update")


def test_deal_moves_only_by_its_act_and_under_its_rules(firm: Firm) -> None:
    manager = firm.program("manager1")
    client = new(manager, "client", name="Альфа")
    deal = new(manager, "deal", client_id=client, title="Поставка", pipeline="sale")
    refused = manager.put(f"/api/v1/deal/{deal}", json={"stage": "won"})
    assert refused.status_code == 422
    assert "/move" in refused.json["errors"]["stage"]
    move = f"/api/v1/deal/{deal}/move"
    assert "amount" in manager.post(move, json={"stage": "offer"}).json["errors"]
    moved = manager.post(move, json={"stage": "offer", "values": {"amount": "10.50"}})
    assert moved.status_code == 200, moved.json
    assert moved.json["result"]["stage"] == "offer"
    lost = manager.post(move, json={"stage": "refused"})
    assert (lost.status_code, list(lost.json["errors"])) == (422, ["lost_reason_id"])
    absent = manager.post(move, json={"stage": "refused", "lost_reason_id": 999})
    assert "lost_reason_id" in absent.json["errors"]
    reason = manager.get("/api/v1/lost_reason/").json["result"][0]["id"]
    done = manager.post(move, json={"stage": "refused", "lost_reason_id": reason, "note": "Дорого"})
    assert done.json["result"]["lost_note"] == "Дорого"
    moves = manager.get(f"/api/v1/stage_change/?filter.deal_id.eq={deal}").json["result"]
    assert {row["new_stage"] for row in moves} == {"new", "offer", "refused"}


def test_a_task_is_finished_by_its_act_which_may_plan_the_next(firm: Firm) -> None:
    manager = firm.program("manager1")
    client = new(manager, "client", name="Альфа")
    due = "2026-12-01T09:00:00+00:00"
    task = new(manager, "task", title="Позвонить", client_id=client, due_at=due)
    path = f"/api/v1/task/{task}"
    told = manager.put(path, json={"done_at": due}).json["errors"]["done_at"]
    assert "/api/v1/task/<id>/done" in told
    assert "result" in manager.post(f"{path}/done", json={"result": 5}).json["errors"]
    assert firm.program("manager3").post(f"{path}/done", json={}).status_code == 404
    done = manager.post(f"{path}/done", json={"result": "Ждут", "follow_up": "tomorrow 10:00 Цена"})
    assert done.status_code == 200, done.json
    assert done.json["result"]["done_at"]
    assert done.json["result"]["result"] == "Ждут"
    titles = [row["title"] for row in manager.get("/api/v1/task/").json["result"]]
    assert sorted(titles) == ["Позвонить", "Цена"]
    assert manager.post(f"{path}/done", json={}).status_code == 422


def test_stale_version_does_not_move_a_deal(firm: Firm) -> None:
    manager = firm.program("manager1")
    client = new(manager, "client", name="Альфа")
    deal = new(manager, "deal", client_id=client, title="Поставка", pipeline="sale")
    response = manager.post(f"/api/v1/deal/{deal}/move", json={"stage": "won", "version": 77})
    assert response.status_code == 409
    assert manager.get(f"/api/v1/deal/{deal}").json["result"]["stage"] == "new"


def test_head_hands_clients_over(firm: Firm) -> None:
    manager, curator = firm.program("manager1"), firm.program("curator1")
    client = new(manager, "client", name="Альфа")
    body = {"client_ids": [client], "owner_id": firm.users["manager2"], "note": "Отпуск"}
    assert manager.post("/api/v1/client/handover", json=body).status_code == 403
    assert curator.post("/api/v1/client/handover", json=body).json == {"moved": 1}
    assert manager.get(f"/api/v1/client/{client}").status_code == 404
    assert firm.program("manager2").get(f"/api/v1/client/{client}").status_code == 200


def test_unique_value_taken_twice_is_refused_with_its_field(firm: Firm) -> None:
    director = firm.program("director")
    new(director, "product", name="Мука", code="M1")
    response = director.post("/api/v1/product/", json={"name": "Соль", "code": "M1"})
    assert (response.status_code, list(response.json["errors"])) == (422, ["code"])


def test_record_that_others_refer_to_is_not_deleted(firm: Firm) -> None:
    director = firm.program("director")
    source = director.get("/api/v1/source/").json["result"][0]["id"]
    client = new(director, "client", name="Альфа")
    new(director, "client_source", client_id=client, source_id=source)
    response = director.delete(f"/api/v1/source/{source}")
    assert (response.status_code, response.json["errors"]) == (422, {})


@pytest.mark.parametrize("who", ["director", "curator1", "manager1"])
def test_list_needs_few_statements_however_long_it_is(firm: Firm, who: str) -> None:
    manager = firm.program("manager1")
    client = new(manager, "client", name="Альфа")
    for number in range(3):
        new(manager, "deal", client_id=client, title=f"Сделка {number}", pipeline="sale")
    reader = firm.program(who)
    address = "/api/v1/deal/?search=сделка&order=-next_step_on&filter.important.eq=false&size=100"
    reader.get(address)
    with statements(firm) as few:
        assert len(reader.get(address).json["result"]) == 3
    for number in range(3, 30):
        new(manager, "deal", client_id=client, title=f"Сделка {number}", pipeline="sale")
    with statements(firm) as many:
        assert len(reader.get(address).json["result"]) == 30
    assert len(many) == len(few) <= MOST_STATEMENTS, "\n\n".join(many)


def test_description_names_fields_operators_choices_and_rights(firm: Firm) -> None:
    told = firm.program("assistant1").get("/api/v1/client/_info").json
    assert told["acts"] == ["add", "edit", "list", "show"]
    size = told["fields"]["size_class"]
    assert size["operators"] == ["eq", "ne", "empty", "filled", "in"]
    assert list(size["options"]) == ["A", "B", "C"]
    assert told["fields"]["region_id"]["refers_to"] == "region"
    assert told["fields"]["completeness"]["readonly"] is True


def test_a_note_that_no_form_reads_keeps_no_character_the_database_can_not(firm: Firm) -> None:
    client = new(firm.program("manager1"), "client", name="Альфа")
    deal = new(firm.program("manager1"), "deal", client_id=client, title="Цена", pipeline="sale")
    with firm.session("manager1") as session:
        found = session.get_one(Deal, deal)
        with pytest.raises(Rejected, match=r"U\+0000"):
            move_deal(session, found, "offer", note="a\0b", values={"amount": Decimal(5)})


def test_the_colour_of_a_stage_is_a_colour(firm: Firm) -> None:
    program = firm.program("director")
    values = {"pipeline": "sale", "stage": "offer", "color": "red;x:y"}
    refused = program.post("/api/v1/stage_setting/", json=values)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["color"])
    assert (
        program.post("/api/v1/stage_setting/", json={**values, "color": "#2563eb"}).status_code
        == 201
    )
