"""The page of pairs of clients that may be one, for heads."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User

from kartoteka.builtin.duplicates import FIND
from kartoteka.errors import Refused
from kartoteka.i18n import _, gettext
from kartoteka.screens import likeness, rights
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.screens.shown import shown_in
from kartoteka.services import duplicates, records

TABS = ("open", "different", "merged")


class DuplicatesView(PageView):
    """Pairs that wait for a decision, those told apart, those that were merged."""

    route_base = "/duplicates"
    title = _("Duplicates")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show one of the lists (`?state=open`, `different` or `merged`)."""
        session = db()
        state = request.args.get("state", "open")
        state = state if state in TABS else "open"
        sent = request.args.get("page", "")
        page = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 6 else 0
        if state == "merged":
            total, merges = duplicates.merged(session, page)
            found: list[duplicates.FoundPair] = []
            people = {one.user_id for one, _name in merges}
        else:
            total, found = duplicates.pairs(
                session, "different" if state == "different" else "open", page
            )
            merges = []
            people = {owner for one in found for owner in one.owners}
            people |= {one.decided_by_id for one in found}
        names = records.labels(session, User.__tablename__, {one for one in people if one})
        return self.render(
            "kartoteka/duplicates/index.html", state=state, pairs=found, merges=merges,
            total=total, page=page, has_more=total > (page + 1) * duplicates.SIZE, people=names,
            in_words=likeness.in_words, shown=shown_in(session),
            may_merge=rights.may("edit", "client"),
        )  # fmt: skip

    @expose("/find", methods=["POST"])
    @access("use")
    def find(self) -> ResponseReturnValue:
        """Look through the base again."""
        return self.run_job(FIND)

    @expose("/decide", methods=["POST"])
    @access("use")
    def decide(self) -> ResponseReturnValue:
        """Write down that two clients are different, or take that back."""
        session, sent = db(), request.form
        numbers = [sent.get(name, "") for name in ("first", "second")]
        if not all(one.isascii() and one.isdecimal() and len(one) < 10 for one in numbers):
            return self.back(to=url_for(".index"))
        is_apart = sent.get("state") != "open"
        try:
            duplicates.say_different(
                session, int(numbers[0]), int(numbers[1]), "different" if is_apart else "open"
            )
            session.commit()
        except Refused as error:
            session.rollback()
            return self.back(str(error), url_for(".index"), "danger")
        words = (
            gettext("Written down: these are different. They are not shown again.")
            if is_apart
            else gettext("They stand among those that may be one again.")
        )
        return self.back(words, url_for(".index"))


__all__ = ["DuplicatesView"]
