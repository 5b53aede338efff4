"""Reports for programs: which there are, and one with its figures."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose

from kartoteka.errors import Invalid, NotAllowed
from kartoteka.i18n import gettext
from kartoteka.reports import answers, ask as asking, building
from kartoteka.rest.answers import BadRequest, NotFound, answer, guarded
from kartoteka.screens import requests
from kartoteka.screens.rights import has

#: The right to the page of reports is the right to them here.
_PAGE = "ReportsView"


class ReportsApi(BaseApi):
    """Reports over the rows the reader sees."""

    version = "v1"
    resource_name = "reports"
    csrf_exempt = True
    #: The right is asked in the methods: it is that of the page.
    base_permissions: list[str] | None = []

    @expose("/", methods=("GET",))
    @guarded("")
    def get_list(self) -> Response:
        """Answer which reports there are."""
        _demand_right()
        if request.args:
            errors = {name: gettext("There is no such parameter.") for name in request.args}
            raise BadRequest(gettext("The list can not be asked for like this."), errors)
        found = building.open_to(requests.db())
        return answer(200, {"result": [answers.described(one) for one in found]})

    @expose("/<code>", methods=("GET",))
    @guarded("")
    def get(self, code: str) -> Response:
        """Answer a report."""
        _demand_right()
        session = requests.db()
        try:
            report = building.named(session, code)
        except NotAllowed as error:
            raise NotFound(str(error)) from error
        try:
            asked = asking.read(session, report, request.args.to_dict())
            result = building.build(asked, building.MOST_WRITTEN)
        except Invalid as error:
            text = gettext("The report can not be asked for like this.")
            raise BadRequest(text, error.errors) from error
        return answer(200, answers.answered(asked, result))

    def add_api_spec(self, api_spec: Any) -> None:
        """Describe both operations."""
        problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        refused = {code: {"description": text, "content": problem} for code, text in _ERRORS}
        api_spec.tag({"name": "reports", "description": "Reports"})
        described = {"type": "object", "required": ["result"], "properties": {
            "result": {"type": "array", "items": _REPORT}}}  # fmt: skip
        code = {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}
        asked = {
            "name": "asked", "in": "query", "style": "form", "explode": True,
            "description": "`period` (as `last_month`), or `since` and `until`, and what "
            "`parameters` of the report name: `?period=last_month&by=manager`.",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }  # fmt: skip
        api_spec.path(path="/api/v1/reports/", operations={"get": {
            "operationId": "reports_list", "tags": ["reports"],
            "summary": "The reports there are",
            "responses": {"200": _ok("The reports", described), **refused},
        }})  # fmt: skip
        api_spec.path(path="/api/v1/reports/{code}", operations={"get": {
            "operationId": "reports_get", "tags": ["reports"],
            "summary": "A report with its figures",
            "description": "`rows` of a number are the records it counts: ask the list of that "
            "entity for them with `criteria`.",
            "parameters": [code, asked],
            "responses": {"200": _ok("The report", _ANSWER), **refused},
        }})  # fmt: skip


def _demand_right() -> None:
    if not has("can_use", _PAGE):
        raise NotAllowed(gettext("You have no right to do this."))


def _ok(description: str, schema: Any) -> Any:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_ERRORS = (
    ("400", "The request can not be understood; `errors` names parameters."),
    ("401", "Nobody is logged in, or the token is not valid."),
    ("403", "The person has no right to this."),
    ("404", "There is no such report, or the person does not see it."),
)
_TEXT = {"type": "string"}
_REPORT = {
    "type": "object", "required": ["code", "title", "about", "parameters"],
    "properties": {"code": _TEXT, "title": _TEXT, "about": _TEXT,
                   "parameters": {"type": "array", "items": _TEXT}},
}  # fmt: skip
_LINE = {
    "type": "object", "required": ["code", "cells"],
    "properties": {"code": _TEXT, "cells": {"type": "object"}},
}  # fmt: skip
_ANSWER = {
    "type": "object", "required": ["code", "title", "at", "asked", "tables"],
    "properties": {
        "code": _TEXT, "title": _TEXT, "at": {"type": "string", "format": "date-time"},
        "asked": {"type": "object"},
        "tables": {"type": "array", "items": {
            "type": "object", "required": ["title", "columns", "rows", "total", "figures", "count"],
            "properties": {
                "title": _TEXT, "columns": {"type": "array", "items": {"type": "object"}},
                "rows": {"type": "array", "items": _LINE},
                "total": {"anyOf": [_LINE, {"type": "null"}]},
                "figures": {"type": "object"}, "count": {"type": "integer"},
            },
        }},
    },
}  # fmt: skip

__all__ = ["ReportsApi"]
