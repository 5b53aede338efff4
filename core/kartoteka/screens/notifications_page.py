"""The bell: what it asks every half minute, the page of all notifications, what each wants."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.routing import BuildError

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid
from kartoteka.fields.types import now
from kartoteka.i18n import _, gettext
from kartoteka.models.work import Task
from kartoteka.screens import rights
from kartoteka.screens.page_view import PageView, access, expose, wants_json
from kartoteka.screens.requests import db
from kartoteka.screens.shown import Shown, shown_in
from kartoteka.services import bell, records, tasks
from kartoteka.services.letters import has_address


class NotificationsView(PageView):
    """What the person was told, the newest first."""

    route_base = "/notifications"
    title = _("Notifications")
    for_everybody = True

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show a page of all own notifications; `?before=` the older ones."""
        text = request.args.get("before", "")
        before = int(text) if text.isdecimal() and len(text) < 10 else None
        found = bell.told(db(), before=before, most=bell.PAGE + 1)
        shown = found[: bell.PAGE]
        return self.render(
            "kartoteka/notifications/index.html",
            rows=[(one, address_of(one)) for one in shown],
            older=shown[-1].id if len(found) > bell.PAGE else None,
            is_first=before is None,
            shown=shown_in(db()),
        )

    @expose("/due")
    @access("use")
    def due(self) -> ResponseReturnValue:
        """Answer the script of the bell; 204 when it shows already what there is (`?mark=`).

        The head `X-Next-Reminder` says in how many seconds the next one comes, so that the script
        asks again at that moment and not half a minute later.
        """
        session, moment = db(), now()
        with_tasks = rights.has("can_use", "TasksView")
        pulse = bell.pulse(session, moment, with_tasks=with_tasks)
        head = {"X-Next-Reminder": _seconds_until(pulse.next_at, moment)}
        if request.args.get("mark") == pulse.mark:
            return Response(status=204, headers=head)
        shown = shown_in(session)
        told = bell.told(session, unread=True) if pulse.unread else []
        waiting = tasks.due_now(session, moment, tasks.MOST_REMINDERS + 1) if pulse.due else []
        answer = {
            "mark": pulse.mark,
            "count": pulse.unread + pulse.due,
            "told": [_told(one, shown, moment) for one in told],
            "due": _reminders(waiting, shown, moment),
        }
        return jsonify(answer), 200, head

    @expose("/read", methods=["POST"])
    @access("use")
    def read(self) -> ResponseReturnValue:
        """Mark as read: the one named by `id`, or all up to now."""
        session = db()
        text = request.form.get("id", "")
        ids = None if not text else {int(text) if text.isdecimal() and len(text) < 10 else 0}
        count = bell.mark_read(session, now(), ids)
        session.commit()
        if wants_json():
            return jsonify({"read": count})
        return self.back("", url_for(".index"))

    @expose("/settings", methods=["GET", "POST"])
    @access("use")
    def settings(self) -> ResponseReturnValue:
        """Show of what the person is told, and keep what they choose."""
        session = db()
        known = records.registry_of(session).notification_kinds
        kinds = {code: str(kind.title) for code, kind in known.items()}
        if request.method == "POST":
            given = {code: request.form.get(code, "screen") for code in kinds}
            try:
                bell.set_settings(session, given)
                session.commit()
            except Invalid as error:
                session.rollback()
                return self._settings(kinds, given, error.errors)
            return self.back(gettext("Saved."), url_for(".settings"))
        return self._settings(kinds, bell.settings(session), {})

    def _settings(
        self, kinds: dict[str, str], chosen: dict[str, str], errors: dict[str, str]
    ) -> ResponseReturnValue:
        page = self.render(
            "kartoteka/notifications/settings.html", kinds=kinds, chosen=chosen, errors=errors,
            title=gettext("What I am told of"), sends_letters=bell.sends_letters(db()),
            address=current_user.email if has_address(current_user.email) else "",
        )  # fmt: skip
        return page, 400 if errors else 200


def address_of(one: bell.Told) -> str:
    """Return where a notification leads; empty where the reader may open nothing."""
    if one.page:
        return one.page
    if not one.entity or one.record_id is None or not rights.may("show", one.entity):
        return ""
    try:
        if one.count > 1:
            mine = f"owner_id:eq:{actor_of(db()).user_id}"
            return url_for(f"{one.entity}.list", f=mine, sort="-updated_at")
        return url_for(f"{one.entity}.show", pk=one.record_id)
    except BuildError:
        return ""  # the plugin that had such records is switched off


def _told(one: bell.Told, shown: Shown, moment: datetime) -> dict[str, Any]:
    return {
        "key": f"n{one.id}@{int(one.at.timestamp())}", "id": one.id, "icon": one.icon,
        "text": one.text, "when": shown.moment(one.at), "page": address_of(one),
        "ago": int((moment - one.at).total_seconds()),
    }  # fmt: skip


def _reminders(waiting: list[Task], shown: Shown, moment: datetime) -> list[dict[str, Any]]:
    session = db()
    clients = {task.client_id for task in waiting if task.client_id is not None}
    names = records.labels(session, "client", clients)
    return [
        {
            "id": task.id,
            "title": task.title,
            "when": shown.moment(task.due_at),
            "key": _key(task),
            "ago": int((moment - (task.remind_at or task.due_at)).total_seconds()),
            "client": names.get(task.client_id or 0, ""),
            "href": (
                url_for("client.show", pk=task.client_id)
                if task.client_id in names
                else url_for("task.show", pk=task.id)
            ),
            "page": url_for("task.show", pk=task.id),
            "done": url_for("TasksView.done", pk=task.id),
            "follow": url_for("TasksView.follow", pk=task.id),
            "postpone": url_for("TasksView.postpone", pk=task.id),
        }
        for task in waiting
    ]


def _seconds_until(coming: datetime | None, moment: datetime) -> str:
    """Return whole seconds, rounded up: who comes before the moment finds nothing."""
    return "" if coming is None else str(max(1, ceil((coming - moment).total_seconds())))


def _key(task: Task) -> str:
    """Tell a reminder from the one before it was put off, so that it is told again."""
    moment: datetime = task.remind_at or task.due_at
    return f"{task.id}@{int(moment.timestamp())}"


__all__ = ["NotificationsView", "address_of"]
