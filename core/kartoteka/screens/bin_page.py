"""The page of what was deleted: who, what, when; back again, or away for good."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User

from kartoteka.app import kartoteka
from kartoteka.errors import Refused
from kartoteka.i18n import _, gettext
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.screens.shown import shown_in
from kartoteka.services import bin as bin_, records


class BinView(PageView):
    """Deleted records, for whoever sees everything."""

    route_base = "/bin"
    title = _("Bin")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """List what lies in the bin (`?entity=client`)."""
        session, code = db(), request.args.get("entity", "")
        sent = request.args.get("page", "")
        page = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 6 else 0
        total, found = bin_.listed(session, code, page)
        people = {one.user_id for one in found if one.user_id is not None}
        return self.render(
            "kartoteka/bin/index.html", found=found, total=total, page=page, code=code,
            has_more=total > (page + 1) * bin_.SIZE, shown=shown_in(session),
            people=records.labels(session, User.__tablename__, people),
            entities=kartoteka().registry.entities, days=kartoteka().config.bin_days,
        )  # fmt: skip

    @expose("/restore/<int:number>", methods=["POST"])
    @access("use")
    def restore(self, number: int) -> ResponseReturnValue:
        """Bring a record back."""
        session = db()
        try:
            done = bin_.restore(session, bin_.get(session, number))
            session.commit()
        except Refused as error:
            session.rollback()
            return self.back(str(error), url_for(".index"), "danger")
        for sentence in done.stays:
            flash(sentence, "warning")
        to = url_for(f"{done.entity.code}.show", pk=done.record_id)
        return self.back(gettext("Restored."), to)

    @expose("/forget/<int:number>", methods=["POST"])
    @access("use")
    def forget(self, number: int) -> ResponseReturnValue:
        """Delete for good."""
        session = db()
        try:
            bin_.forget(session, bin_.get(session, number))
            session.commit()
        except Refused as error:
            session.rollback()
            return self.back(str(error), url_for(".index"), "danger")
        return self.back(gettext("Deleted for good."), url_for(".index"))


__all__ = ["BinView"]
