"""Measure saved views: a list with criteria and a fact, its count and its first page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, text

from benchmarks.base import PASSWORD, Place, alternately
from benchmarks.pages import Result
from kartoteka.access.actor import system
from kartoteka.api import Tree, all_of, fact_is, field_is
from kartoteka.fields.types import today
from kartoteka.models.view import SavedView
from kartoteka.services import views

EMPTY = "/stage_setting/list/"
_PAGE = "SELECT * FROM client WHERE {} ORDER BY name_key, id LIMIT 26"
#: The list counts up to a thousand.
_COUNT = "SELECT count(*) FROM (SELECT id FROM client WHERE {} LIMIT 1001) AS counted"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A view and the ways to write its condition by hand; the quickest is the floor."""

    name: str
    tree: Tree
    floors: tuple[str, ...]


def cases(place: Place) -> list[Case]:
    """Return a view with a fact that stands with the client, and one counted in a ledger."""
    with place.made.engine.connect() as connection:
        busiest = "SELECT region_id FROM client GROUP BY region_id ORDER BY count(*) DESC LIMIT 1"
        region = connection.scalar(text(busiest))
    silent, year = today() - timedelta(days=90), today() - timedelta(days=365)
    region_is = f"region_id = {region} AND NOT bankrupt"
    window = f"FROM purchase WHERE bought_on > '{year}'"
    of_client = f"(SELECT count(*) {window} AND client_id = client.id) >= 2"
    of_all = f"id IN (SELECT client_id {window} GROUP BY client_id HAVING count(*) >= 2)"
    both = (field_is("region_id", "eq", region), field_is("bankrupt", "eq", False))
    return [
        Case(
            name="view, days of silence",
            tree=all_of(*both, fact_is("days_since_purchase", "ge", 90)),
            floors=(f"{region_is} AND last_purchase_on <= '{silent}'",),
        ),
        Case(
            name="view, purchases",
            tree=all_of(*both, fact_is("purchases", "ge", 2, days=365)),
            floors=(f"{region_is} AND {of_client}", f"{region_is} AND {of_all}"),
        ),
    ]


def measure(place: Place) -> list[Result]:
    """Measure each view as the director, who sees all rows."""
    browser = place.app.test_client()
    answer = browser.post("/login/", data={"username": "director", "password": PASSWORD})
    if answer.status_code not in (200, 302):
        raise SystemExit(f"could not log in: {answer.status}")

    def page(url: str) -> Callable[[], Any]:
        return lambda: browser.get(url).get_data()

    def bare(condition: str) -> Callable[[], Any]:
        def run() -> None:
            with place.made.engine.connect() as connection:
                for statement in (_PAGE, _COUNT):
                    connection.exec_driver_sql(statement.format(condition)).fetchall()

        return run

    found: list[Result] = []
    for case in cases(place):
        url = f"/client/list/?view={_saved(place, case)}"
        status = browser.get(url).status_code
        ours, empty, *floors = alternately(page(url), page(EMPTY), *map(bare, case.floors))
        found.append(
            Result(name=case.name, ours=ours, floor=min(floors), empty=empty, status=status)
        )
    return found


def _saved(place: Place, case: Case) -> int:
    """Return the number of a view of the director; saved when it is not there yet."""
    with place.app.app_context(), place.made.sessions() as session:
        session.bind = place.made.engine.execution_options(writes=True)
        session.info["actor"] = system()
        there = session.scalar(select(SavedView.id).where(SavedView.name == case.name))
        if there:
            return there
        entity = place.made.registry.entity("client")
        view = views.create(session, entity, case.name, views.Wish(criteria=case.tree))
        view.owner_id = session.scalar(select(User.id).where(User.username == "director"))
        session.commit()
        return view.id


__all__ = ["measure"]
