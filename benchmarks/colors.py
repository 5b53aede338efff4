"""Measure recolouring against the bare UPDATE, and what a purchase costs more with colours.

The base has the plugin of colours and is another one than that of the pages. What is measured is
rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.base import Place
from kartoteka.access.actor import system
from kartoteka.access.scope import connection_of
from kartoteka.app import create_app
from kartoteka.fields.types import today
from kartoteka.services import records
from kartoteka_funnel_colors.recolor import recolor_all

PLUGINS = ("wholesale", "funnel_colors")
#: Times the bare UPDATE; milliseconds that a purchase may take longer.
BOUND, EXTRA = 3.0, 2.0
ROUNDS, PURCHASES = 2, 150
#: From so many clients on one round is enough: on PostgreSQL it writes all indexes four times.
LARGE = 1_000_000

#: The colours as somebody would write them by hand for the settings that come with the plugin.
_DUE = """
SELECT c.id, CASE
    WHEN c.purchase_count >= 6 AND c.left_on IS NOT NULL THEN 'red_platinum'
    WHEN c.purchase_count >= 6 AND c.last_purchase_on <= :silent THEN 'red_platinum'
    WHEN c.purchase_count >= 1 AND c.left_on IS NOT NULL THEN 'red_gold'
    WHEN c.purchase_count >= 2 AND c.last_purchase_on <= :silent THEN 'red_gold'
    WHEN c.purchase_count >= 3 THEN 'platinum'
    WHEN c.purchase_count >= 1 THEN 'gold'
    WHEN c.left_on IS NOT NULL THEN 'red_green'
    WHEN c.funnel_colors_offer = 'refused' THEN 'red_green'
    WHEN r.refusals > 0 AND coalesce(d.open_deals, 0) = 0 THEN 'red_green'
    WHEN d.deals > 0 THEN 'green_gold'
    WHEN p.consents > 0 THEN 'yellow'
    WHEN c.funnel_colors_offer = 'agreed' THEN 'green'
    WHEN c.last_contact_at IS NOT NULL AND coalesce(m.deciders, 0) = 0 THEN 'grey'
    ELSE 'white' END AS color
FROM client c
LEFT JOIN (
    SELECT client_id, count(*) AS refusals FROM stage_change WHERE pipeline = 'wholesale'
    AND new_stage IN ('refused_not_needed', 'refused_elsewhere', 'refused_price')
    GROUP BY client_id
) r ON r.client_id = c.id
LEFT JOIN (
    SELECT client_id, count(*) AS deals, count(*) FILTER (WHERE closed_at IS NULL) AS open_deals
    FROM deal GROUP BY client_id
) d ON d.client_id = c.id
LEFT JOIN (
    SELECT client_id, count(*) AS deciders FROM dmu_member
    WHERE roles LIKE '%|decider|%' AND EXISTS (
        SELECT 1 FROM employment e WHERE e.client_id = dmu_member.client_id
        AND e.contact_id = dmu_member.contact_id AND (e.until IS NULL OR e.until > :today)
    ) GROUP BY client_id
) m ON m.client_id = c.id
LEFT JOIN (
    SELECT client_id, count(*) AS consents FROM employment e
    WHERE (e.until IS NULL OR e.until > :today) AND (
        SELECT act FROM consent WHERE contact_id = e.contact_id AND channel = 'email'
        AND purpose = 'marketing' ORDER BY happened_at DESC, id DESC LIMIT 1
    ) = 'given' GROUP BY client_id
) p ON p.client_id = c.id
"""
_BARE = f"UPDATE client SET funnel_colors_color = due.color FROM ({_DUE}) AS due " \
        "WHERE due.id = client.id"  # fmt: skip
_COUNTED = "SELECT funnel_colors_color, count(*) FROM client GROUP BY funnel_colors_color"
_NEW = "UPDATE client SET funnel_colors_color = NULL, funnel_colors_reason = NULL"


@dataclass(frozen=True, kw_only=True)
class Result:
    """Seconds of a recolouring and of the bare UPDATE."""

    name: str
    ours: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times the bare UPDATE the recolouring took."""
        return self.ours / self.floor

    @property
    def holds(self) -> bool:
        """Say whether the bound holds."""
        return self.ratio <= BOUND


