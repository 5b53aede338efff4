"""Screens of long work: what runs, how far it is, what came of it; cancel and download."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import abort, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.app import kartoteka
from kartoteka.builtin.mass import MASS, already_back, may_be_undone
from kartoteka.errors import Rejected
from kartoteka.fields.kinds import Moment_, Reading
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Job
from kartoteka.i18n import Text, _, gettext
from kartoteka.jobs import files
from kartoteka.models.job import STATES, StartedJob
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.page_view import access, expose
from kartoteka.screens.requests import db
from kartoteka.services import records
from kartoteka.services.job_words import result_words
from kartoteka.services.jobs import cancel_job, may_start

MOST_LIVE = 50
#: A job that waits longer, while others do not keep the workers busy, needs a word.
PATIENCE = timedelta(minutes=1)
BADGES = {"waiting": "", "running": "badge-info", "done": "badge-good", "failed": "badge-bad",
          "cancelled": "badge-warn"}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownJob:
    """One job as the live block shows it. `percent` is None while nobody knows the whole."""

    id: int
    title: Text
    state: str
    state_title: Text
    badge: str
    percent: int | None
    part: str
    words: str
    error: str
    result: str
    has_file: bool
    asked_by: str
    times: Sequence[tuple[Text, str]]
    is_ending: bool
    is_late: bool
    #: Its worker gives no sign of life; when its lease is over another one goes on.
    is_silent: bool
    undo: str = ""

    @property
    def is_active(self) -> bool:
        """Say whether there is something to wait for."""
        return self.state in {"waiting", "running"}


class JobView(EntityView):
    """Jobs: everybody sees the own ones, director and Admin all."""

    entity_code = "job"
    list_template = "kartoteka/job/list.html"
    show_template = "kartoteka/job/show.html"

    def render(self, template: str, **context: Any) -> str:
        if template == self.list_template:
            for row in context["listing"].rows:
                if "result_words" in row.cells:
                    words = result_words(kartoteka().registry, row.record)
                    row.cells["result_words"] = replace(row.cells["result_words"], text=words)
            context |= {"live": shown(db(), (), active=True), "startable": self._startable(),
                        "live_address": url_for("job.live", active=1)}  # fmt: skip
        return super().render(template, **context)

    def show_context(self, session: Session, record: StartedJob) -> Mapping[str, Any]:
        """Return the live block of this job."""
        address = url_for("job.live", ids=record.id)
        return {"live": shown(session, [record.id]), "live_address": address}

    @expose("/live")
    @access("list")
    def live(self) -> ResponseReturnValue:
        """Return how far jobs are, as a fragment: `?ids=1,2`, and with `active=1` all that run."""
        texts = request.args.get("ids", "").split(",")[:MOST_LIVE]
        ids = [int(text) for text in texts if text.isdecimal() and len(text) < 10]
        active = request.args.get("active") == "1"
        found = shown(db(), ids, active=active)
        listed = ",".join(str(job.id) for job in found)
        address = url_for("job.live", ids=listed, active=1 if active else None)
        return self.render("kartoteka/job/live.html", live=found, live_address=address)

    @expose("/cancel/<int:pk>", methods=["POST"])
    @access("show")
    def cancel(self, pk: int) -> ResponseReturnValue:
        """Ask a job to end."""
        session = db()
        to = url_for("job.show", pk=pk)
        try:
            job = cancel_job(session, pk)
            session.commit()
        except Rejected as error:
            session.rollback()
            return self.back(str(error), to, "warning")
        if job.is_over:
            return self.back(gettext("The job is cancelled."), to)
        return self.back(gettext("The job ends after the part it is at."), to)

    @expose("/result/<int:pk>")
    @access("show")
    def result(self, pk: int) -> ResponseReturnValue:
        """Download what a job made."""
        path = result_path(records.get(db(), self.entity, pk))
        if path is None:
            raise Rejected(gettext("The file is no longer kept. Start the job again."))
        answer = send_file(path, as_attachment=True, download_name=path.name)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/start/<code>", methods=["POST"])
    @access("list")
    def start(self, code: str) -> ResponseReturnValue:
        """Start a job that needs no values."""
        if code not in {job.code for job in self._startable()}:
            abort(404)
        return self.run_job(code)

    def _startable(self) -> Sequence[Job]:
        """Return the jobs this person may start that ask for nothing."""
        return [
            job for job in kartoteka().registry.jobs.values()
            if not any(item.required for item in job.arguments) and may_start(db(), job)
        ]  # fmt: skip


def shown(session: Session, ids: Iterable[int], active: bool = False) -> list[ShownJob]:
    """Return jobs as the live block shows them, newest first; two statements for all.

    Args:
        ids: these, as far as the person sees them.
        active: and all that wait or run.
    """
    wanted = StartedJob.id.in_(list(ids))
    if active:
        wanted = wanted | StartedJob.state.in_(("waiting", "running"))
    rows = session.scalars(
        select(StartedJob).where(wanted).order_by(StartedJob.id.desc()).limit(MOST_LIVE)
    ).all()
    people = {row.asked_by_id for row in rows if row.asked_by_id is not None}
    names = records.labels(session, User.__tablename__, people)
    over = already_back(session, {row.id for row in rows if row.kind == MASS})
    registry = kartoteka().registry
    reading: Reading = session.info.get("reading") or Reading()
    moment = now()
    late = moment - PATIENCE
    # A worker that lives makes the lease longer after a third of it.
    silent = moment + timedelta(seconds=kartoteka().config.job_lease / 2)
    return [
        ShownJob(
            id=row.id,
            title=registry.jobs[row.kind].title if row.kind in registry.jobs else row.kind,
            state=row.state, state_title=STATES[row.state], badge=BADGES[row.state],
            percent=_percent(row), part=_part(row), words=row.words or "",
            error=row.error or "", result=result_words(registry, row),
            has_file=bool(row.result_file), times=_times(row, reading),
            asked_by=names.get(row.asked_by_id or 0, ""),
            is_ending=row.state == "running" and row.cancel_asked_at is not None,
            is_late=row.state == "waiting" and row.run_at < late,
            is_silent=row.state == "running" and (row.lease_until or moment) < silent,
            undo="" if row.id in over else _undo(row),
        )
        for row in rows
    ]  # fmt: skip


def result_path(job: StartedJob) -> Path | None:
    """Return the file of a job that the person sees; None when there is none any more."""
    return files.find(kartoteka().config.job_files, job.result_file)


def _undo(row: StartedJob) -> str:
    """Return the address that takes a mass action back; empty where there is nothing to."""
    code = (row.arguments or {}).get("entity")
    if not (code and row.is_over and may_be_undone(kartoteka().registry, row)):
        return ""
    # A job that was stopped has no result, but a place where it stopped.
    done = (row.result or row.position or {"done": 1}).get("done")
    return url_for(f"{code}.undo", job_id=row.id) if done else ""


def _percent(row: StartedJob) -> int | None:
    if row.state == "done":
        return 100
    if row.done is None or not row.total:
        return None
    return min(100, row.done * 100 // row.total)


def _times(row: StartedJob, reading: Reading) -> list[tuple[Text, str]]:
    moments = ((_("Asked"), row.created_at), (_("To start at"), row.run_at),
               (_("Started"), row.started_at), (_("Finished"), row.finished_at))  # fmt: skip
    kind = Moment_()
    return [
        (title, kind.show(moment, reading)) for title, moment in moments
        if moment is not None and (moment != row.run_at or row.run_at > row.created_at + PATIENCE)
    ]  # fmt: skip


def _part(row: StartedJob) -> str:
    if row.done is None:
        return ""
    done = f"{row.done:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    if row.total is None:
        return done
    total = f"{row.total:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return gettext("%(done)s of %(total)s", done=done, total=total)


__all__ = ["JobView", "ShownJob", "result_path", "shown"]
