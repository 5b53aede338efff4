"""Hooks that touch the application as a whole do what they promise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kartoteka.api import PluginInfo, create, hookimpl
from kartoteka.hooks import manager
from kartoteka.testing import Firm

_SOURCE = '''
"""A plugin that reaches all corners of an application."""
from flask import Blueprint
from types import ModuleType
from kartoteka.api import Asset, Link, PluginInfo, hookimpl, hookspec

PLUGIN = PluginInfo(name="corners", title="Corners", version="1", requires_core=">=0.1,<1")
started = []
taker = None


@hookspec
def corners_prices(day):
    """Return prices of a day."""


offered = ModuleType("offered")
offered.corners_prices = corners_prices


@hookimpl
def hookspecs():
    return offered


@hookimpl
def assets():
    return [Asset(path="corners.css")]


@hookimpl
def links():
    return [Link(code="corners_shop", title="Our shop", href="https://shop.example", menu="work")]


@hookimpl
def endpoints():
    blueprint = Blueprint("corners", __name__, url_prefix="/corners")
    blueprint.add_url_rule("/ping", view_func=lambda: "pong", endpoint="ping")
    return [blueprint]


@hookimpl
def on_start(app):
    started.append(app)


@hookimpl
def assign_manager(session, client):
    return taker
'''


@pytest.fixture
def corners(tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "corners.css").write_text(".corner { color: red }")
    path = tmp_path / "corners_plugin.py"
    path.write_text(_SOURCE)
    sys.path.insert(0, str(tmp_path))
    module = manager.load(["corners_plugin"])[0]
    yield module
    sys.path.remove(str(tmp_path))
    sys.modules.pop("corners_plugin")


def test_a_plugin_reaches_page_menu_and_addresses(corners: Any, make: Callable[..., Firm]) -> None:
    firm = make(corners)
    page = firm.browser("manager1").get("/client/list/").text
    assert "https://shop.example" in page
    assert "corners.css" in page
    assert firm.app.test_client().get("/static/corners/corners.css").status_code == 200
    assert firm.app.test_client().get("/corners/ping").text == "pong"
    assert corners.started[-1] is firm.app


def test_a_director_s_new_client_goes_to_whom_the_plugin_names(
    corners: Any, make: Callable[..., Firm]
) -> None:
    firm = make(corners)
    corners.taker = firm.users["manager3"]
    entity = firm.made.registry.entity("client")
    with firm.session("director") as session:
        given = create(session, entity, {"name": "Лютик"})
        assert (given.owner_id, given.department_id) == (
            firm.users["manager3"],
            firm.departments["South"],
        )
    with firm.session("manager1") as session:
        assert create(session, entity, {"name": "Мак"}).owner_id == firm.users["manager1"]


def test_a_plugin_answers_a_hook_of_another_plugin(corners: Any) -> None:
    answering = ModuleType("answering")
    info = PluginInfo(
        name="answering", title="A", version="1", requires_core=">=0.1,<1", requires=["corners"]
    )

    def corners_prices(day: str) -> int:
        return {"monday": 5}[day]

    answering.__dict__.update(PLUGIN=info, corners_prices=hookimpl(corners_prices))
    plugins = manager.Plugins([corners, answering])
    assert list(plugins.each("corners_prices", day="monday")) == [("answering", 5)]
