"""Show the funnel, the flow between colours, the red spectrum, managers and regions."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from babel.numbers import format_decimal
from flask import request
from flask.typing import ResponseReturnValue

from kartoteka.api import (
    Day,
    PageView,
    Reading,
    _,
    access,
    actor_of,
    db,
    expose,
    gettext,
    now,
    registry_of,
)
from kartoteka_funnel_colors import flow as movements, funnel as counting
from kartoteka_funnel_colors.panel import day_of
from kartoteka_funnel_colors.scheme import scheme_of

DAYS = 90


class FunnelColorsView(PageView):
    """The colours of the clients the reader sees."""

    route_base = "/funnel-colors"
    title = _("Funnel colours")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show how many clients have which colour, and the conversion between neighbours."""
        return self._page("funnel", found=counting.funnel(db()))

    @expose("/flow")
    @access("use")
    def flow(self) -> ResponseReturnValue:
        """Show who moved from which colour to which."""
        today = now().astimezone(_reading().tz).date()
        since, until, error = _period(today)
        found = movements.flow(db(), since, until)
        begin, end = movements.bounds(since, until, _reading())
        return self._page(
            "flow", found=found, error=error, begin=begin.isoformat(), end=end.isoformat(),
            periods=[(days, today - timedelta(days=days)) for days in (30, 90, 365)],
        )  # fmt: skip

    @expose("/red")
    @access("use")
    def red(self) -> ResponseReturnValue:
        """Show whom we lost, and why."""
        found = counting.losses(db())
        return self._page("red", losses=found, total=sum(one.count for one in found))

    @expose("/managers")
    @access("use")
    def managers(self) -> ResponseReturnValue:
        """Show the colours of each manager's clients."""
        return self._lines("managers", "owner_id", gettext("Manager"), gettext("Nobody"))

    @expose("/regions")
    @access("use")
    def regions(self) -> ResponseReturnValue:
        """Show the colours of each region."""
        return self._lines("regions", "region_id", gettext("Region"), gettext("No region"))

    @expose("/recolor", methods=["POST"])
    @access("recolor")
    def recolor(self) -> ResponseReturnValue:
        """Start the recolouring of all clients."""
        return self.run_job("funnel_colors.recompute")

    def _lines(self, code: str, name: str, head: str, none: str) -> ResponseReturnValue:
        lines = counting.by_field(db(), name)
        return self._page(code, lines=lines, field=name, head=head, nobody=none, template="lines")

    def _page(self, code: str, *, template: str = "", **context: Any) -> ResponseReturnValue:
        session = db()
        scheme = scheme_of(registry_of(session))
        reading = _reading()
        roles = registry_of(session).jobs["funnel_colors.recompute"].roles
        return self.render(
            f"funnel_colors/{template or code}.html",
            tab=code,
            scheme=scheme,
            number=partial(format_decimal, locale=reading.babel),
            percent=partial(_percent, reading),
            day_of=partial(day_of, reading=reading),
            sees_all=actor_of(session).sees_all,
            may_recolor=bool(set(roles) & set(actor_of(session).roles)),
            **context,
        )


def _reading() -> Reading:
    return db().info.get("reading") or Reading()


def _percent(reading: Reading, value: float) -> str:
    return f"{format_decimal(round(value), locale=reading.babel)}\u00a0%"


def _period(today: date) -> tuple[date, date, str]:
    since, error = _day("since", today - timedelta(days=DAYS))
    until, other = _day("until", today)
    if not (error or other) and until < since:
        return since, since, gettext("The last day is before the first one.")
    return since, max(since, until), error or other


def _day(name: str, usual: date) -> tuple[date, str]:
    """Return a day of the address; the usual one, with a sentence, where it is no day."""
    try:
        return Day().parse(request.args.get(name, ""), _reading()) or usual, ""
    except ValueError as error:
        return usual, str(error)


__all__ = ["FunnelColorsView"]
