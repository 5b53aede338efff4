"""A base for plugins that bring a Flask-AppBuilder API of their own, with its defects mended."""

from __future__ import annotations

import copy
from typing import Any

from flask import current_app, g, has_request_context
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.api.convert import Model2SchemaConverter
from flask_appbuilder.security.sqla.models import User
from marshmallow_sqlalchemy import SQLAlchemyAutoSchema

from kartoteka.errors import PluginError
from kartoteka.fields.field import fields_of
from kartoteka.models.record import Base

_AutoSchema: Any = SQLAlchemyAutoSchema
#: All that may be told of a person.
OF_USER = frozenset({"id", "first_name", "last_name", "username"})
_LISTS = ("list_columns", "show_columns", "add_columns", "edit_columns")


class ForeignKeyConverter(Model2SchemaConverter):
    """Keeps foreign key columns in the schema; marshmallow 4 stumbles where they are left out."""

    def _meta_schema_factory(
        self,
        columns: list[str],
        model: type[Any] | None,
        class_mixin: type[Any],
        parent_schema_name: str | None = None,
    ) -> Any:
        options: dict[str, Any] = {
            "model": model, "load_instance": True, "include_fk": True,
            "sqla_session": current_app.extensions["appbuilder"].session,
            "parent_schema_name": parent_schema_name,
        }  # fmt: skip
        if columns:
            options["fields"] = columns
        meta = type("Meta", (), options)
        return type("MetaSchema", (class_mixin, _AutoSchema), {"Meta": meta})


class RequestFilters:
    """Gives each request filters of its own: the stock class shares one set between all threads."""

    @property
    def _filters(self) -> Any:
        first = self.__dict__.get("_first_filters")
        if first is None or not has_request_context():
            return first
        kept: dict[int, Any] = g.setdefault("kartoteka_filters", {})
        if id(self) not in kept:
            kept[id(self)] = copy.copy(first)
            kept[id(self)].clear_filters()
        return kept[id(self)]

    @_filters.setter
    def _filters(self, value: Any) -> None:
        self.__dict__["_first_filters"] = value


class ModelApi(RequestFilters, ModelRestApi):
    """An API over a table, written by hand; entities have theirs without it.

    Say which columns it shows: `list_columns`, `show_columns`, `add_columns`, `edit_columns`.
    Contribute it by the hook `views()`: `View(view=MyApi, title=…, roles=…)`.
    """

    model2schemaconverter = ForeignKeyConverter
    allow_browser_login = True
    max_page_size = 100

    def __init__(self) -> None:
        _demand_columns(type(self))
        given: Any = self.search_columns
        if given is None:
            self.search_columns = [name for name in self.list_columns or () if "." not in name]
        super().__init__()


def _demand_columns(api: type[ModelApi]) -> None:
    """Refuse an API that would show more than its author wrote down.

    Raises:
        PluginError: a list of columns is missing, or a column shows a whole related record, more
            of a person than their name, or what is hidden from some roles.
    """
    plugin = api.__module__.split(".")[0]
    model: Any = api.datamodel.obj
    for name in _LISTS:
        if getattr(api, name) is None:
            raise PluginError(
                plugin,
                f"API {api.__name__} does not say which columns it shows. Set {name}, "
                "an empty list if there are none.",
            )
    hidden = (
        {n for n, f in fields_of(model).items() if f.hidden_from}
        if issubclass(model, Base)
        else set[str]()
    )
    for name in (*_LISTS, "search_columns", "order_columns"):
        for column in getattr(api, name, None) or ():
            _check_column(api, plugin, name, column)
            if column in hidden:
                raise PluginError(
                    plugin,
                    f"API {api.__name__}: column {column!r} in {name} is hidden from some roles, "
                    "which this API can not do. Take it out; the entity's own API has it.",
                )


def _check_column(api: type[ModelApi], plugin: str, place: str, column: str) -> None:
    model: Any = api.datamodel.obj
    first, _dot, rest = column.partition(".")
    if not hasattr(model, first):
        raise PluginError(
            plugin, f"API {api.__name__}: there is no column {column!r} ({place}). Correct it."
        )
    if issubclass(model, User) and first not in OF_USER:
        raise PluginError(
            plugin,
            f"API {api.__name__}: {column!r} in {place} shows more of an account than "
            f"{', '.join(sorted(OF_USER))}. Take it out.",
        )
    if not api.datamodel.is_relation(first):
        return
    if not rest:
        raise PluginError(
            plugin,
            f"API {api.__name__}: {column!r} in {place} would show the related record whole. "
            f"Name a column of it, such as '{column}.id'.",
        )
    if issubclass(api.datamodel.get_related_model(first), User) and rest not in OF_USER:
        raise PluginError(
            plugin,
            f"API {api.__name__}: {column!r} in {place} shows more of a person than "
            f"{', '.join(sorted(OF_USER))}. Take it out.",
        )


__all__ = ["ModelApi"]
