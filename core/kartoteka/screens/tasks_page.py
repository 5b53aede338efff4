"""The page of what is to do, and what is done with a task from there or from the bell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid, NotAllowed, Rejected
from kartoteka.fields.types import now
from kartoteka.i18n import _, gettext
from kartoteka.models.work import Task
from kartoteka.screens import rights
from kartoteka.screens.client_marks import client_marks
from kartoteka.screens.page_view import PageView, access, expose, wants_json
from kartoteka.screens.requests import db
from kartoteka.screens.shown import shown_in
from kartoteka.services import records, tasks

#: How far a task may be put off by a button, in minutes: a month.
MOST_MINUTES = 31 * 24 * 60


class TasksView(PageView):
    """What is to do: overdue, today, later."""

    route_base = "/tasks"
    title = _("My to-do")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show open tasks by time; `?all=1` those of everybody whose tasks the person sees."""
        return self._page()

    def _page(self, typed: str = "", error: str = "") -> ResponseReturnValue:
        session = db()
        everybody = request.args.get("all") == "1"
        found = tasks.groups(session, now(), everybody=everybody)
        shown_tasks = [
            task for group in (found.overdue, found.today, found.later) for task in group.tasks
        ]
        clients = {task.client_id for task in shown_tasks} - {None}
        people = {task.owner_id for task in shown_tasks} - {None} if everybody else set[int]()
        actor = actor_of(session)
        page = self.render(
            "kartoteka/tasks/index.html",
            groups=[
                ("overdue", gettext("Overdue"), found.overdue),
                ("today", gettext("Today"), found.today),
                ("later", gettext("Later"), found.later),
            ],
            clients=records.labels(session, "client", clients),  # pyright: ignore[reportArgumentType]
            marks=client_marks(session, clients),  # pyright: ignore[reportArgumentType]
            people=records.labels(session, User.__tablename__, people),  # pyright: ignore[reportArgumentType]
            everybody=everybody,
            sees_others=actor.sees_all or bool(actor.department_ids) or len(actor.owner_ids) > 1,
            shown=shown_in(session),
            line=typed,
            error=error,
            may_add=rights.may("add", "task"),
            may_edit=rights.may("edit", "task"),
            opened=request.args.get("done", ""),
        )
        return page, 400 if error else 200

    @expose("/add", methods=["POST"])
    @access("use")
    def add(self) -> ResponseReturnValue:
        """Make a task from one line; a client may come along."""
        session = db()
        if not rights.may("add", "task"):
            raise NotAllowed(gettext("You have no right to add tasks."))
        line = request.form.get("line", "")
        client = request.form.get("client_id", "")
        try:
            task = tasks.create(
                session, line, now=now(), client_id=int(client) if client.isdecimal() else None
            )
            session.commit()
        except Invalid as error:
            session.rollback()
            return self._page(typed=line, error=" ".join(error.errors.values()))
        return self.back(self._planned(task), url_for(".index"))

    @expose("/done/<int:pk>", methods=["POST"])
    @access("use")
    def done(self, pk: int) -> ResponseReturnValue:
        """Finish a task, and plan the next one."""
        session = db()
        task = self._task(pk)
        follow = tasks.done(
            session, task, now=now(), result=request.form.get("result", ""),
            follow_up=request.form.get("follow_up", ""),
        )  # fmt: skip
        session.commit()
        message = gettext("Done: %(title)s.", title=task.title)
        if follow is not None:
            message = f"{message} {self._planned(follow)}"
        return self._answer(message)

    @expose("/follow/<int:pk>", methods=["POST"])
    @access("use")
    def follow(self, pk: int) -> ResponseReturnValue:
        """Say of a task that is done how it went and what comes next."""
        session = db()
        task = self._task(pk)
        follow = tasks.follow(
            session, task, now=now(), result=request.form.get("result", ""),
            follow_up=request.form.get("follow_up", ""),
        )  # fmt: skip
        session.commit()
        return self._answer(gettext("Saved.") if follow is None else self._planned(follow))

    @expose("/postpone/<int:pk>", methods=["POST"])
    @access("use")
    def postpone(self, pk: int) -> ResponseReturnValue:
        """Put a task off by some minutes, or until tomorrow morning (`until=tomorrow`)."""
        session = db()
        task = self._task(pk)
        tasks.postpone(session, task, _until())
        session.commit()
        return self._answer(
            gettext("Put off until %(when)s.", when=shown_in(session).moment(task.due_at))
        )

    def _task(self, pk: int) -> Task:
        if not rights.may("edit", "task"):
            raise NotAllowed(gettext("You have no right to change tasks."))
        session = db()
        return records.get(session, records.registry_of(session).entity("task"), pk)

    def _planned(self, task: Task) -> str:
        when = shown_in(db()).moment(task.due_at)
        return gettext("Planned for %(when)s: %(title)s.", when=when, title=task.title)

    def _answer(self, message: str) -> Any:
        if wants_json():
            return jsonify({"message": message})
        return self.back(message, url_for(".index"))


def _until() -> datetime:
    """Return the moment until which the form puts a task off."""
    if request.form.get("until") == "tomorrow":
        return tasks.tomorrow_morning(db(), now())
    text = request.form.get("minutes", "")
    minutes = int(text) if text.isdecimal() and len(text) < 7 else 0
    if not 0 < minutes <= MOST_MINUTES:
        raise Rejected(gettext("Say by how many minutes to put it off."), "minutes")
    return now() + timedelta(minutes=minutes)


__all__ = ["TasksView"]
