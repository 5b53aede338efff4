"""Reports on the way of deals: stages by month, how far deals come, where they stand still."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from kartoteka.builtin.reports.asked import ANY_PIPELINE, HEAVY, PEOPLE, PIPELINE
from kartoteka.criteria.tree import fact_is, field_is
from kartoteka.hooks.contributions.reports import (
    Chart,
    Derived,
    Figure,
    Grid,
    Listing,
    Report,
    Rows,
    Share,
    Tone,
)
from kartoteka.i18n import Text, _, ngettext
from kartoteka.models.deal import StageChange
from kartoteka.reports.ask import ReportAsk

_AHEAD = 30


def _rows(ask: ReportAsk) -> Rows:
    return Rows(title=_("Stage"), codes=[(one.stage.code, one.title) for one in ask.stages()])


def by_month(ask: ReportAsk) -> Sequence[Grid]:
    """How many deals came into each stage, month by month."""
    where = [*ask.in_pipeline(), *ask.of_people()]
    narrow = (
        StageChange.moved_at >= ask.reader.start(ask.since),
        StageChange.moved_at < ask.reader.start(ask.until + timedelta(days=1)),
    )
    columns = [
        Figure(code=f"m{span.first:%Y%m}", title=span.title, entity="stage_change",
               by="new_stage", where=[*where, ask.within("stage_change", "moved_at", span)],
               narrow=narrow)
        for span in ask.months()
    ]  # fmt: skip
    whole = Figure(code="whole", title=_("In all"), entity="stage_change", by="new_stage",
                   where=[*where, ask.within("stage_change", "moved_at")],
                   narrow=narrow)  # fmt: skip
    return [
        Grid(rows=_rows(ask), columns=[*columns, whole], total=False, chart=Chart(of=("whole",)))
    ]


def passing(ask: ReportAsk) -> Sequence[Grid]:
    """How many deals go on from each stage, how many are lost there, and after which time."""
    where = [ask.within("stage_change", "moved_at"), *ask.in_pipeline(), *ask.of_people()]
    moved = field_is("old_stage", "filled")
    lost = [one.stage.code for one in ask.stages() if one.stage.kind == "lost"]
    others = [one.stage.code for one in ask.stages() if one.stage.kind != "lost"]

    def moves(code: str, title: Text, by: str, *more: Any, **how: Any) -> Figure:
        return Figure(code=code, title=title, entity="stage_change", by=by,
                      where=[*where, *more], **how)  # fmt: skip

    columns = [
        moves("entered", _("Came in"), "new_stage"),
        moves("left", _("Left"), "old_stage", moved),
        moves("on", _("Went on"), "old_stage", moved,
              field_is("new_stage", "in", others)),
        moves("lost", _("Lost there"), "old_stage", moved,
              field_is("new_stage", "in", lost)),
        Share(code="on_share", title=_("Went on, %"), of="on", among="left"),
        moves("days", _("Days there, mean"), "old_stage", moved, how="mean",
              of="seconds", unit="days"),
        Figure(code="now", title=_("Stand there now"), entity="deal", by="stage",
               where=[*ask.in_pipeline(), *ask.of_people()]),
    ]  # fmt: skip
    return [
        Grid(rows=_rows(ask), columns=columns, total=False, chart=Chart(of=("entered", "lost")))
    ]


def _tone(days: int) -> Tone:
    return "bad" if days > _AHEAD else "warn"


def _in_words(days: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", days)


def still(ask: ReportAsk) -> Sequence[Listing]:
    """Deals that stand in their stage for too long, and those to come back to."""
    where = [*ask.in_pipeline(), *ask.of_people()]
    until = ask.today + timedelta(days=_AHEAD)

    def stood(deal: Any, asked: ReportAsk) -> int:
        return (asked.today - asked.reader.day_of(deal.stage_since)).days

    def late(deal: Any, asked: ReportAsk) -> int | None:
        day: date | None = deal.recheck_on
        return (asked.today - day).days if day is not None and day < asked.today else None

    return [
        Listing(
            title=_("Too long in their stage"), entity="deal", order="stage_since",
            where=[fact_is("too_long_in_stage", "eq", True), *where],
            columns=("title", "stage",
                     Derived(code="days", title=_("Stands there for"), value=stood,
                             needs=("stage_since",), says=_in_words, tone=_tone),
                     "client_id", "owner_id", "amount"),
            empty=_("No deal stands in its stage for longer than it may."),
        ),
        Listing(
            title=_("To come back to"), entity="deal", order="recheck_on",
            where=[ask.in_stages("deferred"), field_is("recheck_on", "le", until.isoformat()),
                   *where],
            columns=("title", "client_id", "recheck_on",
                     Derived(code="late", title=_("Late by"), value=late, says=_in_words,
                             needs=("recheck_on",), tone=_tone), "owner_id", "amount"),
            empty=_("No deal put off comes back within 30 days."),
        ),
    ]  # fmt: skip


REPORTS = (
    Report(
        code="stages", heavy_from=HEAVY,
        title=_("Deals by stage per month"), weight=115, entity="stage_change",
        about=_("How many deals came into each stage, month by month."), tables=by_month,
        period="last_12_months", parameters=(PIPELINE, *PEOPLE),
        empty=_("No deal moved in this period. Choose another one."),
        note=_("A deal that came into a stage twice counts twice."),
    ),
    Report(
        code="passing", heavy_from=HEAVY,
        title=_("Conversion of stages"), weight=120, entity="stage_change",
        about=_("How many deals go on from each stage, how many are lost there, and when."),
        tables=passing, period="last_12_months", parameters=(PIPELINE, *PEOPLE),
        empty=_("No deal moved in this period. Choose another one."),
    ),
    Report(
        code="still", heavy_from=HEAVY,
        title=_("Deals that stand still"), weight=125, entity="deal",
        about=_("Which deals are too long in their stage, and which to come back to."),
        tables=still, parameters=(ANY_PIPELINE, *PEOPLE),
        empty=_("No deal stands still. Stages have their terms from the pipeline."),
    ),
)  # fmt: skip
