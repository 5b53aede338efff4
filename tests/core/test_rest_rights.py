"""By REST a person reaches what they reach on screens, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kartoteka.services.api_keys import api_keys_of, create_api_key, revoke_api_key
from kartoteka.testing import Firm

LOGIN = "/api/v1/security/login"


def new(program: Any, entity: str, **values: Any) -> int:
    response = program.post(f"/api/v1/{entity}/", json=values)
    assert response.status_code == 201, response.json
    return response.json["id"]


def hide(firm: Firm, entity: str, name: str, *roles: str) -> None:
    """Hide a field from roles in this application."""
    fields = firm.made.registry._fields
    item = replace(fields[entity][name], hidden_from=roles)
    fields[entity] = {**fields[entity], name: item}


def test_nobody_gets_nothing_but_json(firm: Firm) -> None:
    stranger = firm.app.test_client()
    for method, path in (
        ("get", "client/"), ("get", "client/1"), ("post", "client/"), ("put", "client/1"),
        ("delete", "client/1"), ("get", "client/_info"), ("get", "client/1/history"),
        ("get", "_openapi"), ("post", "client/handover"),
    ):  # fmt: skip
        response = getattr(stranger, method)(f"/api/v1/{path}")
        assert (response.status_code, response.mimetype) == (401, "application/json"), path
        assert list(response.json) == ["message"]


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer a.b.c", "Bearer kart_x", "Basic bTpt", "Bearer \udc00", "?"],
)
def test_bad_token_is_refused_even_beside_a_good_cookie(firm: Firm, header: str) -> None:
    browser = firm.browser("director")
    response = browser.get(
        "/api/v1/client/", headers={"Authorization": header.encode("utf-8", "surrogatepass")}
    )
    assert (response.status_code, response.mimetype) == (401, "application/json")


def test_manager_does_not_reach_rows_of_another(firm: Firm) -> None:
    mine, other = firm.program("manager1"), firm.program("manager2")
    client = new(other, "client", name="Чужой")
    deal = new(other, "deal", client_id=client, title="Чужая", pipeline="sale")
    for path in (f"client/{client}", f"deal/{deal}"):
        assert mine.get(f"/api/v1/{path}").status_code == 404
        assert mine.get(f"/api/v1/{path}/history").status_code == 404
        assert mine.put(f"/api/v1/{path}", json={"note": "x"}).status_code == 404
        assert mine.delete(f"/api/v1/{path}").status_code == 404
    assert mine.post(f"/api/v1/deal/{deal}/move", json={"stage": "won"}).status_code == 404
    assert mine.get("/api/v1/client/?search=чужой").json["result"] == []
    assert mine.get("/api/v1/deal/").json["count"] == 0
    assert mine.get(f"/api/v1/deal/?filter.client_id.eq={client}").json["count"] == 0
    assert other.get(f"/api/v1/deal/{deal}").json["result"]["stage"] == "new"


def test_forged_links_are_refused(firm: Firm) -> None:
    mine, other = firm.program("manager1"), firm.program("manager2")
    theirs = new(other, "client", name="Чужой")
    own = new(mine, "client", name="Мой")
    forged = mine.post(
        "/api/v1/deal/", json={"client_id": theirs, "title": "Д", "pipeline": "sale"}
    )
    assert (forged.status_code, list(forged.json["errors"])) == (422, ["client_id"])
    deal = new(mine, "deal", client_id=own, title="Моя", pipeline="sale")
    moved = mine.put(f"/api/v1/deal/{deal}", json={"client_id": theirs})
    assert (moved.status_code, list(moved.json["errors"])) == (422, ["client_id"])
    given = mine.put(f"/api/v1/client/{own}", json={"owner_id": firm.users["manager2"]})
    assert (given.status_code, list(given.json["errors"])) == (403, ["owner_id"])
    created = mine.post(
        "/api/v1/client/", json={"name": "Альфа", "owner_id": firm.users["manager2"]}
    )
    assert (created.status_code, list(created.json["errors"])) == (403, ["owner_id"])
    assert "manager whose records you do not see" in created.json["message"]
    assert mine.get(f"/api/v1/client/{own}").json["result"]["owner_id"] == firm.users["manager1"]


def test_names_of_foreign_records_are_not_told(firm: Firm) -> None:
    director, mine = firm.program("director"), firm.program("manager1")
    foreign = new(director, "client", name="Чужой", owner_id=firm.users["manager2"])
    own = new(director, "client", name="Мой", owner_id=firm.users["manager1"])
    source = director.get("/api/v1/source/").json["result"][0]["id"]
    new(director, "client_source", client_id=own, source_id=source, recommended_by_id=foreign)
    page = mine.get("/api/v1/client_source/").json
    assert page["labels"]["client_id"] == {str(own): "Мой"}
    assert page["labels"]["recommended_by_id"] == {}
    seen = director.get("/api/v1/client_source/").json
    assert seen["labels"]["recommended_by_id"] == {str(foreign): "Чужой"}


def test_role_without_a_right_is_refused(firm: Firm) -> None:
    director, assistant = firm.program("director"), firm.program("assistant1")
    client = new(director, "client", name="Альфа", owner_id=firm.users["manager1"])
    assert assistant.delete(f"/api/v1/client/{client}").status_code == 403
    assert assistant.post("/api/v1/region/", json={"name": "Север"}).status_code == 403
    assert assistant.get("/api/v1/department/").status_code == 403
    assert director.post("/api/v1/stage_change/", json={}).status_code == 405


def test_hidden_field_does_not_exist_for_the_role(firm: Firm) -> None:
    hide(firm, "client", "external_id", "manager")
    director, manager = firm.program("director"), firm.program("manager1")
    number = new(director, "client", name="Альфа", owner_id=firm.users["manager1"],
                 external_id="K-17", industry="Хлеб")  # fmt: skip
    address = f"/api/v1/client/{number}"
    assert director.get(address).json["result"]["external_id"] == "K-17"
    told = [
        manager.get(path)
        for path in (address, "/api/v1/client/", "/api/v1/client/_info", f"{address}/history",
                     "/api/v1/_openapi")
    ]  # fmt: skip
    for response in told:
        assert response.status_code == 200
        assert "industry" in response.text
        assert "external_id" not in response.text
    for query in ("filter.external_id.eq=K-17", "order=external_id", "columns=external_id"):
        assert manager.get(f"/api/v1/client/?{query}").status_code == 400
    written = manager.put(address, json={"external_id": "x"})
    assert written.json["errors"] == {"external_id": "There is no such field."}
    assert director.get(address).json["result"]["external_id"] == "K-17"


def test_name_that_is_hidden_is_no_label_either(firm: Firm) -> None:
    hide(firm, "source", "name", "manager")
    director, manager = firm.program("director"), firm.program("manager1")
    client = new(director, "client", name="Альфа", owner_id=firm.users["manager1"])
    source = director.get("/api/v1/source/").json["result"][0]["id"]
    new(director, "client_source", client_id=client, source_id=source)
    assert director.get("/api/v1/client_source/").json["labels"]["source_id"]
    assert manager.get("/api/v1/client_source/").json["labels"]["source_id"] == {}


def test_token_of_a_login_works_and_is_renewed(firm: Firm) -> None:
    person: Any = firm.app.test_client()
    body = {"username": "manager1", "password": "correct horse", "provider": "db", "refresh": True}
    tokens = person.post(LOGIN, json=body).json
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    created = person.post("/api/v1/client/", json={"name": "Альфа"}, headers=header)
    assert created.json["result"]["owner_id"] == firm.users["manager1"]
    again = person.post(
        "/api/v1/security/refresh",
        headers={"Authorization": f"Bearer {tokens['refresh_token']}"},
    ).json["access_token"]
    found = person.get("/api/v1/client/", headers={"Authorization": f"Bearer {again}"})
    assert found.json["count"] == 1
    misused = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    assert person.get("/api/v1/client/", headers=misused).status_code == 401


def test_cookie_reads_and_changes_only_with_the_token_of_its_page(firm: Firm) -> None:
    browser = firm.browser("manager1")
    firm.app.config["WTF_CSRF_ENABLED"] = True
    assert browser.get("/api/v1/client/").status_code == 200
    forged = browser.post("/api/v1/client/", json={"name": "Альфа"})
    assert (forged.status_code, forged.mimetype) == (400, "application/json")
    from flask_wtf.csrf import generate_csrf

    with browser.session_transaction() as cookie, firm.app.test_request_context():
        from flask import session

        session.update(cookie)
        token = generate_csrf()
        cookie.update(session)
    honest = browser.post("/api/v1/client/", json={"name": "А"}, headers={"X-CSRFToken": token})
    assert honest.status_code == 201


def test_api_key_ends_when_revoked_expired_or_the_person_leaves(firm: Firm) -> None:
    with firm.session() as session:
        keys = [create_api_key(session, "manager1", name) for name in ("one", "two")]
        keys.append(create_api_key(session, "manager2", "one", days=1))
        session.commit()

    def status(key: str) -> int:
        header = {"Authorization": f"Bearer {key}"}
        return firm.app.test_client().get("/api/v1/client/", headers=header).status_code

    assert [status(key) for key in keys] == [200, 200, 200]
    with firm.session() as session:
        assert revoke_api_key(session, "manager1", "one") == 1
        from flask_appbuilder.security.sqla.models import User

        session.get_one(User, firm.users["manager2"]).active = False
        session.commit()
        known = {(k.username, k.name): k.is_active for k in api_keys_of(session)}
    assert known[("manager1", "one")] is False
    assert known[("manager1", "two")] is True
    assert [status(key) for key in keys] == [401, 200, 401]


def test_api_key_is_kept_as_a_hash_only(firm: Firm) -> None:
    from flask_appbuilder.security.sqla.models import ApiKey

    with firm.session() as session:
        key = create_api_key(session, "manager1", "import")
        kept = session.query(ApiKey).one()
        stored = f"{kept.key_hash}{kept.lookup_hash}{kept.key_prefix}{kept.name}"
    assert key.startswith("kart_")
    assert key.removeprefix("kart_") not in stored
