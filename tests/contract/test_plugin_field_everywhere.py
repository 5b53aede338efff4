"""One field declared by a plugin is everywhere by itself; the test plugin writes no other line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from acme_dummy import plugin as acme
from sqlalchemy import inspect

from kartoteka.api import (
    Client,
    Field,
    Filter,
    Invalid,
    PluginInfo,
    Query,
    Text,
    changes_of,
    create,
    fetch,
    hookimpl,
    update,
    visible_fields,
)
from kartoteka.services.records import editable_fields
from kartoteka.testing import Firm
from tests.conftest import sale_plugin

NAME, TITLE, HELP = "acme_nickname", "Nickname", "What we call them among ourselves"


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Iterator[Firm]:
    """A firm with the test plugin and two clients of manager1."""
    firm = make(sale_plugin(), acme)
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        create(session, entity, {"name": "Первый", NAME: "Ёж"})
        create(session, entity, {"name": "Второй"})
        session.commit()
    yield firm
    acme.broken_panel = False


def test_column_and_registry(firm: Firm) -> None:
    columns = {column["name"]: column for column in inspect(firm.made.engine).get_columns("client")}
    assert columns[NAME]["nullable"]
    item = firm.made.registry.fields("client")[NAME]
    assert (item.plugin, str(item.title), item.export_name) == ("acme", TITLE, NAME)
    assert "прозвище" in item.synonyms


def test_reading_writing_and_history(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = fetch(session, entity, Query(search="еж")).records[0]
        with pytest.raises(Invalid, match=NAME):
            update(session, entity, client, {NAME: "x" * 81})
        session.rollback()
        update(session, entity, client, {NAME: "Уж"})
        session.commit()
        assert changes_of(session, "client", client.id)[0].changes == {NAME: ["Ёж", "Уж"]}
        assert (client.acme_nickname, client.acme_nickname_key) == ("Уж", "уж")


def test_list_filter_order_and_search(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for query, names in (
            (Query(filters=[Filter(field=NAME, op="contains", value="ЁЖ")]), ["Первый"]),
            (Query(filters=[Filter(field=NAME, op="empty")]), ["Второй"]),
            (Query(order=NAME), ["Первый", "Второй"]),
            (Query(order=f"-{NAME}"), ["Первый", "Второй"]),
            (Query(search="ёж"), ["Первый"]),
        ):
            assert [client.name for client in fetch(session, entity, query).records] == names


def test_rest_and_openapi(firm: Firm) -> None:
    program = firm.program("manager1")
    first = program.get("/api/v1/client/", query_string={"order": "id"}).get_json()["result"][0]
    assert first[NAME] == "Ёж"
    found = program.get("/api/v1/client/", query_string={f"filter.{NAME}.contains": "ёж"})
    assert [row["name"] for row in found.get_json()["result"]] == ["Первый"]
    changed = program.put(f"/api/v1/client/{first['id']}", json={NAME: "Уж"})
    assert changed.status_code == 200, changed.text
    refused = program.put(f"/api/v1/client/{first['id']}", json={NAME: "x" * 81})
    assert refused.status_code in (400, 422)
    assert NAME in refused.text
    history = program.get(f"/api/v1/client/{first['id']}/history").get_json()["result"]
    assert history[0]["changes"][NAME] == {"from": "Ёж", "to": "Уж"}
    schemas = program.get("/api/v1/_openapi").get_json()["components"]["schemas"]
    assert schemas["client"]["properties"][NAME]
    assert "acme_visit" in schemas


def test_form_card_list_and_panel(firm: Firm, caplog: pytest.LogCaptureFixture) -> None:
    browser = firm.browser("manager1")
    with firm.session("manager1") as session:
        entity = firm.made.registry.entity("client")
        number = fetch(session, entity, Query(search="еж")).records[0].id
    form = browser.get("/client/add").text
    assert f'name="{NAME}"' in form
    assert TITLE in form
    assert HELP in form
    assert "Ёж" in browser.get(f"/client/edit/{number}").text
    page = browser.get(f"/client/show/{number}").text
    assert "Ёж" in page
    assert "Hello from Acme" in page
    listed = browser.get("/client/list/")
    assert TITLE in listed.text
    assert "Ёж" in listed.text
    assert "Ёж" in browser.get("/client/list/?q=еж").text
    assert "Has a nickname" in listed.text
    assert browser.get("/acme_visit/list/").status_code == 200
    acme.broken_panel = True
    with caplog.at_level(logging.ERROR):
        broken = browser.get(f"/client/show/{number}")
    assert broken.status_code == 200
    assert "Ёж" in broken.text
    assert "Hello from Acme" not in broken.text
    assert "acme" in broken.text.lower()
    assert "the panel of Acme broke" in caplog.text


def hiding_plugin() -> Any:
    """Return the test plugin with its field closed to assistants."""

    @hookimpl
    def fields() -> Any:
        return [
            Field(on=Client, name=NAME, kind=Text(80), title=TITLE, help=HELP, listed=True,
                  sort_key=True, hidden_from=("assistant",))
        ]  # fmt: skip

    info = PluginInfo(name="acme", title="Acme", version="1", requires_core=">=0.1,<1",
                      migrations="acme_dummy.migrations")  # fmt: skip
    return SimpleNamespace(PLUGIN=info, fields=fields)


def test_a_field_closed_to_a_role_is_nowhere_for_it(make: Callable[..., Firm]) -> None:
    firm = make(hiding_plugin())
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = create(session, entity, {"name": "Первый", NAME: "Ёж"})
        session.commit()
        number = client.id
        assert NAME in editable_fields(session, entity)
    with firm.session("assistant1") as session:
        assert NAME not in visible_fields(session, entity)
        for query in (
            Query(order=NAME), Query(filters=[Filter(field=NAME, op="eq", value="Ёж")]),
        ):  # fmt: skip
            with pytest.raises(Invalid):
                fetch(session, entity, query)
        assert all(NAME not in change.changes for change in changes_of(session, "client", number))
    program, browser = firm.program("assistant1"), firm.browser("assistant1")
    for address in (f"/api/v1/client/{number}", "/api/v1/client/", "/api/v1/client/_info",
                    f"/api/v1/client/{number}/history"):  # fmt: skip
        answer = program.get(address)
        assert answer.status_code == 200, address
        assert NAME not in answer.text, address
        assert "Ёж" not in answer.get_data(as_text=True), address
    assert program.put(f"/api/v1/client/{number}", json={NAME: "x"}).status_code in (400, 422)
    pages = ("show/{}", "edit/{}", "list/", "add", "preview/{}", "history/{}")
    for address in (f"/client/{page.format(number)}" for page in pages):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert NAME not in answer.text, address
        assert "Ёж" not in answer.text, address
    assert "Ёж" in firm.browser("manager1").get(f"/client/show/{number}").text
