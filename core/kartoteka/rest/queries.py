"""Read what a list is asked for: plain query parameters, or Flask-AppBuilder's `q` in rison.

?search=ромашка&order=-last_purchase_on&size=50
?filter.size_class.eq=A&filter.region_id.in=1,2&columns=id,name
?criteria={"version":1,"tree":{"fact":"purchases","with":{"days":365},"op":"ge","value":3}}
?q=(filters:!((col:name,opr:ct,value:ром)),order_column:name,order_direction:desc,page:0)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import prison
from werkzeug.datastructures import MultiDict

from kartoteka.criteria import document
from kartoteka.criteria.operators import (
    OPERATORS as CRITERIA,
    VALUELESS,
    operators_of as criteria_operators,
)
from kartoteka.criteria.tree import Tree
from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.fields.text import unkeepable
from kartoteka.i18n import gettext
from kartoteka.rest.answers import BadRequest
from kartoteka.rest.bodies import keepable
from kartoteka.services.filtering import Filter
from kartoteka.services.listing import MAX_PAGE_SIZE, PAGE_SIZES, Query

#: Rows before the page; programs that go deeper follow `next`, which is fast at any depth.
FURTHEST = 1_000_000
PLAIN = (
    "search", "criteria", "order", "size", "page", "after", "before", "columns", "labels",
)  # fmt: skip
#: What says which records are meant, and nothing of pages.
NARROWING = ("search", "criteria")
#: Flask-AppBuilder's names of operators.
OPERATORS = {
    "neq": "ne", "sw": "starts", "ct": "contains", "rel_o_m": "eq", "rel_m_m": "has",
    "gte": "ge", "lte": "le",
}  # fmt: skip
LISTS = tuple(code for code, item in CRITERIA.items() if item.takes == "values")
_RISON = {"filters", "order_column", "order_direction", "page", "page_size", "columns", "search"}


@dataclass(kw_only=True, slots=True)
class Asked:
    """What a program wants of a list."""

    filters: list[Filter] = field(default_factory=list[Filter])
    search: str = ""
    criteria: Tree | None = None
    order: str = ""
    size: int = PAGE_SIZES[0]
    page: int = 0
    after: str = ""
    before: str = ""
    columns: tuple[str, ...] = ()
    labels: bool = True

    def query(self) -> Query:
        """Return it as the service of lists understands it."""
        return Query(
            filters=self.filters, search=self.search, criteria=self.criteria, order=self.order,
            size=self.size, page=self.page, after=self.after, before=self.before,
        )  # fmt: skip


def asked(
    arguments: MultiDict[str, str], fields: Mapping[str, Field[Any]],
    plain: Sequence[str] = (*PLAIN, "q"),
) -> Asked:  # fmt: skip
    """Return what the query parameters of a list ask for.

    Args:
        plain: names of the parameters there are beside filters.

    Raises:
        BadRequest: a parameter that does not exist or can not be read, by name.
    """
    errors: dict[str, str] = {}
    found = Asked()
    if "q" in arguments and "q" in plain:
        _read_rison(arguments["q"], found, errors)
    for name, value in arguments.items(multi=True):
        if unkeepable(value):
            errors[name] = gettext("The text has a character that can not be kept.")
        elif name.startswith("filter."):
            _read_filter(name, value, found, errors)
        elif name in PLAIN and name in plain:
            _read_plain(name, value, found, errors)
        elif name != "q" or name not in plain:
            errors[name] = gettext("There is no such parameter.")
    _check(found, fields, errors)
    if errors:
        raise BadRequest(gettext("The list can not be asked for like this."), errors)
    return found


def _check(found: Asked, fields: Mapping[str, Field[Any]], errors: dict[str, str]) -> None:
    """Say of what was read whether it fits the entity and goes together."""
    for item in found.filters:
        if item.field in fields and item.op not in operators_of(fields[item.field]):
            errors[item.field] = gettext(
                "Operator %(op)r does not fit this field.", op=item.op[:20]
            )
    for name in found.columns:
        if name not in fields and name not in ("id", "version"):
            errors["columns"] = gettext("There is no field %(name)r.", name=name[:60])
    if found.page * found.size > FURTHEST:
        errors["page"] = gettext("Pages end here. Follow `next` to go further.")
    if sum(1 for used in (found.after, found.before, found.page) if used) > 1:
        errors["page"] = gettext("Give only one of page, after and before.")


def operators_of(item: Field[Any]) -> tuple[str, ...]:
    """Return the operators by which programs may filter a field."""
    if not item.filterable:
        return ()
    return criteria_operators(item.kind)


def _read_plain(name: str, value: str, found: Asked, errors: dict[str, str]) -> None:
    if name == "criteria":
        _read_criteria(value, found, errors)
    elif name == "size":
        found.size = _whole(value, 1, MAX_PAGE_SIZE, name, errors)
    elif name == "page":
        found.page = _whole(value, 0, FURTHEST, name, errors)
    elif name == "columns":
        found.columns = tuple(part.strip() for part in value.split(",") if part.strip())
    elif name == "labels":
        if value not in ("true", "false"):
            errors[name] = gettext("Give true or false.")
        found.labels = value != "false"
    else:
        setattr(found, name, value)


def _read_filter(name: str, value: str, found: Asked, errors: dict[str, str]) -> None:
    _filter, _dot, rest = name.partition(".")
    column, _dot, operator = rest.rpartition(".")
    if not column or not operator:
        errors[name] = gettext("Write a filter as filter.<field>.<operator>=value.")
        return
    typed: Any = value
    if operator in LISTS:
        typed = [part.strip() for part in value.split(",") if part.strip()]
    elif operator in VALUELESS and value not in ("", "true"):
        errors[name] = gettext("Give true here, or nothing.")
    found.filters.append(Filter(field=column, op=operator, value=typed))


def _read_criteria(text: str, found: Asked, errors: dict[str, str]) -> None:
    try:
        found.criteria = document.read(text)
    except Invalid as error:
        errors.update({path or "criteria": said for path, said in error.errors.items()})


def _read_rison(text: str, found: Asked, errors: dict[str, str]) -> None:
    try:
        read: Any = json.loads(text) if text.lstrip().startswith("{") else prison.loads(text)
        kept = keepable(read)
    except Exception:  # the parser of rison stumbles over bad input in many ways
        read, kept = None, False
    if not isinstance(read, dict) or not kept:
        errors["q"] = gettext("Give a rison or JSON object.")
        return
    given = cast("dict[str, Any]", read)
    if unknown := set(given) - _RISON:
        errors["q"] = gettext("There is no %(name)r in q.", name=str(sorted(unknown)[0])[:60])
        return
    for item in _items(given.get("filters", [])):
        _read_rison_filter(item, found, errors)
    column, direction = given.get("order_column", ""), given.get("order_direction", "asc")
    if not isinstance(column, str) or direction not in ("asc", "desc"):
        errors["q"] = gettext("order_column is a field, order_direction is asc or desc.")
    elif column:
        found.order = f"-{column}" if direction == "desc" else column
    if "page" in given:
        found.page = _whole(given["page"], 0, FURTHEST, "page", errors)
    if "page_size" in given:
        found.size = _whole(given["page_size"], 1, MAX_PAGE_SIZE, "page_size", errors)
    columns = given.get("columns", [])
    if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns):
        errors["columns"] = gettext("Give a list of fields.")
    else:
        found.columns = tuple(columns)
    if not isinstance(given.get("search", ""), str):
        errors["search"] = gettext("Give a text.")
    else:
        found.search = given.get("search", "")


def _read_rison_filter(item: Any, found: Asked, errors: dict[str, str]) -> None:
    one = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    column, operator, value = one.get("col"), one.get("opr"), one.get("value", "")
    values: list[Any] = value if isinstance(value, list) else [value]
    simple = all(part is None or isinstance(part, str | int | float) for part in values)
    if not isinstance(column, str) or not isinstance(operator, str) or not simple:
        errors["filters"] = gettext("Each filter has col, opr and value: texts, numbers or lists.")
        return
    operator = OPERATORS.get(operator, operator)
    if operator in LISTS:
        value = [str(part) for part in values if part is not None]
    elif isinstance(value, list):
        errors["filters"] = gettext("Only the operators in, has and has_any take a list.")
        return
    elif isinstance(value, float):
        value = str(value)
    found.filters.append(Filter(field=column, op=operator, value=value))


def _whole(raw: Any, least: int, most: int, name: str, errors: dict[str, str]) -> int:
    text = str(raw)
    if isinstance(raw, bool) or not text.isdecimal() or not text.isascii() or len(text) > 9:
        errors[name] = gettext(
            "Give a whole number from %(least)s to %(most)s.", least=least, most=most
        )
        return least
    if not least <= int(text) <= most:
        errors[name] = gettext("Give a number from %(least)s to %(most)s.", least=least, most=most)
        return least
    return int(text)


def _items(raw: Any) -> list[Any]:
    return cast("list[Any]", raw) if isinstance(raw, list) else [raw]