@dataclass(frozen=True, kw_only=True)
class Purchases:
    """Milliseconds of one purchase with the plugin and without it."""

    name: str
    ours: float
    floor: float

    @property
    def holds(self) -> bool:
        """Say whether the bound holds."""
        return self.ours - self.floor <= EXTRA


def measure(place: Place) -> list[Result]:
    """Recolour a base without colours, and one whose colours are all right, as every night.

    Raises:
        SystemExit: the bare UPDATE gives other colours, so it is no floor.
    """
    days = {"today": today(), "silent": _days_ago(180)}
    if place.name == "sqlite":
        days = {name: str(day) for name, day in days.items()}

    def bare(session: Session) -> None:
        connection_of(session).execute(text(_BARE), days)

    first, first_bare, nightly = [], [], []
    found: list[dict[str, int]] = []
    for _ in range(1 if place.clients >= LARGE else ROUNDS):
        for work, times in ((bare, first_bare), (recolor_all, first)):
            with _rolled_back(place) as session:
                connection_of(session).execute(text(_NEW))
                times.append(_seconds(lambda work=work, session=session: work(session)))
                rows = connection_of(session).execute(text(_COUNTED))
                found.append(dict(rows.tuples().all()))
                if work is recolor_all:
                    nightly.append(_seconds(lambda session=session: recolor_all(session)))
    if found[0] != found[1]:
        raise SystemExit(f"The bare UPDATE makes other colours: {found[0]} and {found[1]}.")
    floor = min(first_bare)
    return [
        Result(name="recolouring, all are new", ours=min(first), floor=floor),
        Result(name="recolouring, nothing changed", ours=min(nightly), floor=floor),
    ]


def purchases(place: Place) -> list[Purchases]:
    """Write one purchase with the plugin and without it, in turns; the quickest of each count."""
    _color(place)
    plain = create_app(replace(place.config, plugins=("wholesale",)))
    without = replace(place, app=plain)
    with place.made.engine.connect() as connection:
        some = "SELECT id FROM client WHERE left_on IS NULL AND {} ORDER BY id LIMIT 40"
        bought = f"purchase_count >= 4 AND last_purchase_on > '{_days_ago(150)}'"
        clients = {
            "one purchase, new colour": connection.scalars(
                text(some.format("purchase_count = 0"))
            ).all(),
            "one purchase, same colour": connection.scalars(text(some.format(bought))).all(),
        }
    found: list[Purchases] = []
    for name, ids in clients.items():
        ours: list[float] = []
        floor: list[float] = []
        for turn in range(PURCHASES):
            client = ids[turn % len(ids)]
            ours.append(_purchase(place, client, is_colored=True))
            floor.append(_purchase(without, client, is_colored=False))
        found.append(Purchases(name=name, ours=min(ours), floor=min(floor)))
    return found


def _color(place: Place) -> None:
    """Colour a base that is not coloured yet."""
    with _rolled_back(place) as session:
        asked = text("SELECT 1 FROM client WHERE funnel_colors_color IS NULL LIMIT 1")
        if connection_of(session).execute(asked).scalar():
            recolor_all(session)
            session.commit()


def _purchase(place: Place, client: int, *, is_colored: bool) -> float:
    with _rolled_back(place) as session:
        entity = place.made.registry.entity("purchase")
        values = {"client_id": client, "bought_on": today(), "amount": "120.50"}
        took = _seconds(lambda: records.create(session, entity, values))
        if is_colored:
            asked = text("SELECT funnel_colors_color FROM client WHERE id = :id")
            color = connection_of(session).execute(asked, {"id": client}).scalar()
            assert color in ("gold", "platinum"), color
    return took * 1000


@contextmanager
def _rolled_back(place: Place) -> Generator[Session]:
    engine = place.made.engine.execution_options(writes=True)
    with place.app.app_context(), place.made.sessions() as session:
        session.bind = engine
        session.info["actor"] = system()
        yield session
        session.rollback()


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _days_ago(days: int) -> date:
    return today() - timedelta(days=days)
