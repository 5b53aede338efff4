"""Describe the API of an entity for the OpenAPI document: operations, fields, errors, examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import MAX_INTEGER, Reference
from kartoteka.merging.merge import MERGEABLE
from kartoteka.rest.queries import FURTHEST, operators_of
from kartoteka.rest.shapes import (
    CONFLICT,
    DESCRIPTION,
    DONE,
    HANDOVER,
    HISTORY,
    ID,
    MESSAGE,
    NAMES,
    POSSIBLE,
    PROBLEM,
    READ,
    START,
    TOLD,
    TOTALS,
    Doc,
)
from kartoteka.rest.values import example, json_schema
from kartoteka.services.listing import MAX_PAGE_SIZE, PAGE_SIZES

if TYPE_CHECKING:
    from kartoteka.rest.entity_api import EntityApi

MEANINGS = {
    "400": "The request can not be understood; a parameter or the body is damaged.",
    "401": "Nobody is logged in, or the token is not valid.",
    "403": "The person has no right to this.",
    "404": "There is no such record, or the person does not see it.",
    "301": "The record was merged with another one, at the address in `Location`.",
    "410": "The record was merged with another one; `merged_into` is its number.",
    "409": "Somebody else changed the record first.",
    "413": "The body is too long.",
    "415": "The body is not announced as JSON.",
    "422": "Values do not pass, or a rule says no; `errors` names the fields.",
}
READING = ("400", "401", "403", "404")
WRITING = (*READING, "409", "413", "415", "422")


def add_shared(api_spec: Any) -> None:
    """Add what all entities share: shapes of refusals, ways of showing who one is."""
    components = api_spec.components
    components.schema("Problem", PROBLEM)
    components.schema("Conflict", CONFLICT)
    components.schema("Names", NAMES)
    components.schema("History", HISTORY)
    components.schema("Description", DESCRIPTION)


def add_entity(api_spec: Any, api: EntityApi) -> None:
    """Add the operations of an entity as they are for the person who asks."""
    fields = api.fields()
    code = api.entity.code
    api_spec.components.schema(code, answered(fields))
    writing = {n: f for n, f in fields.items() if not f.readonly}
    if api.has_route("post"):
        api_spec.components.schema(f"{code}.new", written(writing, new=True))
    if api.has_route("put") or api.has_route("move"):
        api_spec.components.schema(f"{code}.change", written(writing, new=False))
    api_spec.tag({"name": code, "description": str(api.entity.plural)})
    for path, operations in _paths(api, fields).items():
        kept = {verb: doc for verb, (name, doc) in operations.items() if api.has_route(name)}
        if kept:
            api_spec.path(path=f"{api.route_base}{path}", operations=kept)


def answered(fields: Mapping[str, Field[Any]]) -> Doc:
    """Return the schema of a record in answers."""
    properties: Doc = {"id": ID, "version": {"type": "integer", "minimum": 1}}
    properties.update({n: json_schema(f, writing=False) for n, f in fields.items()})
    return {"type": "object", "properties": properties, "additionalProperties": False}


def written(fields: Mapping[str, Field[Any]], *, new: bool) -> Doc:
    """Return the schema of a record in requests."""
    properties = {n: json_schema(f, writing=True) for n, f in fields.items()}
    demanded = [n for n, f in fields.items() if f.required and f.default is None]
    sample = {n: example(fields[n].kind) for n in demanded}
    if not new:
        properties["version"] = {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_INTEGER,
            "description": "The version you saw; when the record has another one now, 409. "
            "Left out, the fields are written whatever has happened in between.",
        }
        first = next((n for n, f in fields.items() if not isinstance(f.kind, Reference)), "")
        sample = {first: example(fields[first].kind)} if first else {}
    found: Doc = {
        "type": "object", "properties": properties, "additionalProperties": False,
        "examples": [sample],
    }  # fmt: skip
    if new and demanded:
        found["required"] = demanded
    return found


def _paths(api: EntityApi, fields: Mapping[str, Field[Any]]) -> dict[str, dict[str, Any]]:
    code, title, plural = api.entity.code, str(api.entity.title), str(api.entity.plural)
    one = _answer("The record", _record(code))

    def operation(
        name: str, summary: str, answers: Doc, errors: tuple[str, ...], **more: Any
    ) -> Any:
        return name, {
            "operationId": f"{code}_{name}",
            "summary": f"{summary}: {title}" if name != "get_list" else f"{summary}: {plural}",
            "tags": [code],
            "security": [{"jwt": []}, {"api_key": []}],
            "responses": {**answers, **_errors(errors)},
            **more,
        }

    number: Doc = {"parameters": [_parameter("record_id", ID, "Number of the record", "path")]}
    found = {
        "/": {
            "get": operation(
                "get_list", "List", _answer("A page of records", _page(code)), READING[:3],
                parameters=_list_parameters(api, fields), description=_LIST,
            ),
            "post": operation(
                "post", "Create", {"201": one["200"]}, (*READING[:3], "409", "413", "415", "422"),
                requestBody=_body(f"{code}.new"),
            ),
        },
        "/totals": {
            "get": operation(
                "totals", "Totals", _answer("Figures over all records that fit", TOTALS),
                READING[:3], parameters=_total_parameters(fields), description=_TOTALS,
            )
        },
        "/_info": {
            "get": operation(
                "info", "Describe", _answer("Fields, operators, rights", _ref("Description")),
                READING[:3],
            )
        },
        "/{record_id}": {
            "get": operation("get", "Show", one, READING, **number),
            "put": operation(
                "put", "Change", one, WRITING, **number, requestBody=_body(f"{code}.change"),
                description="Only the fields that are sent change.",
            ),
            "delete": operation(
                "delete", "Delete", _answer("Deleted", MESSAGE), (*READING, "409", "422"),
                **number,
            ),
        },
        "/{record_id}/history": {
            "get": operation(
                "history", "History", _answer("Who changed what", _ref("History")), READING,
                **number,
            )
        },
        "/{record_id}/move": {
            "post": operation(
                "move", "Move to a stage", one, WRITING, **number,
                requestBody={"required": True, "content": _json(_move(code))},
            )
        },
        "/{record_id}/done": {
            "post": operation(
                "done", "Finish", one, WRITING, **number,
                requestBody={"required": True, "content": _json(DONE)},
            )
        },
        "/handover": {
            "post": operation(
                "handover", "Hand over to another manager",
                _answer("How many changed hands", {
                    "type": "object", "properties": {"moved": {"type": "integer"}}}),
                (*READING[:3], "409", "413", "415", "422"),
                requestBody={"required": True, "content": _json(HANDOVER)},
            )
        },
        "/start": {
            "post": operation(
                "start", "Start", {"202": one["200"]},
                (*READING[:3], "409", "413", "415", "422"),
                requestBody={"required": True, "content": _json(START)},
                description="The job is waiting when the answer comes; a worker does it.",
            )
        },
        "/mine": {
            "get": operation(
                "mine", "The own ones in words", _answer("Newest first", TOLD), READING[:3],
                parameters=[
                    _parameter("unread", {"type": "string", "enum": ["0", "1"]},
                               "1: only those not read yet"),
                    _parameter("before", ID, "Only those older than this one"),
                ],
            )
        },
        "/read": {
            "post": operation(
                "read", "Mark own ones as read",
                _answer("How many were not read", {
                    "type": "object", "properties": {"read": {"type": "integer"}}}),
                (*READING[:3], "409", "413", "415", "422"),
                requestBody={"required": True, "content": _json(READ)},
            )
        },
        "/{record_id}/cancel": {
            "post": operation("cancel", "Ask to end", one, (*READING, "409", "422"), **number)
        },
        "/{record_id}/result": {
            "get": operation(
                "result", "Download the file",
                {"200": {"description": "The file", "content": {"*/*": {"schema": {}}}}},
                READING, **number,
            )
        },
    }  # fmt: skip
    if code in MERGEABLE:
        for path, operations in found.items():
            for verb, (_name, doc) in operations.items() if "{record_id}" in path else ():
                doc["responses"] |= _errors(("301",) if verb == "get" else ("410",))
    return found


def _list_parameters(api: EntityApi, fields: Mapping[str, Field[Any]]) -> list[Doc]:
    orders = ["id", *(n for n, f in fields.items() if f.filterable or f.readonly)]
    return [
        *_narrowing_parameters(fields),
        _parameter(
            "order", {"type": "string", "enum": [*orders, *(f"-{name}" for name in orders)]},
            f"Field to sort by, `-` before it for descending; default {api.entity.order or '-id'}",
        ),
        _parameter(
            "size", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE,
                     "default": PAGE_SIZES[0]}, "Records on a page",
        ),
        _parameter("after", {"type": "string"}, "`next` of the page before; fast at any depth"),
        _parameter("before", {"type": "string"}, "`previous` of the page after"),
        _parameter(
            "page", {"type": "integer", "minimum": 0, "maximum": FURTHEST},
            "Number of the page from 0; slower the deeper",
        ),
        _parameter("columns", {"type": "string"}, "Fields wanted, with commas; default all"),
        _parameter("labels", {"type": "boolean", "default": True}, "Send names of references"),
        _parameter(
            "q", {"type": "string"}, "Flask-AppBuilder's rison: filters (col, opr, value), "
            "order_column, order_direction, page, page_size, columns",
        ),
    ]  # fmt: skip


def _total_parameters(fields: Mapping[str, Field[Any]]) -> list[Doc]:
    numbers = [name for name, item in fields.items() if item.kind.numeric]
    return [
        *_narrowing_parameters(fields),
        _parameter(
            "fields", {"type": "string"},
            f"Fields with numbers, with commas; default all: {', '.join(numbers) or '-'}",
        ),
        _parameter("by", {"type": "string"}, "Field by whose values the records are grouped"),
    ]  # fmt: skip


def _narrowing_parameters(fields: Mapping[str, Field[Any]]) -> list[Doc]:
    """Return the parameters that say which records are meant."""
    filterable = {n: operators_of(f) for n, f in fields.items() if f.filterable}
    lines = "\n".join(f"- `{name}`: {', '.join(ops)}" for name, ops in filterable.items())
    names = "|".join(filterable)
    operators = "|".join(dict.fromkeys(op for ops in filterable.values() for op in ops))
    return [
        _parameter("search", {"type": "string"}, "Words for quick search"),
        _parameter(
            "criteria", {"type": "string"}, "Criteria as one JSON text, with facts and groups: "
            '`{"version": 1, "tree": {"fact": "purchases", "with": {"days": 365}, "op": "ge", '
            '"value": 3}}`; they hold beside the filters',
        ),
        {
            "name": "filter", "in": "query", "style": "form", "explode": True,
            "description": "`filter.<field>.<operator>=value`, all must hold. Values of `in`, "
            "`has` and `has_any` are separated by commas; `in_last`, `ago` and `in_next` take a "
            "number of days; `empty`, `filled`, `mine` and `my_department` take no value."
            f"\n\n{lines}",
            "schema": {
                "type": "object",
                "propertyNames": {"pattern": rf"^filter\.({names})\.({operators})$"},
                "additionalProperties": {"type": "string"},
            },
        },
    ]  # fmt: skip


def _parameter(name: str, schema: Doc, description: str, place: str = "query") -> Doc:
    found: Doc = {"name": name, "in": place, "schema": schema, "description": description}
    if place == "path":
        found["required"] = True
    return found


def _ref(name: str) -> Doc:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Doc) -> Doc:
    return {"application/json": {"schema": schema}}


def _body(name: str) -> Doc:
    return {"required": True, "content": _json(_ref(name))}


def _answer(description: str, schema: Doc) -> Doc:
    return {"200": {"description": description, "content": _json(schema)}}


def _errors(codes: tuple[str, ...]) -> Doc:
    return {
        code: {
            "description": MEANINGS[code],
            "content": _json(_ref("Conflict" if code == "409" else "Problem")),
        }
        for code in codes
    }


def _record(code: str) -> Doc:
    properties: Doc = {"id": ID, "result": _ref(code), "labels": _ref("Names")}
    if code == "client":
        properties["possible_duplicates"] = POSSIBLE
    return {"type": "object", "required": ["id", "result"], "properties": properties}


def _page(code: str) -> Doc:
    return {
        "type": "object",
        "required": ["count", "count_is_capped", "result", "next", "previous"],
        "properties": {
            "count": {"type": "integer", "description": "Records that fit, counted to a bound."},
            "count_is_capped": {"type": "boolean", "description": "There are more than `count`."},
            "result": {"type": "array", "items": _ref(code)},
            "labels": _ref("Names"),
            "order": {"type": "string"},
            "next": {"type": "string", "description": "For `after`; empty on the last page."},
            "previous": {"type": "string", "description": "For `before`; empty on the first."},
        },
    }


def _move(code: str) -> Doc:
    return {
        "type": "object",
        "required": ["stage"],
        "additionalProperties": False,
        "properties": {
            "stage": {"type": "string", "minLength": 1, "maxLength": 60},
            "lost_reason_id": {**ID, "type": ["integer", "null"]},
            "recheck_on": {"type": ["string", "null"], "format": "date"},
            "note": {"type": ["string", "null"], "maxLength": 500},
            "values": {
                "anyOf": [_ref(f"{code}.change"), {"type": "null"}],
                "description": "Further fields of the deal, for what the stage requires.",
            },
            "version": {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_INTEGER},
        },
        "examples": [{"stage": "lost", "lost_reason_id": 1, "note": "Chose a nearer supplier"}],
    }


_LIST = (
    "Pages follow each other by `next`. Records without a value in the sorted field stand last. "
    "Example: `?search=ромашка&order=-created_at&size=50&labels=false`."
)
_TOTALS = (
    "Records without a value in a field are not counted in its figures; amounts of different "
    "currencies are never added together. Deviation and variance are those of a sample. Example: "
    "`?fields=purchase_total&by=region_id&filter.size_class.eq=A`."
)
