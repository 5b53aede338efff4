"""The REST API of one entity: list, show, add, change, delete, history, description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose
from marshmallow import Schema

from kartoteka.errors import EditConflict, Invalid, Merged, NotAllowed
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import MAX_INTEGER, Choice, Choices, Reference
from kartoteka.history.log import changes_of
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import Text, gettext
from kartoteka.rest import queries, totals
from kartoteka.rest.answers import BadRequest, NotFound, answer, guarded
from kartoteka.rest.bodies import json_object, record_values, schema_for
from kartoteka.screens import requests
from kartoteka.services import figures, listing, records
from kartoteka.services.selection import Selection

HISTORY = 200


class EntityApi(BaseApi):
    """One entity for programs. `rest.register` makes a subclass for each entity and application.

    What exists for a person (fields, rows, acts) is asked of the registry and the session anew in
    each request; nothing is listed here, so a plugin's field is there by itself.
    """

    version = "v1"
    # Requests with a cookie are checked for forgery by rest.identity; tokens need no check.
    csrf_exempt = True
    entity: ClassVar[Entity]
    #: Fields that are written by an act of their own, with the sentence that names the act.
    by_act: ClassVar[Mapping[str, Text]] = {}

    @expose("/", methods=("GET",))
    @guarded("list")
    def get_list(self) -> Response:
        """Answer one page of records."""
        session = requests.db()
        fields = self.fields()
        asked = queries.asked(request.args, fields)
        try:
            page = listing.fetch(session, self.entity, asked.query())
        except Invalid as error:
            raise BadRequest(str(error), error.errors) from error
        shown = {n: f for n, f in fields.items() if not asked.columns or n in asked.columns}
        rows = [dumped(record, shown) for record in page.records]
        if asked.columns:
            rows = [{n: row[n] for n in ("id", *asked.columns) if n in row} for row in rows]
        return answer(
            200,
            {
                "count": page.total,
                "count_is_capped": page.is_capped,
                "result": rows,
                "labels": labels(page.records, shown) if asked.labels else {},
                "order": page.order,
                "next": page.next,
                "previous": page.previous,
            },
        )

    @expose("/<record_id>", methods=("GET",))
    @guarded("show")
    def get(self, record_id: str) -> Response:
        """Answer one record."""
        return self.one(200, self.record(record_id))

    @expose("/", methods=("POST",))
    @guarded("add")
    def post(self) -> Response:
        """Create a record."""
        session = requests.db()
        record = records.create(session, self.entity, self.values(json_object(), new=True))
        response = self.saved(201, record, self.more_of_new(record))
        response.headers["Location"] = f"{self.route_base}/{record.id}"
        return response

    @expose("/<record_id>", methods=("PUT",))
    @guarded("edit")
    def put(self, record_id: str) -> Response:
        """Change the fields that are sent, and no other."""
        session = requests.db()
        record = self.record(record_id)
        body = json_object()
        version = taken_version(body)
        values = self.values(body, new=False)
        try:
            records.update(session, self.entity, record, values, version=version)
        except EditConflict as conflict:
            raise self.plain_conflict(conflict) from conflict
        return self.saved(200, record)

    @expose("/<record_id>", methods=("DELETE",))
    @guarded("delete")
    def delete(self, record_id: str) -> Response:
        """Delete a record with all that belongs to it."""
        session = requests.db()
        records.delete(session, self.entity, self.record(record_id))
        session.commit()
        return answer(200, {"message": gettext("Deleted.")})

    @expose("/<record_id>/history", methods=("GET",))
    @guarded("show")
    def history(self, record_id: str) -> Response:
        """Answer who changed what in a record, newest first; of a deleted one to who sees all."""
        session = requests.db()
        number = int(record_id) if record_id.isdecimal() and len(record_id) <= 10 else 0
        changes = changes_of(session, self.entity.code, number, HISTORY)
        if not changes:
            self.record(record_id)
        people = {c.user_id for c in changes} | {c.on_behalf_of_id for c in changes}
        names = records.labels(session, "ab_user", {p for p in people if p is not None})
        fields = self.fields()
        found = [
            {
                "at": change.at.isoformat(),
                "action": change.action,
                "way": change.way,
                "user_id": change.user_id,
                "user": names.get(change.user_id or 0, ""),
                "on_behalf_of_id": change.on_behalf_of_id,
                "on_behalf_of": names.get(change.on_behalf_of_id or 0, ""),
                "changes": {
                    name: {"from": pair[0], "to": pair[1]}
                    for name, pair in change.changes.items()
                    if name in fields
                },
            }
            for change in changes
        ]
        return answer(200, {"result": [one for one in found if one["changes"]]})

    @expose("/totals", methods=("GET",))
    @guarded("list")
    def totals(self) -> Response:
        """Answer figures over all records that fit, with subtotals when they are grouped."""
        session, fields = requests.db(), self.fields()
        over, asked = totals.asked(request.args, fields)
        wanted = Selection(filters=asked.filters, search=asked.search, criteria=asked.criteria)
        try:
            found = figures.reckon(session, self.entity, wanted, over.fields, over.by)
        except Invalid as error:
            raise BadRequest(str(error), error.errors) from error
        return answer(200, totals.answered(found))

    @expose("/_info", methods=("GET",))
    @guarded("list")
    def info(self) -> Response:
        """Describe the entity: its fields, their operators and choices, what the person may do."""
        manager: Any = self.appbuilder.sm
        acts = [
            permission.removeprefix("can_")
            for permission in sorted(self.base_permissions or ())
            if manager.has_access(permission, self.class_permission_name)
        ]
        return answer(
            200,
            {
                "entity": self.entity.code,
                "title": str(self.entity.title),
                "plural": str(self.entity.plural),
                "label": self.entity.label,
                "order": self.entity.order or "-id",
                "acts": acts,
                "fields": {name: described(item) for name, item in self.fields().items()},
            },
        )

    # What the methods share

    def has_route(self, name: str) -> bool:
        """Say whether the API has a method."""
        return hasattr(self, name) and name not in self.exclude_route_methods

    def fields(self) -> Mapping[str, Field[Any]]:
        """Return the fields that exist for the person."""
        return records.visible_fields(requests.db(), self.entity)

    def schema(self, *, new: bool) -> Schema:
        """Return the marshmallow schema of a body; made once for each set of roles."""
        kept: dict[Any, Schema] = self.__dict__.setdefault("_schemas", {})
        key = (requests.actor().roles, new)
        if key not in kept:
            kept[key] = schema_for(self.fields(), new=new)
        return kept[key]

    def values(self, body: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
        """Return the values of a body for the services."""
        return record_values(self.schema(new=new), body, self.by_act, self.fields())

    def record(self, record_id: str) -> Any:
        """Return the record of an address; NotFound when the person does not see it."""
        number = int(record_id) if record_id.isdecimal() and len(record_id) <= 10 else 0
        try:
            return records.get(requests.db(), self.entity, number)
        except Merged:
            raise
        except NotAllowed as error:
            raise NotFound(str(error)) from error

    def more_of_new(self, record: Any) -> Mapping[str, Any]:
        """Return what else the answer about a new record says."""
        return {}

    def one(self, code: int, record: Any, more: Mapping[str, Any] | None = None) -> Response:
        """Answer a record with the names of what it refers to."""
        fields = self.fields()
        body = {"id": record.id, "result": dumped(record, fields)}
        return answer(code, {**body, "labels": labels([record], fields), **(more or {})})

    def saved(self, code: int, record: Any, more: Mapping[str, Any] | None = None) -> Response:
        """Commit, and answer the record as the database has it."""
        session = requests.db()
        session.refresh(record)
        response = self.one(code, record, more)
        session.commit()
        return response

    def plain_conflict(self, conflict: EditConflict) -> EditConflict:
        """Return a conflict whose values can be written in JSON."""
        fields = self.fields()
        clashes = tuple(
            replace(
                one,
                base=fields[one.name].kind.plain(one.base),
                theirs=fields[one.name].kind.plain(one.theirs),
                mine=fields[one.name].kind.plain(one.mine),
            )
            for one in conflict.clashes
            if one.name in fields
        )
        return EditConflict(clashes, conflict.version, conflict.by)

    def add_api_spec(self, api_spec: Any) -> None:
        """Add the operations of this entity to the OpenAPI document."""
        from kartoteka.rest import documents

        documents.add_entity(api_spec, self)


def dumped(record: Any, fields: Mapping[str, Field[Any]]) -> dict[str, Any]:
    """Return a record as JSON values."""
    row = {"id": record.id, "version": record.version}
    for name, item in fields.items():
        row[name] = item.kind.plain(getattr(record, name))
    return row


def labels(found: Iterable[Any], fields: Mapping[str, Field[Any]]) -> dict[str, dict[str, str]]:
    """Return for each reference what the records it points at are called, by id; one statement."""
    rows = list(found)
    links = {n: f.kind.table for n, f in fields.items() if isinstance(f.kind, Reference)}
    ids = {name: {getattr(row, name) for row in rows} - {None} for name in links}
    wanted: dict[str, set[int]] = {}
    for name, table in links.items():
        wanted.setdefault(table, set()).update(ids[name])
    named = records.labels_of_tables(requests.db(), wanted)
    return {
        name: {str(number): named[table][number] for number in sorted(ids[name])
               if number in named.get(table, {})}
        for name, table in links.items()
        if ids[name]
    }  # fmt: skip


def described(item: Field[Any]) -> dict[str, Any]:
    """Return a field as `_info` describes it."""
    kind = item.kind
    found: dict[str, Any] = {
        "title": str(item.title), "help": str(item.help), "unit": str(item.unit),
        "kind": kind.code, "group": item.group, "step": item.step, "required": item.required,
        "readonly": item.readonly, "searchable": bool(item.searchable),
        "operators": list(queries.operators_of(item)),
        "sortable": item.filterable or item.readonly,
    }  # fmt: skip
    if isinstance(kind, Choice | Choices):
        found["options"] = {code: str(title) for code, title in kind.options.items()}
    if isinstance(kind, Reference):
        found["refers_to"] = kind.table
    if kind.max_length is not None:
        found["max_length"] = kind.max_length
    return found


def taken_version(body: dict[str, Any]) -> int | None:
    """Take the version the sender saw out of a body."""
    version = body.pop("version", None)
    if version is None:
        return None
    if isinstance(version, bool) or not isinstance(version, int) or not 0 < version <= MAX_INTEGER:
        raise Invalid({"version": gettext("Give the version you saw, a whole number.")})
    return version


__all__ = ["EntityApi", "described", "dumped", "labels", "taken_version"]
