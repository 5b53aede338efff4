"""Every answer is hardened; forged requests and links change nothing."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask, g
from flask_appbuilder import ModelRestApi, ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, MetaData, Table, inspect, select, update

from kartoteka.api import PluginError, PluginInfo, View, create, hookimpl
from kartoteka.app import create_app
from kartoteka.models import Client, Source, Staff
from kartoteka.screens.requests import become, db
from kartoteka.testing import Firm, fresh, statements
from kartoteka.testing.bases import PASSWORD

Another = Callable[..., Flask]


@pytest.fixture
def guarded(firm: Firm) -> Firm:
    """The firm with its protection against forged requests switched on, as it runs in earnest."""
    firm.app.config["WTF_CSRF_ENABLED"] = True
    return firm


@pytest.fixture
def another(firm: Firm) -> Iterator[Another]:
    """Return a function that makes one more application of the firm, with other settings."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        made.append(create_app(replace(firm.made.config, plugins=(), **settings)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["kartoteka"].engine.dispose()


def log_in(app: Flask, who: str) -> Any:
    browser = app.test_client()
    browser.post(
        "/login/", data={"username": who, "password": PASSWORD, "csrf_token": token_of(browser)}
    )
    return browser


def token_of(browser: Any, path: str = "/login/") -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]


# Headers and cookies


@pytest.mark.parametrize("path", ["/login/", "/", "/healthz", "/nothing/here", "/api/v1/nothing"])
def test_every_answer_forbids_what_is_not_ours(firm: Firm, path: str) -> None:
    headers = firm.browser("manager1").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_pages_of_a_person_stay_out_of_caches(firm: Firm) -> None:
    assert "no-store" in firm.browser("manager1").get("/").headers["Cache-Control"]


def test_cookie_is_short_lived_and_out_of_reach_of_scripts(firm: Firm) -> None:
    answer = firm.app.test_client().post(
        "/login/", data={"username": "manager1", "password": PASSWORD}
    )
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert firm.app.permanent_session_lifetime.total_seconds() == 8 * 3600


def test_behind_https_cookies_and_addresses_are_secure(another: Another) -> None:
    answer = another(https_only=True).test_client().get("/login/", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


# Forged requests


def test_form_without_a_token_is_refused(guarded: Firm) -> None:
    browser = log_in(guarded.app, "manager1")
    assert browser.get("/resetmypassword/form").status_code == 200
    assert browser.post("/sessions/end").status_code == 400
    assert browser.get("/resetmypassword/form").status_code == 200
    token = token_of(browser, "/resetmypassword/form")
    assert browser.post("/sessions/end", data={"csrf_token": token}).status_code == 302
    assert browser.get("/resetmypassword/form").status_code == 302


def test_login_itself_can_not_be_forged(guarded: Firm) -> None:
    browser = guarded.app.test_client()
    answer = browser.post("/login/", data={"username": "manager1", "password": PASSWORD})
    assert answer.status_code == 400


def test_token_for_programs_needs_no_form(guarded: Firm) -> None:
    answer = guarded.app.test_client().post(
        "/api/v1/security/login",
        json={"username": "manager1", "password": PASSWORD, "provider": "db"},
    )
    assert answer.status_code == 200


def test_cookie_alone_changes_nothing_through_the_api(guarded: Firm) -> None:
    browser = log_in(guarded.app, "manager1")
    body = {"name": "Forged"}
    assert browser.post("/api/v1/client/", json=body).status_code == 400
    token = token_of(browser, "/resetmypassword/form")
    answer = browser.post("/api/v1/client/", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 201


def test_program_with_a_token_changes_through_the_api(guarded: Firm) -> None:
    caller = guarded.app.test_client()
    given = caller.post(
        "/api/v1/security/login",
        json={"username": "manager1", "password": PASSWORD, "provider": "db"},
    ).get_json()
    answer = caller.post(
        "/api/v1/client/",
        json={"name": "By program"},
        headers={"Authorization": f"Bearer {given['access_token']}"},
    )
    assert answer.status_code == 201


def test_token_of_a_changed_account_is_refused(guarded: Firm) -> None:
    caller = guarded.app.test_client()
    given = caller.post(
        "/api/v1/security/login",
        json={"username": "manager1", "password": PASSWORD, "provider": "db"},
    ).get_json()
    header = {"Authorization": f"Bearer {given['access_token']}"}
    assert caller.get("/api/v1/client/", headers=header).status_code == 200
    with guarded.session() as session:
        session.get_one(Staff, guarded.users["manager1"]).session_version += 1
        session.commit()
    assert caller.get("/api/v1/client/", headers=header).status_code == 401


# Links change nothing


def rows(engine: Engine) -> dict[str, list[Any]]:
    """Return everything in the database but when a key was used."""
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in metadata.tables.values()
            if not _is_shadow(table)
        }


def _is_shadow(table: Table) -> bool:
    return table.name == "ab_api_key" or "_search_" in table.name


def links(app: Flask, number: int) -> list[str]:
    """Return an address for every route that answers to a link."""
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.rpartition(".")[2] == "static" or "GET" not in (rule.methods or ()):
            continue
        values = {
            name: number if type(rule._converters[name]).__name__ == "IntegerConverter"
            else "ru" if name in {"locale", "language", "code"} else str(number)
            for name in rule.arguments
        }  # fmt: skip
        found.append(adapter.build(rule.endpoint, values, "GET"))
    return sorted(set(found))


@pytest.mark.parametrize(
    "who", ["admin", "director", "curator1", "manager1", "assistant1", "nobody"]
)
def test_no_link_changes_anything_for_anybody(firm: Firm, who: str) -> None:
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "Ромашка"})
        session.commit()
        number = client.id
    browser = firm.app.test_client() if who == "nobody" else firm.browser(who)
    before = rows(firm.made.engine)
    firm.app.config["PROPAGATE_EXCEPTIONS"] = False
    visited = {}
    for link in links(firm.app, number):
        visited[link] = browser.get(link).status_code
    assert rows(firm.made.engine) == before
    assert len(visited) > 40
    broken = {link: code for link, code in visited.items() if code >= 500}
    assert not broken


