"""A plugin's field is in REST by itself; a plugin's own API can not show what it should not."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.models import User

from kartoteka.api import Client, ModelApi, PluginError, PluginInfo, Task, View, hookimpl
from kartoteka.rest.model_api import ForeignKeyConverter
from kartoteka.rest.values import example
from kartoteka.testing import Firm


def test_every_field_of_a_plugin_is_there_by_itself(make: Any) -> None:
    firm: Firm = make("wholesale")
    registry = firm.made.registry
    added = {name: item for name, item in registry.fields("client").items()
             if item.plugin == "wholesale"}  # fmt: skip
    assert added
    director = firm.program("director")
    info = director.get("/api/v1/client/_info").json["fields"]
    schemas = director.get("/api/v1/_openapi").json["components"]["schemas"]
    sent = {
        name: example(item.kind) for name, item in added.items()
        if not item.readonly and item.kind.code not in ("reference", "tax_id")
    }  # fmt: skip
    made = director.post("/api/v1/client/", json={"name": "Альфа", **sent})
    assert made.status_code == 201, made.json
    page = director.get("/api/v1/client/").json["result"][0]
    told = director.get(f"/api/v1/client/{made.json['id']}/history").json["result"][0]["changes"]
    for name, item in added.items():
        assert name in info
        assert name in schemas["client"]["properties"]
        assert (name in schemas["client.new"]["properties"]) is not item.readonly
        assert page[name] == made.json["result"][name]
    for name, value in sent.items():
        assert told[name]["to"] == page[name]
        if "eq" in info[name]["operators"]:
            query = {f"filter.{name}.eq": str(value).lower() if value is True else value}
            assert director.get("/api/v1/client/", query_string=query).json["count"] == 1, name


def task_api(**columns: Any) -> type[ModelApi]:
    """Return an API over tasks with these columns."""
    lists = {name: ["title", "client_id"] for name in
             ("list_columns", "show_columns", "add_columns", "edit_columns")}  # fmt: skip
    lists["add_columns"] = ["title", "client_id", "due_at"]
    namespace = {
        "datamodel": SQLAInterface(cast("Any", Task)),
        "resource_name": "own_task",
        **lists,
        **columns,
    }
    return type("OwnTaskApi", (ModelApi,), namespace)


def with_api(api: type[Any]) -> Any:
    """Return a plugin that brings an API."""
    info = PluginInfo(name="own", title="Own", version="1", requires_core=">=0.1,<1")
    views = [View(view=api, title="Tasks", roles=("manager",))]
    return SimpleNamespace(PLUGIN=info, views=hookimpl(lambda: views))


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"list_columns": None}, "does not say which columns"),
        ({"show_columns": None}, "does not say which columns"),
        ({"list_columns": ["bogus"]}, "there is no column 'bogus'"),
    ],
)
def test_api_that_leaves_its_columns_open_stops_the_start(
    columns: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(PluginError, match=sentence):
        task_api(**columns)()


@pytest.mark.parametrize("column", ["password", "email", "roles", "roles.name"])
def test_api_over_people_shows_names_only(column: str) -> None:
    lists = {name: ["id", "username", column] for name in
             ("list_columns", "show_columns", "add_columns", "edit_columns")}  # fmt: skip
    api = type("PeopleApi", (ModelApi,), {"datamodel": SQLAInterface(User), **lists})
    with pytest.raises(PluginError, match="shows more of an account"):
        api()


def test_plugin_serves_an_api_of_its_own_within_rights(make: Any) -> None:
    firm: Firm = make(with_api(task_api()))
    mine, other = firm.program("manager1"), firm.program("manager2")
    client = mine.post("/api/v1/client/", json={"name": "Альфа"}).json["id"]
    body = {"client_id": client, "due_at": "2026-12-31T10:00:00+00:00"}
    made = mine.post("/api/v1/own_task/", json={"title": "Позвонить", **body})
    assert made.status_code == 201, made.json
    assert mine.get("/api/v1/own_task/").json["result"] == [
        {"title": "Позвонить", "client_id": client}
    ]
    assert other.get("/api/v1/own_task/").json["count"] == 0
    assert other.get(f"/api/v1/own_task/{made.json['id']}").status_code == 404
    assert firm.program("curator1").get("/api/v1/own_task/").status_code == 403


def test_requests_in_threads_do_not_share_filters(make: Any) -> None:
    firm: Firm = make(with_api(task_api()))
    manager = firm.program("manager1")
    client = manager.post("/api/v1/client/", json={"name": "Альфа"}).json["id"]
    body = {"client_id": client, "due_at": "2026-12-31T10:00:00+00:00"}
    for number in range(4):
        manager.post("/api/v1/task/", json={"title": f"T{number}", **body})
    header = {"Authorization": manager.environ_base["HTTP_AUTHORIZATION"]}
    wrong: list[Any] = []

    def ask(title: str) -> None:
        program: Any = firm.app.test_client()
        for _ in range(15):
            query = {"q": f"(filters:!((col:title,opr:eq,value:{title})))"}
            rows = program.get("/api/v1/own_task/", query_string=query, headers=header).json
            if [row["title"] for row in rows.get("result", [])] != [title]:
                wrong.append((title, rows))

    threads = [threading.Thread(target=ask, args=(f"T{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_foreign_keys_stay_in_schemas_where_the_stock_converter_stumbles(firm: Firm) -> None:
    with firm.app.test_request_context():
        model = SQLAInterface(cast("Any", Client))
        made = ForeignKeyConverter(model, {}).convert(["name", "region_id"])
        assert set(made.fields) == {"name", "region_id"}
        stock: Any = ModelRestApi.model2schemaconverter
        with pytest.raises(KeyError, match="region_id"):
            stock(model, {}).convert(["name", "region_id"])
