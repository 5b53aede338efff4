"""Screens of saved views: save what a list shows, rename, share, delete, choose a default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kartoteka.app import kartoteka
from kartoteka.criteria.tree import Tree
from kartoteka.errors import Invalid, NotAllowed
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.models.people import Department
from kartoteka.models.view import SHARED, SavedView
from kartoteka.screens import list_address, rights, view_tabs
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.page_view import access, expose
from kartoteka.screens.requests import db
from kartoteka.services import criteria, views
from kartoteka.services.records import labels
from kartoteka.services.views import Sharing, Wish

MOST_DEPARTMENTS = 500


class SavedViewView(EntityView):
    """Views: everybody keeps their own, uses what is shared with them; the director changes all."""

    entity_code = "saved_view"
    show_template = "kartoteka/saved_view/show.html"

    def show_context(self, session: Session, record: SavedView) -> Mapping[str, Any]:
        """Return the criteria in words, what is broken, and what the person may do."""
        entity = kartoteka().registry.entities.get(record.entity)
        broken = views.problems(session, record)
        is_unreadable = entity is None or len(broken) > len(views.lacking(session, entity, record))
        words = ""
        if entity is not None and record.criteria:
            try:
                tree = views.tree_of(record)
                words = criteria.words(session, entity, tree) if tree is not None else ""
            except Invalid:
                words = ""
        owner = labels(session, User.__tablename__, {record.owner_id or 0})
        may_list = entity is not None and rights.may("list", entity)
        return {
            "words": words, "broken": broken, "is_unreadable": is_unreadable,
            "is_mine": views.may_change(session, record),
            "opens": url_for(f"{record.entity}.list", view=record.id) if may_list else "",
            "list_title": entity.plural if entity is not None else record.entity,
            "owner": owner.get(record.owner_id or 0, ""), "shared_words": _shared(session, record),
        }  # fmt: skip

    @expose("/save", methods=["POST"])
    @access("list")
    def save(self) -> ResponseReturnValue:
        """Keep what a list shows as a new view, or let the view in force show it."""
        session = db()
        entity = self._list_of(request.form.get("entity", ""))
        asked = self._shown(session, entity)
        wish = Wish(
            criteria=_sent(session, entity) or (asked.whole if asked.whole.parts else None),
            columns=[name for name in request.form.get("shown", "").split(".") if name],
            order=request.form.get("order", ""),
            search=asked.search,
        )
        to = url_for(f"{entity.code}.list")
        try:
            if request.form.get("over") == "1" and asked.in_force is not None:
                view = views.get(session, int(asked.in_force.code))
                views.change(session, view, wish)
            else:
                view = views.create(session, entity, request.form.get("name", ""), wish)
            if request.form.get("default") == "1":
                views.set_default(session, entity, view)
            session.commit()
        except Invalid as error:
            session.rollback()
            return self.back(" ".join(error.errors.values()), to, "danger")
        message = gettext("The view “%(name)s” is saved.", name=view.name)
        if view.shared_with == "nobody":
            message += " " + gettext("Only you see it; its page shares it.")
        return self._opened(entity, view, message)

    @expose("/default", methods=["POST"])
    @access("list")
    def default(self) -> ResponseReturnValue:
        """Open a list with this view from now on; without a view, as it is."""
        session = db()
        entity = self._list_of(request.form.get("entity", ""))
        wanted = request.form.get("view", "")
        view = views.get(session, int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else None
        views.set_default(session, entity, view)
        session.commit()
        if view is None:
            return self.back(gettext("The list opens with everything again."))
        return self.back(gettext("The list opens with this view from now on."))

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @access("list")
    def edit(self, pk: int) -> ResponseReturnValue:
        """Rename a view, share it, make it a segment."""
        session = db()
        view = views.get(session, pk)
        if not views.may_change(session, view):
            raise NotAllowed(gettext("Only the owner of a view and the director may change it."))
        if request.method == "GET":
            return self._page(session, view, {})
        form = request.form
        if form.get("version", str(view.version)) != str(view.version):
            return self._page(session, view, {"version": gettext(
                "Somebody changed this view meanwhile; it is called %(name)r now. "
                "Save again to have it as you wrote here.", name=view.name,
            )})  # fmt: skip
        number = form.get("shared_department_id", "")
        sharing = Sharing(
            shared_with=form.get("shared_with", ""),
            role=form.get("shared_role", ""),
            department_id=int(number) if number.isdecimal() and len(number) < 10 else None,
        )
        try:
            views.describe(
                session, view, name=form.get("name", ""), sharing=sharing,
                description=form.get("description", ""), is_segment=form.get("is_segment") == "1",
            )  # fmt: skip
            session.commit()
        except Invalid as error:
            session.rollback()
            return self._page(session, views.get(session, pk), error.errors)
        return self.back(gettext("Saved."), to=url_for("saved_view.show", pk=pk))

    @expose("/delete/<int:pk>")
    @access("list")
    def confirm_delete(self, pk: int) -> ResponseReturnValue:
        """Ask before a view is deleted."""
        session = db()
        view = views.get(session, pk)
        if not views.may_change(session, view):
            raise NotAllowed(gettext("Only the owner of a view and the director may change it."))
        return self.render("kartoteka/delete.html", record=view, label=view.name, going=())

    @expose("/delete/<int:pk>", methods=["POST"])
    @access("list")
    def delete(self, pk: int) -> ResponseReturnValue:
        """Delete a view; for whom it was the default the list opens as it is."""
        session = db()
        view = views.get(session, pk)
        name = view.name
        views.delete(session, view)
        session.commit()
        return self.back(gettext("Deleted: %(name)s.", name=name), url_for("saved_view.list"))

    def _list_of(self, code: str) -> Entity:
        entity = kartoteka().registry.entities.get(code)
        if entity is None or not rights.may("list", entity):
            abort(404)
        return entity

    def _shown(self, session: Session, entity: Entity) -> list_address.Asked:
        """Return what the list asked for from which the form was sent."""
        sent = urlsplit(request.form.get("address", "")).query
        args: MultiDict[str, str] = MultiDict(parse_qsl(sent, keep_blank_values=True))
        asked = list_address.read(entity.code, args)
        asked, _tabs = view_tabs.in_force(session, entity, asked, open_default=False)
        if asked.errors:
            raise Invalid({str(place): text for place, text in enumerate(asked.errors)})
        return asked

    def _opened(self, entity: Entity, view: SavedView, message: str) -> ResponseReturnValue:
        flash(message, "success")
        return redirect(url_for(f"{entity.code}.list", view=view.id))

    def _page(self, session: Session, view: SavedView, errors: dict[str, str]) -> Any:
        departments = session.execute(
            select(Department.id, Department.name).order_by(Department.name).limit(MOST_DEPARTMENTS)
        ).all()
        form = request.form if errors else None
        page = self.render(
            "kartoteka/saved_view/form.html", record=view, errors=errors, title=view.name,
            roles=kartoteka().registry.roles.values(), departments=departments, shared=SHARED,
            typed=form, is_new=False,
        )  # fmt: skip
        return page, 400 if errors else 200


def _sent(session: Session, entity: Entity) -> Tree | None:
    """Return criteria that the builder sends beside the address: they are too long for it."""
    text = request.form.get("criteria", "")
    return criteria.read(session, entity, text) if text else None


def _shared(session: Session, view: SavedView) -> str:
    """Return with whom a view is shared, in words."""
    said = str(SHARED.get(view.shared_with, view.shared_with))
    whom = ""
    if view.shared_with == "role" and view.shared_role:
        role = kartoteka().registry.roles.get(view.shared_role)
        whom = str(role.title) if role is not None else view.shared_role
    elif view.shared_with == "department" and view.shared_department_id:
        names = labels(session, "department", {view.shared_department_id})
        whom = names.get(view.shared_department_id, "")
    return f"{said}: {whom}" if whom else said


__all__ = ["SavedViewView"]