@pytest.mark.parametrize("way", ["object", "statement"])
def test_page_that_would_write_on_a_link_is_stopped(firm: Firm, another: Another, way: str) -> None:
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "Ромашка"})
        session.commit()
        number = client.id

    app = another(https_only=False)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)

    @app.route("/careless", methods=["GET", "POST"])
    def careless() -> str:
        become()
        if way == "object":
            db().get_one(Client, number).note = "written by a link"
        else:
            db().execute(update(Client).values(note="written by a link"))
        db().commit()
        return "done"

    browser = app.test_client()
    browser.post("/login/", data={"username": "manager1", "password": PASSWORD})
    with pytest.raises(RuntimeError, match="Only POST"):
        browser.get("/careless")
    assert browser.post("/careless").status_code == 200


# Rights, health, log


def test_rights_are_read_once_however_many_are_asked(firm: Firm) -> None:
    builder: Any = firm.app.extensions["appbuilder"]
    views = [view.class_permission_name for view in builder.baseviews]
    with statements(firm) as sent, firm.app.test_request_context("/"):
        g._login_user = g.user = db().get_one(User, firm.users["manager1"])
        assert sum(builder.sm.has_access("can_list", view) for view in views) > 3
        builder.sm.get_user_menu_access(views)
    assert len([text for text in sent if "ab_permission_view" in text]) == 1


def test_stranger_has_no_right_to_anything(firm: Firm) -> None:
    with firm.app.test_request_context("/"):
        manager: Any = firm.app.extensions["appbuilder"].sm
        assert not manager.has_access("can_list", "Client")
        assert manager.get_user_menu_access(["Client"]) == set()


def test_health_tells_versions_to_anybody_and_no_secret(firm: Firm) -> None:
    answer = firm.app.test_client().get("/healthz")
    assert answer.status_code == 200
    assert {"kartoteka", "python", "schema", "plugins"} <= set(answer.get_json())
    assert answer.get_json()["schema"]["core"]
    assert firm.made.config.secret_key not in answer.text
    assert firm.made.config.url not in answer.text


def test_ready_while_the_schema_is_the_codes(firm: Firm) -> None:
    caller = firm.app.test_client()
    assert caller.get("/readyz").status_code == 200
    with firm.made.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    answer = caller.get("/readyz")
    assert answer.status_code == 503
    assert "kartoteka db upgrade" in answer.get_json()["reason"]


def test_not_ready_without_a_database(another: Another) -> None:
    app = another(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "does not answer" in answer.get_json()["reason"]


def test_log_tells_who_did_what_and_keeps_secrets(
    firm: Firm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = firm.browser("manager1")
    browser.get("/?q=Ромашка&token=abc")
    firm.app.test_client().post("/login/", data={"username": "manager1", "password": "my secret"})
    answer = firm.app.test_client().post(
        "/api/v1/security/login",
        json={"username": "manager1", "password": PASSWORD, "provider": "db"},
    )
    token = (answer.get_json() or {})["access_token"]
    lines = [r for r in caplog.records if r.name == "kartoteka.requests"]
    visit = next(getattr(r, "request") for r in lines if getattr(r, "request")["path"] == "/")  # noqa: B009
    assert visit["user"] == firm.users["manager1"]
    assert (visit["method"], visit["way"], visit["status"]) == ("GET", "screen", 200)
    assert visit["ms"] >= 0
    everything = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for secret in (PASSWORD, "my secret", "Ромашка", "token=abc", token):
        assert secret not in everything, secret


@pytest.mark.parametrize("base", [ModelView, ModelRestApi])
def test_bare_class_of_flask_appbuilder_is_refused(tmp_path: Path, base: Any) -> None:
    bare = type(
        "BareThing", (base,), {"datamodel": SQLAInterface(cast("Any", Source)), "columns": ["name"]}
    )

    def views() -> list[View]:
        return [View(view=bare, title="Bare", roles=["director"])]

    info = PluginInfo(name="bare", title="Bare", version="1", requires_core=">=0.1,<1")
    plugin = SimpleNamespace(PLUGIN=info, views=hookimpl(views))
    with pytest.raises(PluginError, match="BareThing"):
        fresh(tmp_path, f"sqlite:///{tmp_path / 'bare.db'}", (), plugin)


def test_tables_of_accounts_keep_no_plain_password(firm: Firm) -> None:
    assert "ab_user" in inspect(firm.made.engine).get_table_names()
    assert not any(PASSWORD in row for table in rows(firm.made.engine).values() for row in table)
