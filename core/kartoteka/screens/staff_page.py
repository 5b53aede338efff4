"""Pages on which the director manages accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from kartoteka.access.people import ADMIN
from kartoteka.app import kartoteka
from kartoteka.config import LANGUAGES
from kartoteka.errors import Invalid, NotAllowed, Refused
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.models.people import Department
from kartoteka.screens import staff_history
from kartoteka.screens.account_page import time_zones
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import actor, db
from kartoteka.services import staff


class StaffView(PageView):
    """Who works here: roles, departments, superiors, passwords."""

    route_base = "/staff"
    title = _("Staff")

    @expose("/")
    @access("manage")
    def index(self) -> ResponseReturnValue:
        """Show everybody."""
        return self.render(
            "kartoteka/staff/index.html",
            people=staff.everybody(db()),
            admin=ADMIN,
            roles={**self._role_titles(), ADMIN: gettext("Administrator")},
        )

    @expose("/add", methods=["GET", "POST"])
    @access("manage")
    def add(self) -> ResponseReturnValue:
        """Add a colleague."""
        if request.method == "GET":
            return self._form(None, {"roles": ["manager"]}, {})
        session, form = db(), request.form
        try:
            user = staff.add_person(
                session, form.get("username", "").strip(), form.get("password", ""), _person()
            )
            session.commit()
        except (Invalid, NotAllowed) as error:
            session.rollback()
            return self._form(None, _typed(), _errors(error))
        name = user.get_full_name()
        return self.back(gettext("%(name)s can log in now.", name=name), url_for(".index"))

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @access("manage")
    def edit(self, pk: int) -> ResponseReturnValue:
        """Change who a colleague is."""
        session = db()
        one = self._one(pk)
        if request.method == "GET":
            user = session.get_one(User, pk)
            values = {
                "first_name": user.first_name, "last_name": user.last_name,
                "email": "" if (one.email or "").endswith("@localhost.invalid") else one.email,
                "roles": one.roles, "department_id": one.department_id or "",
                "superior_id": one.superior_id or "", "extension": one.extension,
                "language": one.language, "time_zone": one.time_zone,
            }  # fmt: skip
            return self._form(one, values, {})
        try:
            moved = staff.change_person(session, pk, _person())
            session.commit()
        except (Invalid, NotAllowed) as error:
            session.rollback()
            return self._form(one, _typed(), _errors(error))
        message = gettext("Saved.")
        if moved:
            message += " " + ngettext(
                "%(num)s record moved to the new department.",
                "%(num)s records moved to the new department.",
                moved,
            )
        return self.back(message, url_for(".index"))

    @expose("/password/<int:pk>", methods=["GET", "POST"])
    @access("manage")
    def password(self, pk: int) -> ResponseReturnValue:
        """Give a colleague a new password; the own one is changed on the own account."""
        one = self._one(pk)
        errors: dict[str, str] = {}
        if request.method == "POST":
            session = db()
            try:
                staff.set_password(
                    session, pk, request.form.get("password", ""), request.form.get("old")
                )
                session.commit()
            except (Invalid, NotAllowed) as error:
                session.rollback()
                errors = _errors(error)
            else:
                return self.back(
                    gettext("%(name)s has a new password and is logged out.", name=one.name),
                    url_for(".index"),
                )
        page = self.render(
            "kartoteka/staff/password.html", one=one, errors=errors,
            is_me=actor().user_id == pk, title=gettext("Password of %(name)s", name=one.name),
        )  # fmt: skip
        return page, 400 if errors else 200

    @expose("/leave/<int:pk>", methods=["GET", "POST"])
    @access("manage")
    def leave(self, pk: int) -> ResponseReturnValue:
        """Ask before a colleague is shut out, offering a handover; a POST does it."""
        one = self._one(pk)
        if request.method == "GET":
            return self.render(
                "kartoteka/staff/leave.html", one=one,
                title=gettext("Deactivate %(name)s?", name=one.name),
            )  # fmt: skip
        return self._set_active(one, active=False)

    @expose("/return/<int:pk>", methods=["POST"])
    @access("manage")
    def come_back(self, pk: int) -> ResponseReturnValue:
        """Let a colleague in again."""
        return self._set_active(self._one(pk), active=True)

    def _set_active(self, one: staff.Colleague, active: bool) -> Any:
        session = db()
        try:
            staff.set_active(session, one.id, active)
            session.commit()
        except Refused as error:
            session.rollback()
            return self.back(str(error), url_for(".index"), "danger")
        message = (
            gettext("%(name)s can log in again.", name=one.name)
            if active
            else gettext("%(name)s can not log in any more.", name=one.name)
        )
        return self.back(message, url_for(".index"))

    def _one(self, pk: int) -> staff.Colleague:
        found = [one for one in staff.everybody(db()) if one.id == pk]
        if not found:
            raise NotAllowed(gettext("There is no such account."))
        return found[0]

    def _form(
        self, one: staff.Colleague | None, values: Mapping[str, Any], errors: Mapping[str, str]
    ) -> ResponseReturnValue:
        session = db()
        people = [
            other for other in staff.everybody(session)
            if other.active and (one is None or other.id != one.id)
        ]  # fmt: skip
        page = self.render(
            "kartoteka/staff/form.html",
            one=one, values=values, errors=errors, people=people, roles=self._role_titles(),
            departments=session.execute(
                select(Department.id, Department.name).order_by(Department.name)
            ).all(),
            languages=LANGUAGES, zones=time_zones(), firm_zone=kartoteka().config.time_zone,
            title=one.name if one else gettext("New colleague"),
            history=staff_history.history(session, one.id) if one else [],
        )  # fmt: skip
        return page, 400 if errors else 200

    def _role_titles(self) -> dict[str, str]:
        titles = {code: str(role.title) for code, role in kartoteka().registry.roles.items()}
        if ADMIN in actor().roles:
            titles[ADMIN] = gettext("Administrator")
        return titles


def _person() -> staff.Person:
    form = request.form
    return staff.Person(
        first_name=form.get("first_name", "").strip()[:64],
        last_name=form.get("last_name", "").strip()[:64],
        email=form.get("email", "").strip(),
        roles=form.getlist("roles"),
        department_id=_number("department_id"),
        superior_id=_number("superior_id"),
        extension=form.get("extension", "").strip(),
        language=form.get("language") or None,
        time_zone=form.get("time_zone") or None,
    )


def _number(name: str) -> int | None:
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _typed() -> dict[str, Any]:
    return {**request.form.to_dict(), "roles": request.form.getlist("roles")}


def _errors(error: Refused) -> dict[str, str]:
    return error.errors if isinstance(error, Invalid) else {"": str(error)}


__all__ = ["StaffView"]
