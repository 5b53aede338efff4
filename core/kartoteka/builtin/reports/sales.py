"""Reports on deals: conversion, reasons of loss, demand, sales."""

from __future__ import annotations

from collections.abc import Sequence

from kartoteka.builtin.reports.asked import ANY_PIPELINE, HEAVY, PEOPLE, by, field_by, rows_by
from kartoteka.criteria.tree import Tree, field_is
from kartoteka.hooks.contributions.reports import Chart, Figure, Grid, Report, Rows, Share
from kartoteka.i18n import Text, _
from kartoteka.reports.ask import ReportAsk

WON = ("won", "delivery", "done")


def conversion(ask: ReportAsk) -> Sequence[Grid]:
    """What became of the deals that were opened in the period."""
    name = field_by(ask, "opened_at")
    first = [] if name == "opened_at" else [ask.within("deal", "opened_at")]
    where = [*first, *ask.of_people(), *ask.in_pipeline()]

    def deals(code: str, title: Text, *more: Tree) -> Figure:
        return Figure(code=code, title=title, entity="deal", by=name, where=[*where, *more])

    columns = [
        deals("opened", _("Deals opened")),
        deals("won", _("Won"), ask.in_stages(*WON)),
        deals("lost", _("Lost"), ask.in_stages("lost")),
        deals("going", _("Still going"), ask.in_stages("open", "deferred")),
        Share(code="won_share", title=_("Won, %"), of="won", among="opened"),
        deals("decided", _("Decided"), ask.in_stages(*WON, "lost")),
        Share(code="won_of_decided", title=_("Won of decided, %"), of="won", among="decided"),
        Figure(code="amount", title=_("Amount won"), entity="deal", by=name, how="sum",
               of="amount", where=[*where, ask.in_stages(*WON)]),
    ]  # fmt: skip
    kind = "columns" if name == "opened_at" else "bars"
    chart = Chart(of=("opened", "won", "lost"), kind=kind)
    return [Grid(rows=rows_by(ask), columns=columns, order="opened", chart=chart)]


def lost_reasons(ask: ReportAsk) -> Sequence[Grid]:
    """Why deals were lost in the period."""
    where = [ask.within("deal", "closed_at"), ask.in_stages("lost"), *ask.of_people()]
    columns = [
        Figure(code="lost", title=_("Deals lost"), entity="deal", by="lost_reason_id",
               where=where),
        Figure(code="amount", title=_("Amount lost"), entity="deal", by="lost_reason_id",
               where=where, how="sum", of="amount"),
    ]  # fmt: skip
    rows = Rows(title=_("Reason of loss"), table="lost_reason")
    return [Grid(rows=rows, columns=columns, order="lost", chart=Chart(of=("lost",)))]


def services(ask: ReportAsk) -> Sequence[Grid]:
    """How each product or service is wanted."""
    given = field_is("product_id", "filled")

    def deals(code: str, title: Text, *more: Tree) -> Figure:
        return Figure(code=code, title=title, entity="deal", by="product_id",
                      where=[given, *more])  # fmt: skip

    columns = [
        deals("open_deals", _("Open deals"), ask.in_stages("open", "deferred")),
        deals("won_deals", _("Deals won"), ask.in_stages(*WON)),
        Figure(code="purchases", title=_("Purchases"), entity="purchase", by="product_id",
               where=[given]),
        Figure(code="revenue", title=_("Revenue"), entity="purchase", by="product_id",
               where=[given], how="sum", of="amount"),
        Figure(code="last", title=_("Last sold"), entity="purchase", by="product_id",
               where=[given], how="last", of="bought_on"),
    ]  # fmt: skip
    rows = Rows(title=_("Product or service"), table="product", every=True)
    return [Grid(rows=rows, columns=columns, order="purchases", chart=Chart(of=("purchases",)))]


def revenue(ask: ReportAsk) -> Sequence[Grid]:
    """What was bought in the period."""
    name = field_by(ask, "bought_on")
    first = [] if name == "bought_on" else [ask.within("purchase", "bought_on")]
    where = [*first, *ask.of_people()]
    returned = field_is("amount", "lt", "0")
    columns = [
        Figure(code="purchases", title=_("Purchases"), entity="purchase", by=name, where=where),
        Figure(code="revenue", title=_("Revenue"), entity="purchase", by=name, where=where,
               how="sum", of="amount"),
        Figure(code="margin", title=_("Margin"), entity="purchase", by=name, where=where,
               how="sum", of="margin"),
        Figure(code="returns", title=_("Returns"), entity="purchase", by=name,
               where=[*where, returned]),
    ]  # fmt: skip
    kind = "columns" if name == "bought_on" else "bars"
    chart = Chart(of=("revenue",), kind=kind)
    return [Grid(rows=rows_by(ask), columns=columns, order="revenue", chart=chart)]


REPORTS = (
    Report(
        code="revenue", heavy_from=HEAVY,
        title=_("Sales"), weight=100, entity="purchase",
        about=_("How much was sold, by month, manager or product."), tables=revenue,
        period="last_12_months", parameters=(by("month", "manager", "product"), *PEOPLE),
        empty=_("Nothing was bought in this period. Choose another one."),
        note=_("Amounts of different currencies are never added. A return counts below zero."),
    ),
    Report(
        code="conversion", heavy_from=HEAVY,
        title=_("Conversion"), weight=110, entity="deal",
        about=_("What became of the deals opened in a period."), tables=conversion,
        period="last_12_months",
        parameters=(by("month", "manager", "source", "product"), ANY_PIPELINE, *PEOPLE),
        empty=_("No deal was opened in this period. Choose another one."),
        note=_("Each deal counts where it was opened, whenever it was decided."),
    ),
    Report(
        code="lost_reasons", heavy_from=HEAVY,
        title=_("Reasons of loss"), weight=130, entity="deal",
        about=_("Why deals were lost, and what they would have been worth."),
        tables=lost_reasons, period="last_12_months", parameters=(ANY_PIPELINE, *PEOPLE),
        empty=_("No deal was lost in this period. Choose another one."),
    ),
    Report(
        code="services", heavy_from=HEAVY,
        title=_("Demand for services"), weight=150, entity="product",
        about=_("What is wanted most, and what never."), tables=services,
        empty=_("Nothing to sell yet. Add what you offer to “My services”."),
    ),
)  # fmt: skip
