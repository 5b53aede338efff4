"""The report on sources: clients, deals and revenue that each of them brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kartoteka.builtin.reports.asked import HEAVY
from kartoteka.criteria.tree import Tree, all_of, fact_is
from kartoteka.hooks.contributions.reports import ALL, Chart, Given, Grid, Report, Rows, Share
from kartoteka.i18n import _
from kartoteka.reports.ask import ReportAsk
from kartoteka.services.reports import SourceYield, Yield, source_yield

_WON = ("won", "delivery", "done")


def _found(ask: ReportAsk) -> SourceYield:
    if "sources" not in ask.cache:
        ask.cache["sources"] = source_yield(ask.session)
    return ask.cache["sources"]


def _numbers(read: Callable[[Yield], Any]) -> Callable[[ReportAsk], Mapping[Any, Any]]:
    def numbers(ask: ReportAsk) -> Mapping[Any, Any]:
        found = _found(ask)
        rows = {row.source_id: read(row) for row in found.rows}
        without = read(found.without)
        return {**rows, **({None: without} if without else {}), ALL: read(found.total)}

    return numbers


def _came_by(prefix: str = "") -> Callable[[ReportAsk, Any], Tree]:
    known = {"": "source_known", "deal_": "deal_source_known", "purchase_": "purchase_source_known"}

    def opens(_ask: ReportAsk, key: Any) -> Tree:
        if key == ALL:
            return all_of()
        if key is None:
            return fact_is(known[prefix], "eq", False)
        return fact_is(f"{prefix}came_by", "eq", True, source=key)

    return opens


def _won(ask: ReportAsk, key: Any) -> Tree:
    return all_of(_came_by("deal_")(ask, key), ask.in_stages(*_WON))


def sources(_ask: ReportAsk) -> Sequence[Grid]:
    """What each source yields."""
    columns = [
        Given(code="clients", title=_("Clients"), entity="client",
              values=_numbers(lambda row: row.clients), opens=_came_by()),
        Given(code="deals", title=_("Deals"), entity="deal", needs=("source_id",),
              values=_numbers(lambda row: row.deals), opens=_came_by("deal_")),
        Given(code="won", title=_("Won"), entity="deal", needs=("source_id", "stage"),
              values=_numbers(lambda row: row.won), opens=_won),
        Share(code="won_share", title=_("Share won"), of="won", among="deals"),
        Given(code="revenue", title=_("Revenue"), entity="purchase", needs=("amount",),
              money=True, opens=_came_by("purchase_"),
              values=_numbers(lambda row: {one.currency: one.amount for one in row.revenue})),
    ]  # fmt: skip
    rows = Rows(title=_("Source"), table="source")
    return [Grid(rows=rows, columns=columns, order="clients", chart=Chart(of=("clients", "won")))]


REPORTS = (
    Report(
        code="sources", heavy_from=HEAVY,
        title=_("Yield of sources"), weight=140, entity="client_source",
        about=_("Which sources bring clients, deals and revenue."), tables=sources,
        empty=_("No clients yet. Say on the page of a client by which source it came."),
        note=_("A client that came by several sources counts under each of them, and once in the "
               "last row. A deal counts under its own source; a deal without one under the "
               "sources of its client. Revenue is all purchases of the clients of a source."),
    ),
)  # fmt: skip
