"""Build the base of a wholesale firm of any size: the same for the same size, seed and day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kartoteka.api import BulkLoad, Change, bulk_connection, put_aside, registry_of
from kartoteka_wholesale.demo import words_bg, words_ru
from kartoteka_wholesale.demo.answers import answer, consent
from kartoteka_wholesale.demo.calendar import Calendar
from kartoteka_wholesale.demo.card import Country, Scene
from kartoteka_wholesale.demo.cards import Cards
from kartoteka_wholesale.demo.ground import Ground, lay
from kartoteka_wholesale.demo.places import BULGARIA, RUSSIA
from kartoteka_wholesale.demo.tables import COLUMNS, Tables

#: Clients made before their rows are written: bounds the memory.
CHUNK = 2_000
#: Up to this many clients everything is told of each; beyond it the base is there to measure.
DETAILED = 20_000

_OWNERS_RU = {"manager1": 30, "manager2": 26, "manager3": 24, "manager4": 20}
_OWNERS_BG = {"manager5": 55, "manager6": 45}


def build(
    session: Session,
    *,
    clients: int = 300,
    seed: int = 1,
    password: str,
    today: date | None = None,
    history: bool | None = None,
    detail: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Fill a fresh base; commits on the way.

    Args:
        session: of the system.
        clients: how many clients; contacts are twice, purchases three times as many.
        seed: another seed makes another base.
        password: of all accounts.
        today: the day up to which everything happened; default: this day.
        history: write the making of each client into the change history; default: not in a
            base of more than 50,000 clients.
        detail: how much is told of a client, from 0 to 1; default: all up to 20,000 clients.
        progress: called with the clients made so far and their number in all.
    """
    random = Random(seed)
    day = today or date.today()
    ground = lay(session, password=password, today=day, random=random)
    fields = registry_of(session).fields("client")
    session.commit()
    if detail is None:
        detail = 1.0 if clients <= DETAILED else 0.15
    if history is None:
        history = clients <= 50_000
    engine: Any = session.get_bind()
    with bulk_connection(engine) as connection:
        tables = [model for model in COLUMNS if model is not Change or history]
        with put_aside(connection, tables):
            load = BulkLoad(connection)
            scene = Scene(
                chance=random.random, calendar=Calendar(day), tables=Tables(load), ground=ground,
                detail=detail,
                assistants={ground.people["manager1"]: ground.people["assistant1"]},
            )  # fmt: skip
            cards = Cards(scene, _countries(ground), fields, history=history)
            for made in range(clients):
                cards.make()
                if (made + 1) % CHUNK == 0 or made + 1 == clients:
                    load.write()
                    connection.commit()
                    if progress is not None:
                        progress(made + 1, clients)
            load.finish()
        answer(connection, fields)
        consent(connection)
        connection.commit()
        connection.execute(text("ANALYZE"))
        connection.commit()


def _countries(ground: Ground) -> list[Country]:
    russia = Country(
        code="RU", words=words_ru, currency="RUB", scale=100_000,
        places=[place for place in RUSSIA for _ in range(place.weight)],
        owners=_weighted(ground, _OWNERS_RU), department=ground.departments["Россия"],
    )  # fmt: skip
    bulgaria = Country(
        code="BG", words=words_bg, currency="EUR", scale=1_000,
        places=[place for place in BULGARIA for _ in range(place.weight)],
        owners=_weighted(ground, _OWNERS_BG), department=ground.departments["Болгария"],
    )  # fmt: skip
    return [russia] * 7 + [bulgaria] * 3


def _weighted(ground: Ground, weights: dict[str, int]) -> list[int]:
    return [ground.people[name] for name, weight in weights.items() for _ in range(weight)]
