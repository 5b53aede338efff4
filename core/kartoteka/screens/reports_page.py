"""Reports: which there are, one with its form, figures and drawing, and its file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from kartoteka.access.scope import actor_of
from kartoteka.builtin.exports import EXPORT
from kartoteka.errors import Invalid
from kartoteka.hooks.contributions.reports import Report
from kartoteka.i18n import _, gettext
from kartoteka.reports import ask as asking, building, keeping
from kartoteka.reports.ask import ReportAsk
from kartoteka.reports.keeping import Kept
from kartoteka.screens import report_form, report_shown, rights
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.screens.shown import shown_in
from kartoteka.services.jobs import start_job
from kartoteka.services.records import registry_of


class ReportsView(PageView):
    """Reports over the rows the reader sees; the hook `reports` brings them."""

    route_base = "/reports"
    title = _("Reports")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show which reports there are, by the headings of the navigation."""
        session = db()
        found = building.open_to(session)
        headings = sorted(registry_of(session).menu.values(), key=lambda one: one.weight)
        groups = [
            (one.title, [report for report in found if report.group == one.code])
            for one in headings
        ]
        return self.render("kartoteka/reports/index.html", groups=[g for g in groups if g[1]])

    @expose("/<code>")
    @access("use")
    def show(self, code: str) -> ResponseReturnValue:
        """Show a report for what its address asks."""
        session = db()
        report = building.named(session, code)
        given = report_form.sent(report, request.args)
        try:
            asked = asking.read(session, report, given)
            kept = self._kept(asked)
        except Invalid as error:
            return self._page(report, None, given, Kept(), error.errors), 400
        return self._page(report, asked, given, kept, {})

    @expose("/<code>/build", methods=["POST"])
    @access("use")
    def build(self, code: str) -> ResponseReturnValue:
        """Have a heavy report built anew by a job, and return to its page."""
        asked = self._asked(code)
        self._start(asked)
        address = url_for("ReportsView.show", code=code)
        return redirect(f"{address}?{urlencode(asking.sent_for(asked))}")

    @expose("/<code>/export", methods=["POST"])
    @access("use")
    def export(self, code: str) -> ResponseReturnValue:
        """Have the report written into a file by a job."""
        form = "csv" if request.form.get("format") == "csv" else "xlsx"
        return self.run_job(keeping.JOB, keeping.arguments(self._asked(code), form))

    def _asked(self, code: str) -> ReportAsk:
        session = db()
        report = building.named(session, code)
        return asking.read(session, report, report_form.sent(report, request.form))

    def _kept(self, asked: ReportAsk) -> Kept:
        """Return the figures: those of now, or of a heavy report those a job has built."""
        if not building.is_heavy(asked):
            return Kept(result=building.build(asked))
        return keeping.last(db(), asked)

    def _start(self, asked: ReportAsk) -> None:
        """Start the job, unless one of the person's is at the same work already."""
        session = db()
        if keeping.last(session, asked).job_id is None:
            start_job(session, keeping.JOB, keeping.arguments(asked))
            session.commit()

    def _page(
        self, report: Report, asked: ReportAsk | None, given: Mapping[str, str], kept: Kept,
        errors: Mapping[str, str],
    ) -> str:  # fmt: skip
        session = db()
        words = shown_in(session)
        context: dict[str, Any] = {}
        if kept.result is not None:
            moment = datetime.fromisoformat(kept.result.at)
            context = {"at": words.moment(moment), "said": kept.result.said,
                       "is_empty": kept.result.is_empty,
                       "blocks": report_shown.shown(session, kept.result)}  # fmt: skip
        values = {} if asked is None else asking.sent_for(asked)
        return self.render(
            "kartoteka/reports/show.html", title=report.title, report=report, kept=kept,
            is_heavy=asked is not None and building.is_heavy(asked), values=values,
            inputs=report_form.inputs(session, report, asked, given, errors),
            errors=[] if asked is not None else _sentences(errors),
            sees_all=actor_of(session).sees_all, may_export=rights.holds(EXPORT), **context,
        )  # fmt: skip


def _sentences(errors: Mapping[str, str]) -> list[str]:
    return list(errors.values()) or [gettext("The report can not be asked for like this.")]


__all__ = ["ReportsView"]
