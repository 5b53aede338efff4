"""What is kept of a person: a file of all of it, and its erasure on demand."""

from __future__ import annotations

import json

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.errors import NotAllowed, Refused
from kartoteka.i18n import _, gettext
from kartoteka.models import Contact
from kartoteka.screens import rights
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.services import records
from kartoteka.services.personal_data import ERASE, collected, erase
from kartoteka.services.records import registry_of


class PersonalDataView(PageView):
    """The personal data of one contact."""

    route_base = "/personal-data"
    title = _("Personal data")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Offer the file and the erasure (`?ids=5`)."""
        return self._page(_asked(db(), request.args.get("ids", "")))

    @expose("/<int:pk>/file")
    @access("use")
    def file(self, pk: int) -> ResponseReturnValue:
        """Answer everything that is kept of a person as a file."""
        session = db()
        contact = _asked(session, str(pk))
        text = json.dumps(collected(session, contact), ensure_ascii=False, indent=1, default=str)
        answer = Response(text, mimetype="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="contact-{pk}.json"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/<int:pk>/erase", methods=["POST"])
    @access("use")
    def erase(self, pk: int) -> ResponseReturnValue:
        """Erase what is kept of a person; the number typed again says that it is meant."""
        session = db()
        contact = _asked(session, str(pk))
        if request.form.get("again", "").strip() != str(pk):
            words = gettext("Type the number of the contact to confirm.")
            return self._page(contact, words), 400
        try:
            erase(session, contact)
            session.commit()
        except Refused as error:
            session.rollback()
            return self._page(_asked(session, str(pk)), str(error)), 400
        words = gettext("The personal data are erased. The history says who did it and when.")
        return self.back(words, url_for("contact.show", pk=pk))

    def _page(self, contact: Contact, error: str = "") -> str:
        return self.render("kartoteka/personal_data/index.html", record=contact, error=error)


def _asked(session: Session, text: str) -> Contact:
    if not rights.holds(ERASE):
        raise NotAllowed(gettext("You have no right to this page."))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return records.get(session, registry_of(session).entity("contact"), number)


__all__ = ["PersonalDataView"]
