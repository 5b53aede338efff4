"""The page on which curators give new requests from sites to managers."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from kartoteka.errors import Rejected
from kartoteka.fields.types import now
from kartoteka.i18n import _, gettext
from kartoteka.screens.client_marks import client_marks
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.screens.shown import shown_in
from kartoteka.services import intake_assigning, records


class RequestsView(PageView):
    """Requests that came from web sites and have no manager yet, the longest waiting first."""

    route_base = "/requests"
    title = _("New requests")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show what waits, each with a button that gives it away."""
        session = db()
        found = intake_assigning.waiting(session)
        return self.render(
            "kartoteka/intake/requests.html",
            found=found,
            takers=intake_assigning.candidates(session, now()) if found.rows else [],
            marks=client_marks(session, {one.client_id for one in found.rows}),
            shown=shown_in(session),
        )

    @expose("/assign/<int:pk>", methods=["POST"])
    @access("use")
    def assign(self, pk: int) -> ResponseReturnValue:
        """Give a request to a manager."""
        session = db()
        text = request.form.get("owner_id", "")
        owner_id = int(text) if text.isdecimal() and len(text) < 10 else 0
        try:
            client_id = intake_assigning.assign(session, pk, owner_id)
            session.commit()
        except Rejected as error:
            session.rollback()
            return self.back(str(error), url_for(".index"), "warning")
        client = records.labels(session, "client", {client_id}).get(client_id, "")
        taker = records.labels(session, "ab_user", {owner_id}).get(owner_id, "")
        message = gettext("%(client)s is given to %(name)s.", client=client, name=taker)
        return self.back(message, url_for(".index"))


__all__ = ["RequestsView"]
