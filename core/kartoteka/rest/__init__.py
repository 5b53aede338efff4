"""REST generated from the registry."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.api import BaseApi

from kartoteka.app import Kartoteka
from kartoteka.hooks.contributions import Entity


def register(app: Flask, builder: AppBuilder, made: Kartoteka) -> None:
    """Make an API for every entity, add those that plugins bring, and the OpenAPI document."""
    from kartoteka.rest import identity, intake
    from kartoteka.rest.openapi import OpenApi
    from kartoteka.rest.reports import ReportsApi

    identity.watch(app)
    app.register_blueprint(intake.blueprint)
    for entity in made.registry.entities.values():
        builder.add_api(_api_of(entity))
    for view in made.registry.views.values():
        if issubclass(view.view, BaseApi):
            own = type(view.view.__name__, (view.view,), {"roles": tuple(view.roles)})
            builder.add_api(own)
    builder.add_api(ReportsApi)
    builder.add_api(type("OpenApi", (OpenApi,), {"made": {}}))


def _api_of(entity: Entity) -> Any:
    """Return the class of an entity's API; its rights are those of the entity's screens."""
    from kartoteka.rest.acts import ClientApi, DealApi, JobApi, NotificationApi, TaskApi
    from kartoteka.rest.entity_api import EntityApi
    from kartoteka.screens import rights

    acting: dict[str, Any] = {
        "deal": DealApi, "client": ClientApi, "task": TaskApi, "job": JobApi,
        "notification": NotificationApi,
    }  # fmt: skip
    base = acting.get(entity.code, EntityApi)
    allowed = {act for acts in entity.rights.values() for act in acts}
    wanted = {"post": "add", "put": "edit", "delete": "delete"}
    closed = {name for name, act in wanted.items() if act not in allowed}
    if not entity.addable:
        closed.add("post")
    name = rights.permission_name(entity)
    return type(
        f"{name}Api",
        (base,),
        {
            "entity": entity,
            "resource_name": entity.code,
            "class_permission_name": name,
            "exclude_route_methods": closed,
        },
    )
