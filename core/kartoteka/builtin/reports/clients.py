"""The report on new clients."""

from __future__ import annotations

from collections.abc import Sequence

from kartoteka.builtin.reports.asked import HEAVY, PEOPLE, by, field_by, rows_by
from kartoteka.criteria.tree import Tree, fact_is, field_is
from kartoteka.hooks.contributions.reports import Chart, Figure, Grid, Report, Share
from kartoteka.i18n import Text, _
from kartoteka.reports.ask import ReportAsk


def new_clients(ask: ReportAsk) -> Sequence[Grid]:
    """How many clients are new, and what became of them."""
    name = field_by(ask, "created_at")
    first = [] if name == "created_at" else [ask.within("client", "created_at")]
    where = [*first, *ask.of_people()]

    def clients(code: str, title: Text, *more: Tree) -> Figure:
        return Figure(code=code, title=title, entity="client", by=name, where=[*where, *more])

    columns = [
        clients("new", _("New clients")),
        clients("reached", _("Contacted since"), field_is("last_contact_at", "filled")),
        clients("deals", _("With open deals"), fact_is("open_deals", "ge", 1)),
        clients("bought", _("Bought"), field_is("purchase_count", "gt", 0)),
        Share(code="bought_share", title=_("Bought, %"), of="bought", among="new"),
    ]
    kind = "columns" if name == "created_at" else "bars"
    chart = Chart(of=("new", "bought"), kind=kind)
    return [Grid(rows=rows_by(ask), columns=columns, order="new", chart=chart)]


REPORTS = (
    Report(
        code="new_clients", heavy_from=HEAVY,
        title=_("New clients"), group="clients", weight=50, entity="client",
        about=_("How many clients are new, and how many of them have bought."),
        tables=new_clients, period="last_12_months",
        parameters=(by("month", "manager", "region"), *PEOPLE),
        empty=_("No client was added in this period. Choose another one."),
        note=_("A client is new on the day its card was written."),
    ),
)  # fmt: skip
