"""Reports on people: a manager's week, managers compared, work with clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kartoteka.builtin.reports.asked import DEPARTMENT, HEAVY, ME
from kartoteka.criteria.tree import Tree, fact_is, field_is, none_of
from kartoteka.hooks.contributions.reports import Chart, Figure, Grid, Report, Rows, Share
from kartoteka.i18n import Text, _
from kartoteka.reports.ask import ReportAsk

_WRITTEN = ("letter", "message")


def _work(ask: ReportAsk, *, by_day: bool) -> list[Figure]:
    """Return what people did in the period: by day, or by person."""

    def of(entity: str, day: str, person: str, *more: Tree) -> dict[str, Any]:
        period = [] if by_day else [ask.within(entity, day)]
        chosen = ask.of_people(person)
        return {"entity": entity, "by": day if by_day else person,
                "where": [*period, *chosen, *more]}  # fmt: skip

    def done(*more: Tree) -> dict[str, Any]:
        return of("activity", "happened_at", "author_id", *more)

    won = ask.winning()
    return [
        Figure(code="calls", title=_("Calls"), **done(field_is("kind", "eq", "call"))),
        Figure(code="meetings", title=_("Meetings"), **done(field_is("kind", "eq", "meeting"))),
        Figure(code="letters", title=_("Letters"), hint=_("Letters and messages"),
               **done(field_is("kind", "in", _WRITTEN))),
        Figure(code="tasks", title=_("Tasks done"), **of("task", "done_at", "owner_id")),
        Figure(code="new_clients", title=_("New clients"),
               **of("client", "created_at", "owner_id")),
        Figure(code="opened", title=_("Deals opened"), **of("deal", "opened_at", "owner_id")),
        Figure(code="won", title=_("Won"), hint=_("Moves of deals into a stage that means a sale"),
               **of("stage_change", "moved_at", "owner_id", won)),
        Figure(code="lost", title=_("Lost"),
               **of("deal", "closed_at", "owner_id", ask.in_stages("lost"))),
        Figure(code="purchases", title=_("Purchases"),
               **of("purchase", "bought_on", "owner_id")),
        Figure(code="revenue", title=_("Revenue"), how="sum", of="amount",
               **of("purchase", "bought_on", "owner_id")),
    ]  # fmt: skip


def week(ask: ReportAsk) -> Sequence[Grid]:
    """What one person did, day by day."""
    rows = Rows(title=_("Day"), spans=ask.days())
    chart = Chart(of=("calls", "meetings", "letters"), kind="columns")
    return [Grid(rows=rows, columns=_work(ask, by_day=True), chart=chart)]


def managers(ask: ReportAsk) -> Sequence[Grid]:
    """What each person did, and what they have."""
    overdue = [field_is("done_at", "empty"), field_is("due_at", "lt", ask.today.isoformat())]
    columns = [
        Figure(code="clients", title=_("Clients"), entity="client", by="owner_id",
               where=ask.of_people()),
        *_work(ask, by_day=False),
        Figure(code="open_deals", title=_("Open deals"), entity="deal", by="owner_id",
               where=[field_is("closed_at", "empty"), *ask.of_people()],
               hint=_("They stand open now, whenever they were opened")),
        Figure(code="overdue", title=_("Tasks overdue"), entity="task", by="owner_id",
               where=[*overdue, *ask.of_people()]),
    ]  # fmt: skip
    chart = Chart(of=("calls", "meetings", "won"))
    rows = Rows(title=_("Manager"), table="ab_user")
    return [Grid(rows=rows, columns=columns, order="calls", chart=chart)]


def work(ask: ReportAsk) -> Sequence[Grid]:
    """How much of their clients each manager reached."""
    days = {"since": ask.since.isoformat(), "until": ask.until.isoformat()}
    people = ask.of_people()
    reached = fact_is("contacted_between", "eq", True, **days)
    bought = fact_is("bought_between", "eq", True, **days)

    def clients(code: str, title: Text, *more: Tree) -> Figure:
        return Figure(code=code, title=title, entity="client", by="owner_id",
                      where=[*people, *more])  # fmt: skip

    columns = [
        clients("clients", _("Clients")),
        clients("reached", _("Contacted"), reached),
        Share(code="reached_share", title=_("Contacted, %"), of="reached", among="clients"),
        clients("silent", _("Not contacted"), none_of(reached)),
        clients("bought", _("Bought"), bought),
        Share(code="bought_share", title=_("Bought, %"), of="bought", among="clients"),
        clients("new", _("New"), ask.within("client", "created_at")),
    ]
    chart = Chart(of=("reached", "silent"))
    rows = Rows(title=_("Manager"), table="ab_user")
    return [Grid(rows=rows, columns=columns, order="clients", chart=chart)]


REPORTS = (
    Report(
        code="week", heavy_from=HEAVY,
        title=_("A manager's week"), group="work", weight=10, entity="activity",
        about=_("What one person did, day by day."), tables=week, period="last_week",
        parameters=(ME,),
        note=_("Calls, meetings and letters are those the person wrote down; deals and purchases "
               "are those of the clients the person is responsible for."),
    ),
    Report(
        code="managers", heavy_from=HEAVY,
        title=_("Managers compared"), group="work", weight=20,
        entity="activity", about=_("Who did how much, and with what result."), tables=managers,
        period="this_month", parameters=(DEPARTMENT,),
        note=_("Calls, meetings and letters are those the person wrote down; deals and purchases "
               "are those of the clients the person is responsible for."),
    ),
    Report(
        code="work", heavy_from=HEAVY,
        title=_("Work with clients"), group="work", weight=30, entity="client",
        about=_("How many clients were reached in a period, and how many were forgotten."),
        tables=work, period="last_30_days", parameters=(DEPARTMENT,),
        note=_("A client is contacted when somebody called, met or wrote to it in these days."),
    ),
)  # fmt: skip
