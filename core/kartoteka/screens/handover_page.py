"""The page on which clients are handed over to another manager."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User

from kartoteka.errors import Invalid, Refused, Rejected
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import handover_plan, records
from kartoteka.services.handover import hand_over

MOST_NOTE = 500


class HandoverView(PageView):
    """Give clients to another manager with everything that belongs to them."""

    route_base = "/handover"
    title = _("Hand over")

    @expose("/", methods=["GET", "POST"])
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Ask who takes the clients, and hand them over.

        `?ids=1,2,3`: these clients; `?from_user=5`: all clients of a person.
        """
        if request.method == "GET":
            return self._form()
        session = db()
        taker, note = request.form.get("owner_id", ""), request.form.get("note", "")
        try:
            if not taker.isdecimal():
                raise Rejected(gettext("Choose who takes the clients."), "owner_id")
            plan = handover_plan.plan(session, *_asked())
            moved = hand_over(session, plan.client_ids, int(taker), note.strip()[:MOST_NOTE])
            session.commit()
        except Refused as error:
            session.rollback()
            return self._form(str(error) if not isinstance(error, Invalid) else "", taker, note)
        name = records.labels(session, User.__tablename__, {int(taker)}).get(int(taker), "")
        return self.back(
            ngettext(
                "%(num)s client was handed over to %(name)s with deals, tasks and history.",
                "%(num)s clients were handed over to %(name)s with deals, tasks and history.",
                moved, name=name,
            ),
            url_for("client.list"),
        )  # fmt: skip

    def _form(self, error: str = "", taker: str = "", note: str = "") -> ResponseReturnValue:
        session = db()
        ids, from_user = _asked()
        plan = handover_plan.plan(session, ids, from_user)
        people = {from_user} if from_user else set[int]()
        page = self.render(
            "kartoteka/handover/index.html",
            plan=plan,
            more=len(plan.client_ids) - len(plan.names),
            takers=[one for one in handover_plan.takers(session) if one.id != from_user],
            ids=",".join(map(str, ids)),
            from_user=from_user or "",
            from_name=records.labels(session, User.__tablename__, people).get(from_user or 0, ""),
            error=error,
            taker=taker,
            note=note,
        )
        return page, 400 if error else 200


def _asked() -> tuple[list[int], int | None]:
    """Return the clients asked for, and the person whose clients are asked for.

    Raises:
        Rejected: an empty selection.
    """
    ids = [
        int(text)
        for part in request.values.getlist("ids")
        for text in part.split(",")
        if text.isdecimal() and len(text) < 10
    ]
    person = request.values.get("from_user", "")
    from_user = int(person) if person.isdecimal() and len(person) < 10 else None
    if not ids and from_user is None and "ids" in request.values:
        raise Rejected(gettext("Choose rows first."))
    return ids, from_user


__all__ = ["HandoverView"]
