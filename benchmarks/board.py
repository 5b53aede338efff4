"""Measure the board of deals against the bare SQL for its totals and first cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from benchmarks.base import PASSWORD, Place, alternately
from benchmarks.pages import Result
from kartoteka.fields.types import now
from kartoteka.services.board import CARDS, CLOSED_DAYS

#: Milliseconds of a board of so many open deals.
MOST, DEALS = 300.0, 50_000
EMPTY = "/stage_setting/list/"
_TOTALS = ("SELECT stage, amount_currency, count(*), sum(amount) FROM deal WHERE {} AND "
           "(closed_at IS NULL OR closed_at >= '{}') GROUP BY stage, amount_currency")  # fmt: skip
_CARDS = "SELECT * FROM (SELECT * FROM deal WHERE {} AND {} ORDER BY {}, id LIMIT {}) AS c{}"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The board, and how many open deals it holds."""

    result: Result
    open_deals: int

    @property
    def of_so_many(self) -> float:
        """Milliseconds of a board of `DEALS` open deals."""
        return self.result.ours * DEALS / max(DEALS, self.open_deals)

    @property
    def holds(self) -> bool:
        """Say whether both bounds hold."""
        return self.result.holds and self.of_so_many <= MOST


def measure(place: Place) -> Measured:
    """Measure the board as the director, who sees all deals."""
    browser = place.app.test_client()
    browser.post("/login/", data={"username": "director", "password": PASSWORD})
    statements = _bare(place)

    def page(url: str) -> Any:
        return lambda: browser.get(url).get_data()

    def bare() -> None:
        with place.made.engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement).fetchall()

    status = browser.get("/deal/board?closed=30").status_code
    ours, floor, empty = alternately(page("/deal/board?closed=30"), bare, page(EMPTY))
    result = Result(name="board", ours=ours, floor=floor, empty=empty, status=status)
    with place.made.engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM deal WHERE closed_at IS NULL"))
    return Measured(result=result, open_deals=count or 0)


def _bare(place: Place) -> list[str]:
    """Return the totals, and the first cards of every stage along the index of their order."""
    pipeline = next(iter(place.made.registry.pipelines.values()))
    since = (now() - timedelta(days=CLOSED_DAYS[0])).strftime("%Y-%m-%d %H:%M:%S")
    # SQLite would take the index of the stage and sort; this is the quickest way known.
    column = "coalesce({}, '')" if place.name == "sqlite" else "{}"
    of_pipeline = f"{column.format('pipeline')} = '{pipeline.code}'"
    parts: list[str] = []
    for number, stage in enumerate(pipeline.stages):
        order = {"deferred": "recheck_on", "lost": "closed_at DESC", "done": "closed_at DESC"}
        by = order.get(stage.kind, "next_step_on")
        there = f"{column.format('stage')} = '{stage.code}' AND {by.split()[0]} IS NOT NULL"
        parts.append(_CARDS.format(of_pipeline, there, by, CARDS + 1, number))
    return [_TOTALS.format(of_pipeline, since), " UNION ALL ".join(parts)]
