"""Screens of one kind of record, generated from the registry: list, card, forms, actions.

For every entity `register` makes a subclass with its entity; nothing is changed afterwards.
Addresses (`url_for("client.show", pk=5)`; the endpoint is the entity's code):

    /client/list/          list      ?q= quick search, ?f=field:operator:value (repeat), ?sort=-name
    /client/show/5         show
    /client/add            add       ?client_id=5 presets a field, ?next=/client/show/5 the way back
    /client/edit/5         edit
    /client/delete/5       delete    GET asks, POST deletes
    /client/panel/5/<code> fragment: a block the page does not wait for
    /client/preview/5      fragment for the drawer of a list
    /client/criteria       JSON for the builder of criteria; /client/criteria/check
    /client/lookup?q=      JSON for related drop-downs: [{"id", "text"}]
    /client/action/<code>  POST ids=… (hook `actions()`)
    /client/export         and further pages over a list: see `list_pages`

Permissions `can_list`, `can_show`, `can_add`, `can_edit`, `can_delete` stand under the entity's
code in camel case (`client_source` → `ClientSource`).

To give one entity a page of its own, subclass and announce it by the hook `views()`; it takes the
place of the generated one::

    class ClientView(EntityView):
        entity_code = "client"
        show_template = "mine/client.html"          # extends kartoteka/show.html or layout.html
        own_children = ("deal", "activity")         # child lists this page shows in its own way

        def show_context(self, session, record):    # more for the template
            return {"timeline": ...}

        @expose("/board")
        @access("list")
        def board(self): ...

`show.html` gets: entity, record, label, blocks, children, panels, history, actions, may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from flask import abort, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.app import kartoteka
from kartoteka.errors import EditConflict, Invalid, Merged, NotAllowed, Refused, Rejected
from kartoteka.history.log import last_label
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.screens import (
    builder,
    conflict,
    filters,
    forms,
    holders,
    list_address,
    lists,
    lookup,
    record_page,
    removal,
    rights,
    view_tabs,
)
from kartoteka.screens.cells import Cell, label_of
from kartoteka.screens.list_pages import ListPages
from kartoteka.screens.page_view import access, expose, way_back
from kartoteka.screens.requests import db
from kartoteka.services import records
from kartoteka.services.records import visible_fields

PREVIEW_HISTORY = 5
MOST_SELECTED = 1000


class EntityView(ListPages):
    """List, card and forms of one entity.

    Attributes:
        entity_code: set by a subclass that takes the place of the generated view.
        entity: the entity; set when an application is made.
        own_children: entities that the page shows in its own way, not as a child list.
    """

    entity: ClassVar[Entity]
    entity_code: ClassVar[str] = ""
    default_view = "list"
    own_children: ClassVar[Sequence[str]] = ()
    list_template = "kartoteka/list.html"
    show_template = "kartoteka/show.html"
    form_template = "kartoteka/form.html"
    preview_template = "kartoteka/preview.html"

    def show_context(self, session: Session, record: Any) -> Mapping[str, Any]:
        """Return more for the template of the card."""
        return {}

    def preview_context(self, session: Session, record: Any) -> Mapping[str, Any]:
        """Return more for the template of the preview."""
        return {}

    def beneath(self, session: Session, rows: Sequence[Any]) -> Mapping[int, Sequence[Cell]]:
        """Return lines for under the names of a list, by id; asked once for the page."""
        return {}

    def form_context(self, session: Session, record: Any | None) -> Mapping[str, Any]:
        """Return more for the template of the form; `record` is None for a new one."""
        return {}

    def further_inputs(
        self, session: Session, record: Any | None, errors: Mapping[str, str]
    ) -> Sequence[forms.Input]:
        """Return what the form asks beside the fields of the record; its template places them."""
        return ()

    def create(self, session: Session, texts: Mapping[str, str]) -> Any:
        """Create a record from what was typed in the form; a page with a larger form says how."""
        values = forms.without_lone_currency(session, self.entity, texts)
        return records.create(session, self.entity, values)

    def may(self, act: Any) -> bool:
        """Say whether the person may do something with records of this kind."""
        addable = act != "add" or self.entity.addable
        return addable and rights.may(act, self.entity)

    def render(self, template: str, **context: Any) -> str:
        """Return a page; the template also gets `entity` and `may`."""
        entity = self.entity
        return super().render(
            template, **{"entity": entity, "may": self.may, "title": entity.plural, **context}
        )

    def asked(self, session: Session) -> tuple[list_address.Asked, view_tabs.Tabs]:
        """Return what the address of the list asks for, with the view it names; and the tabs."""
        asked = list_address.read(self.entity.code, request.args)
        return view_tabs.in_force(session, self.entity, asked, open_default=not request.args)

    # Reading

    @expose("/list/")
    @access("list")
    def list(self) -> ResponseReturnValue:
        """Show a page of the list."""
        session = db()
        asked, tabs = self.asked(session)
        actions = record_page.actions_for(session, self.entity)
        found = lists.listing(session, self.entity, asked, self.chosen(), actions, self.beneath)
        page = self.render(self.list_template, listing=found, tabs=tabs)
        return page, 400 if found.errors else 200

    @expose("/columns", methods=["POST"])
    @access("list")
    def columns(self) -> ResponseReturnValue:
        """Remember which columns the person wants, in a cookie of this list alone."""
        fields = visible_fields(db(), self.entity)
        chosen = [name for name in request.form.getlist("column") if name in fields]
        if request.form.get("view", "0") != "0":
            # A view has columns of its own; the address says what differs.
            place, _sep, rest = way_back(url_for(f"{self.entity.code}.list")).partition("?")
            pairs = [pair for pair in parse_qsl(rest, keep_blank_values=True) if pair[0] != "cols"]
            return redirect(f"{place}?{urlencode([*pairs, ('cols', '.'.join(chosen))])}")
        answer = make_response(self.back(to=url_for(f"{self.entity.code}.list")))
        answer.set_cookie(
            f"columns_{self.entity.code}", ".".join(chosen), path=f"/{self.entity.code}/",
            max_age=400 * 24 * 3600, httponly=True, samesite="Lax",
            secure=kartoteka().config.https_only,
        )  # fmt: skip
        return answer

    @expose("/filter")
    @access("list")
    def filter(self) -> ResponseReturnValue:
        """Return the inputs of a filter on a field, for the filter form."""
        field = visible_fields(db(), self.entity).get(request.args.get("ff", ""))
        if field is None or not field.filterable:
            abort(404)
        return self.render(
            "kartoteka/parts/filter_input.html", pending=filters.filter_input(db(), field)
        )

    @expose("/criteria")
    @access("list")
    def criteria(self) -> ResponseReturnValue:
        """Return what the builder of criteria offers, and the criteria of the address to edit."""
        session = db()
        asked, _tabs = self.asked(session)
        return jsonify(builder.offered(session, self.entity, asked.whole))

    @expose("/criteria/check", methods=["GET", "POST"])
    @access("list")
    def check(self) -> ResponseReturnValue:
        """Say typed criteria (`?typed=`) in words, count what they find, or name what is wrong."""
        try:
            return jsonify(builder.checked(db(), self.entity, request.values.get("typed", "")))
        except Invalid as error:
            return jsonify({"errors": error.errors})

    @expose("/lookup")
    @access("list")
    def lookup(self) -> ResponseReturnValue:
        """Answer a related drop-down."""
        return lookup.answer(db(), self.entity)

    @expose("/show/<int:pk>")
    @access("show")
    def show(self, pk: int) -> ResponseReturnValue:
        """Show the card of a record."""
        session, entity = db(), self.entity
        record = records.get(session, entity, pk)
        label = label_of(session, entity, record)
        context = {
            "record": record, "label": label, "title": label,
            "blocks": record_page.blocks(session, entity, record),
            "children": record_page.child_lists(session, entity, record, self.own_children),
            "history": record_page.history(session, entity, pk),
            "actions": record_page.actions_for(session, entity),
            **self.show_context(session, record),
        }  # fmt: skip
        # Panels come last: a broken one may cost the transaction.
        return self.render(
            self.show_template, **context, panels=record_page.panels(session, entity.code, record)
        )

    @expose("/history/<int:pk>")
    @access("show")
    def history(self, pk: int) -> ResponseReturnValue:
        """Show the whole history of a record."""
        session, entity = db(), self.entity
        try:
            record = records.get(session, entity, pk)
            label = label_of(session, entity, record)
        except NotAllowed as error:
            record, label = None, last_label(session, entity, pk)
            if label is None or isinstance(error, Merged):  # an old address leads on
                raise
        return self.render(
            "kartoteka/history.html", record=record, label=label,
            history=record_page.history(session, entity, pk, most=500),
        )  # fmt: skip

    @expose("/panel/<int:pk>/<code>")
    @access("show")
    def panel(self, pk: int, code: str) -> ResponseReturnValue:
        """Return one block of the page of a record as a fragment; nothing when it is empty."""
        session = db()
        record = records.get(session, self.entity, pk)
        box = record_page.panel(session, self.entity.code, code, record)
        return self.render("kartoteka/parts/panel.html", panel=box) if box else ""

    @expose("/preview/<int:pk>")
    @access("show")
    def preview(self, pk: int) -> ResponseReturnValue:
        """Return the card of a record as a fragment, for the drawer of a list."""
        session, entity = db(), self.entity
        record = records.get(session, entity, pk)
        return self.render(
            self.preview_template, record=record, label=label_of(session, entity, record),
            blocks=record_page.blocks(session, entity, record),
            history=record_page.history(session, entity, pk, most=PREVIEW_HISTORY),
            **self.preview_context(session, record),
        )  # fmt: skip

    # Writing

    @expose("/add", methods=["GET", "POST"])
    @access("add")
    def add(self) -> ResponseReturnValue:
        """Show the form of a new record, and create it."""
        session, entity = db(), self.entity
        if not entity.addable:
            abort(404)
        if request.method == "GET":
            texts = forms.texts_of_new(session, entity, request.args)
            return self._form(session, None, texts)
        texts, base = forms.typed(session, entity, request.form)
        try:
            record = self.create(session, texts)
            session.commit()
        except Refused as error:
            session.rollback()
            return self._form(session, None, texts, base, error)
        message = gettext("Saved: %(name)s.", name=label_of(session, entity, record))
        return self.back(message, to=holders.page_of(session, entity, record))

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @access("edit")
    def edit(self, pk: int) -> ResponseReturnValue:
        """Show the form of a record, and save what was changed in it."""
        session, entity = db(), self.entity
        record = records.get(session, entity, pk)
        if request.method == "GET":
            base = forms.texts_of(session, entity, record)
            texts = forms.with_currencies(session, entity, record, base)
            return self._form(session, record, texts, base)
        texts, base = forms.typed(session, entity, request.form)
        version = conflict.version_of(request.form, record)
        values = forms.changed(forms.without_lone_currency(session, entity, texts, base), base)
        try:
            if values:
                records.update(session, entity, record, values, version=version, base=base)
                session.commit()
        except EditConflict as error:
            session.rollback()
            return self._conflict(session, pk, texts, base, error)
        except Refused as error:
            session.rollback()
            return self._form(session, records.get(session, entity, pk), texts, base, error)
        return self.back(
            gettext("Saved.") if values else gettext("Nothing was changed."),
            to=url_for(f"{entity.code}.show", pk=pk),
        )

    @expose("/delete/<int:pk>")
    @access("delete")
    def confirm_delete(self, pk: int) -> ResponseReturnValue:
        """Ask before a record is deleted, naming what goes with it."""
        session, entity = db(), self.entity
        record = records.get(session, entity, pk)
        return self.render(
            "kartoteka/delete.html", record=record, label=label_of(session, entity, record),
            going=removal.what_goes(session, entity, record),
        )  # fmt: skip

    @expose("/delete/<int:pk>", methods=["POST"])
    @access("delete")
    def delete(self, pk: int) -> ResponseReturnValue:
        """Delete a record."""
        session, entity = db(), self.entity
        record = records.get(session, entity, pk)
        label, to = label_of(session, entity, record), holders.list_of(session, entity, record)
        try:
            records.delete(session, entity, record)
            session.commit()
        except Rejected as error:
            session.rollback()
            return self.back(str(error), url_for(f"{entity.code}.show", pk=pk), "danger")
        return self.back(gettext("Deleted: %(name)s.", name=label), to)

    @expose("/action/<code>", methods=["POST"])
    @access("list")
    def action(self, code: str) -> ResponseReturnValue:
        """Run a button over the records chosen, in one transaction."""
        session, entity = db(), self.entity
        found = [one for one in record_page.actions_for(session, entity) if one.code == code]
        if not found:
            abort(404)
        sent = request.form.getlist("ids")[:MOST_SELECTED]
        ids = {int(text) for text in sent if text.isdecimal() and len(text) < 10}
        to = url_for(f"{entity.code}.list")
        if not ids:
            return self.back(gettext("Choose rows first."), to, "warning")
        run = found[0].run
        if run is None:
            listed = ",".join(map(str, sorted(ids)))
            return redirect(f"{found[0].page}?{urlencode({'ids': listed, 'next': way_back(to)})}")
        try:
            message = run(session, removal.chosen(session, entity, ids))
            session.commit()
        except Refused as error:
            session.rollback()
            return self.back(str(error), to, "danger")
        return self.back(message, to)

    def _form(
        self, session: Session, record: Any | None, texts: Mapping[str, str],
        base: Mapping[str, str] | None = None, error: Refused | None = None,
    ) -> ResponseReturnValue:  # fmt: skip
        entity = self.entity
        errors = forms.errors_of(error)
        groups = forms.groups(session, entity, texts, base, errors)
        inputs = [one for group in groups for one in group.inputs]
        further = self.further_inputs(session, record, errors)
        if record is None:
            title = gettext("New: %(kind)s", kind=str(entity.title).lower())
            back = way_back(holders.page_of_new(session, entity) or url_for(f"{entity.code}.list"))
        else:
            title = label_of(session, entity, record)
            back = way_back(url_for(f"{entity.code}.show", pk=record.id))
        page = self.render(
            self.form_template, record=record, groups=groups, title=title, back=back,
            version=request.form.get("version") or getattr(record, "version", ""),
            wrong=forms.wrong([*inputs, *further], errors), errors=errors, further=further,
            **self.form_context(session, record),
        )  # fmt: skip
        return page, 400 if error else 200

    def _conflict(
        self, session: Session, pk: int, texts: Mapping[str, str], base: Mapping[str, str],
        error: EditConflict,
    ) -> ResponseReturnValue:  # fmt: skip
        record = records.get(session, self.entity, pk)
        found = conflict.compare(session, self.entity, record, texts, base)
        page = self.render(
            "kartoteka/conflict.html", record=record, found=found, by=error.by,
            label=label_of(session, self.entity, record), version=record.version,
        )  # fmt: skip
        return page, 409
