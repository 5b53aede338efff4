"""What each person chooses for themselves: the language, kept for later visits."""

from __future__ import annotations

from flask import g, request, session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from kartoteka.config import LANGUAGES
from kartoteka.errors import Rejected
from kartoteka.i18n import gettext
from kartoteka.models.people import Staff
from kartoteka.screens.language import KEY
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import actor, db, reading

#: Whose language the cookie holds, so that the next person on this machine gets their own.
LANGUAGE_OF = "kartoteka.language_of"


class PreferencesView(PageView):
    """Change the own preferences."""

    route_base = "/preferences"
    for_everybody = True
    default_view = "language"

    @expose("/language", methods=["POST"])
    @access("change")
    def language(self) -> ResponseReturnValue:
        """Change the language, for this and for later visits."""
        wanted = request.form.get("language", "")
        if wanted not in LANGUAGES:
            raise Rejected(gettext("Choose one of the languages offered."))
        session = db()
        person = actor().user_id
        staff = session.get(Staff, person)
        if staff is None:
            session.add(Staff(id=person, language=wanted))
        else:
            staff.language = wanted
        session.commit()
        cookie[KEY] = wanted
        refresh()
        return self.back()


def speak_their_language() -> None:
    """Take over the language the person chose on an earlier visit, once after they logged in."""
    person = actor().user_id
    if cookie.get(LANGUAGE_OF) != person:
        cookie[LANGUAGE_OF] = person
        staff = db().get(Staff, person)
        if staff is not None and staff.language in LANGUAGES:
            cookie[KEY] = staff.language
            refresh()
            g.pop("kartoteka_reading", None)
            db().info["reading"] = reading()


__all__ = ["PreferencesView", "speak_their_language"]
