"""The acts of REST that are more than a change of fields: deals, handovers, jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, cast

from flask import Response, request, send_file
from flask_appbuilder.api import expose

from kartoteka.errors import EditConflict, Invalid
from kartoteka.fields.kinds import MAX_INTEGER
from kartoteka.fields.types import now
from kartoteka.i18n import Text, _, gettext
from kartoteka.rest import bodies
from kartoteka.rest.answers import BadRequest, NotFound, answer, guarded
from kartoteka.rest.entity_api import EntityApi, taken_version
from kartoteka.screens import requests
from kartoteka.screens.job_page import result_path
from kartoteka.services import bell, deals, handover, jobs, likeness, records, tasks

MOST_CLIENTS = 1000
MOST_NOTE = 500
_MOVE = _("Moving the deal writes this: POST /api/v1/deal/<id>/move.")


class DealApi(EntityApi):
    """Deals: their stage changes by an act, so that the rules of the pipeline are asked."""

    by_act: ClassVar[Mapping[str, Text]] = dict.fromkeys(
        ("stage", "lost_reason_id", "lost_note", "recheck_on"), _MOVE
    )

    @expose("/<record_id>/move", methods=("POST",))
    @guarded("edit")
    def move(self, record_id: str) -> Response:
        """Move a deal to a stage of its pipeline."""
        session = requests.db()
        deal = self.record(record_id)
        body = bodies.json_object()
        version = taken_version(body)
        errors: dict[str, str] = {}
        bodies.refuse_unknown(
            body, {"stage", "lost_reason_id", "recheck_on", "note", "values"}, errors
        )
        stage = bodies.text(body, "stage", errors, 60, required=True)
        reason = bodies.number(body, "lost_reason_id", errors)
        note = bodies.text(body, "note", errors, MOST_NOTE)
        recheck_on = _day(body.get("recheck_on"), errors)
        raw: Any = {} if body.get("values") is None else body["values"]
        if not isinstance(raw, dict):
            errors["values"] = gettext("Give an object of fields.")
        if reason is not None and not records.labels(session, "lost_reason", {reason}):
            errors["lost_reason_id"] = gettext("There is no such reason.")
        if errors:
            raise Invalid(errors)
        values = self.values(cast("dict[str, Any]", raw), new=False)
        if version is not None and version != deal.version:
            raise EditConflict((), deal.version)
        values = records.read_values(session, self.entity, values)
        deals.move_deal(
            session, deal, stage, lost_reason_id=reason, recheck_on=recheck_on, note=note,
            values=values,
        )  # fmt: skip
        return self.saved(200, deal)


class TaskApi(EntityApi):
    """Tasks: they are finished by an act, which may plan the next one."""

    by_act: ClassVar[Mapping[str, Text]] = dict.fromkeys(
        ("done_at",), _("Finishing the task writes this: POST /api/v1/task/<id>/done.")
    )

    @expose("/<record_id>/done", methods=("POST",))
    @guarded("edit")
    def done(self, record_id: str) -> Response:
        """Finish a task, and plan the next one in the same breath."""
        session = requests.db()
        task = self.record(record_id)
        body = bodies.json_object()
        errors: dict[str, str] = {}
        bodies.refuse_unknown(body, {"result", "follow_up"}, errors)
        result = bodies.text(body, "result", errors, MOST_NOTE)
        follow_up = bodies.text(body, "follow_up", errors, MOST_NOTE)
        if errors:
            raise Invalid(errors)
        tasks.done(session, task, now=now(), result=result, follow_up=follow_up)
        return self.saved(200, task)


class ClientApi(EntityApi):
    """Clients: heads give them to another manager with all that belongs to them."""

    def more_of_new(self, record: Any) -> Mapping[str, Any]:
        """Name the clients the new one may be; it is created all the same."""
        session = requests.db()
        names = records.visible_fields(session, self.entity)
        values = {n: f.kind.plain(getattr(record, n)) for n, f in names.items() if not f.readonly}
        strong = [
            {
                "client_id": one.client_id, "name": one.name, "owner_id": one.owner_id,
                "score": round(one.score, 3), "same": one.same, "similar": one.similar,
            }
            for one in likeness.clients_like(session, values, own_id=record.id)
            if likeness.is_strong(one)
        ]  # fmt: skip
        return {"possible_duplicates": strong} if strong else {}

    @expose("/handover", methods=("POST",))
    @guarded("edit")
    def handover(self) -> Response:
        """Hand clients over to another manager."""
        session = requests.db()
        body = bodies.json_object()
        errors: dict[str, str] = {}
        bodies.refuse_unknown(body, {"client_ids", "owner_id", "note"}, errors)
        ids = _ids(body.get("client_ids"), errors)
        owner_id = bodies.number(body, "owner_id", errors, required=True)
        note = bodies.text(body, "note", errors, MOST_NOTE)
        if errors or owner_id is None:
            raise Invalid(errors)
        moved = handover.hand_over(session, ids, owner_id, note)
        session.commit()
        return answer(200, {"moved": moved})


class JobApi(EntityApi):
    """Long work: its start, how far it is, its result, its end."""

    @expose("/start", methods=("POST",))
    @guarded("list")
    def start(self) -> Response:
        """Start a job that the person may start, with its arguments."""
        session = requests.db()
        body = bodies.json_object()
        errors: dict[str, str] = {}
        bodies.refuse_unknown(body, {"kind", "arguments"}, errors)
        kind = bodies.text(body, "kind", errors, 60, required=True)
        given: Any = {} if body.get("arguments") is None else body["arguments"]
        if not isinstance(given, dict):
            errors["arguments"] = gettext("Give an object.")
        elif not bodies.keepable(given):
            errors["arguments"] = gettext("The text has a character that can not be kept.")
        if errors:
            raise Invalid(errors)
        # Jobs take what JSON has; the exact decimals of a body are for amounts.
        plain = json.loads(json.dumps(given, default=float))
        return self.saved(202, jobs.start_job(session, kind, plain))

    @expose("/<record_id>/cancel", methods=("POST",))
    @guarded("show")
    def cancel(self, record_id: str) -> Response:
        """Ask a job to end; one that runs ends after the part it is at."""
        session = requests.db()
        job = self.record(record_id)
        jobs.cancel_job(session, job.id)
        return self.saved(200, job)

    @expose("/<record_id>/result", methods=("GET",))
    @guarded("show")
    def result(self, record_id: str) -> Response:
        """Answer the file a job made."""
        path = result_path(self.record(record_id))
        if path is None:
            raise NotFound(gettext("There is no file, or it is no longer kept."))
        response = send_file(path, as_attachment=True, download_name=path.name)
        response.headers["Cache-Control"] = "no-store"
        return response


class NotificationApi(EntityApi):
    """Notifications: programs read the own ones in words, and mark them as read."""

    @expose("/mine", methods=("GET",))
    @guarded("list")
    def mine(self) -> Response:
        """Answer the own notifications in the language of who asks, the newest first."""
        session = requests.db()
        before = request.args.get("before", "")
        if before and not (before.isdecimal() and len(before) < 10):
            raise BadRequest(gettext("Give a number."), {"before": gettext("Give a number.")})
        found = bell.told(
            session, unread=request.args.get("unread") == "1",
            before=int(before) if before else None, most=bell.PAGE,
        )  # fmt: skip
        rows = [
            {
                "id": one.id, "kind": one.kind, "text": one.text, "at": one.at.isoformat(),
                "read": one.is_read, "entity": one.entity, "record_id": one.record_id,
                "count": one.count,
            }
            for one in found
        ]  # fmt: skip
        unread = bell.pulse(session, now(), with_tasks=False).unread
        return answer(200, {"unread": unread, "result": rows})

    @expose("/read", methods=("POST",))
    @guarded("list")
    def read(self) -> Response:
        """Mark own notifications as read: those of `ids`, or all."""
        session = requests.db()
        body = bodies.json_object()
        errors: dict[str, str] = {}
        bodies.refuse_unknown(body, {"ids"}, errors)
        ids: set[int] | None = None
        if body.get("ids") is not None:
            ids = set(_ids(body["ids"], errors, "ids"))
        if errors:
            raise Invalid(errors)
        count = bell.mark_read(session, now(), ids)
        session.commit()
        return answer(200, {"read": count})


def _ids(raw: Any, errors: dict[str, str], name: str = "client_ids") -> list[int]:
    ids: list[Any] = cast("list[Any]", raw) if isinstance(raw, list) else []
    whole = all(
        isinstance(one, int) and not isinstance(one, bool) and 0 < one <= MAX_INTEGER for one in ids
    )
    if not ids or len(ids) > MOST_CLIENTS or not whole:
        errors[name] = gettext("Give 1 to %(most)s numbers.", most=MOST_CLIENTS)
    return ids


def _day(raw: Any, errors: dict[str, str]) -> date | None:
    if raw is None:
        return None
    try:
        if isinstance(raw, str) and len(raw) == 10:
            return date.fromisoformat(raw)
    except ValueError:
        pass
    errors["recheck_on"] = gettext("Give a date such as 2026-12-31.")
    return None
