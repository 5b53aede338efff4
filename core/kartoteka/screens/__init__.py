"""Screens generated from the registry."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_appbuilder import AppBuilder
from flask_appbuilder.api import BaseApi
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf

from kartoteka.app import Kartoteka
from kartoteka.config import LANGUAGES
from kartoteka.errors import PluginError
from kartoteka.hooks.contributions import Entity, View
from kartoteka.screens import (
    addresses,
    contact_ways,
    errors,
    lookup,
    menu,
    plugin_files,
    preferences,
    requests,
    rights,
    search,
)
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.home import IndexView
from kartoteka.screens.page_view import PageView


def register(app: Flask, builder: AppBuilder, made: Kartoteka) -> None:
    """Make a view for every entity and every view that plugins bring."""
    registry = made.registry
    plugin_files.install(app, registry)
    errors.install(app)
    entries = menu.entries_of(registry)
    own: dict[str, type[EntityView]] = {}
    pages: list[View] = []
    for code, item in registry.views.items():
        base = item.view
        if issubclass(base, EntityView):
            if base.entity_code not in registry.entities:
                raise PluginError(
                    registry.plugin_of("views", code),
                    f"view {code} is for entity {base.entity_code!r}, which does not exist. "
                    "Correct entity_code.",
                )
            own[base.entity_code] = base
        elif not issubclass(base, BaseApi):  # those are added by kartoteka.rest
            pages.append(item)
    for entity in registry.entities.values():
        view = _entity_view(entity, own.get(entity.code, EntityView))
        builder.add_view_no_menu(view, endpoint=entity.code)
    for item in pages:
        entries += _add_page(builder, item)
    for view in (search.SearchView, lookup.PeopleView, preferences.PreferencesView):
        builder.add_view_no_menu(view)
    _serve_templates(app, made, entries)
    addresses.install(app)

    @app.before_request
    def _begin() -> None:
        # Programs are known only after their token was read; the REST classes name them.
        is_screen = not request.path.startswith(("/static/", "/api/"))
        if is_screen and requests.become() is not None:
            preferences.speak_their_language()


def _entity_view(entity: Entity, base: type[EntityView]) -> type[EntityView]:
    """Return the view class of an entity in this application."""
    name = rights.permission_name(entity)
    return type(
        f"{name}Screen",
        (base,),
        {
            "entity": entity,
            "route_base": f"/{entity.code}",
            "class_permission_name": name,
            "title": entity.plural,
        },
    )


def _add_page(builder: AppBuilder, item: View) -> list[menu.Entry]:
    """Add a page by a subclass of its own, so that one application does not change another's."""
    base = item.view
    title = getattr(base, "title", "") or item.title
    view: Any = type(base.__name__, (base,), {"roles": tuple(item.roles), "title": title})
    added: Any = builder.add_view_no_menu(view)
    if not item.menu:
        return []
    method = getattr(added, added.default_view)
    act = getattr(method, "_permission_name", "")
    return [
        menu.Entry(
            title=item.title, icon=item.icon, menu=item.menu, weight=item.weight,
            endpoint=f"{added.endpoint}.{added.default_view}",
            permission=f"can_{act}" if act else "",
            view=added.class_permission_name if act else "",
        )
    ]  # fmt: skip


def _serve_templates(app: Flask, made: Kartoteka, entries: list[menu.Entry]) -> None:
    """Give templates the navigation, rights and addresses they need."""
    files = plugin_files.StaticAddresses(made.registry)
    names: dict[str, Any] = app.jinja_env.globals  # pyright: ignore[reportAssignmentType]
    names.update(
        asset=files.own,
        plugin_styles=files.plugin_styles,
        plugin_scripts=files.plugin_scripts,
        navigation=lambda: menu.navigation(made.registry, entries),
        languages=LANGUAGES,
        get_locale=get_locale,
        contact_ways=contact_ways.ways_of,
        may=rights.may,
        holds=rights.holds,
        has_permission=rights.has,
        is_known=rights.is_known,
        role_titles=rights.role_titles,
        installation=made.config.name,
    )
    names.setdefault("csrf_token", generate_csrf)


__all__ = ["EntityView", "IndexView", "PageView", "register"]
