"""Serve the OpenAPI 3.1 document of the whole API, as it is for the person who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Response, current_app
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.api.manager import resolver

from kartoteka import __version__
from kartoteka.app import kartoteka
from kartoteka.rest import documents
from kartoteka.rest.answers import answer, guarded
from kartoteka.screens import requests

_ABOUT = (
    "Show who you are by `Authorization: Bearer <token or API key>`: a token of "
    "`POST /api/v1/security/login`, or a key made with `kartoteka user api-key`. Rights are those "
    "of the person. A browser may use its cookie and then sends `X-CSRFToken` to change anything. "
    "Amounts are texts, moments are UTC, choices are codes."
)


class OpenApi(BaseApi):
    """The document; fields that are hidden from a role are not in it."""

    route_base = "/api/v1"
    version = "v1"
    #: Documents by roles and language; the API itself does not change while the application runs.
    made: ClassVar[dict[Any, Mapping[str, Any]]]

    @expose("/_openapi", methods=("GET",))
    @guarded("")
    def get(self) -> Response:
        """Answer the OpenAPI document."""
        key = (requests.actor().roles, requests.reading().locale)
        if key not in self.made:
            self.made[key] = document()
        return answer(200, self.made[key])

    def add_api_spec(self, api_spec: Any) -> None:
        """Leave itself out."""


def document() -> Mapping[str, Any]:
    """Return the OpenAPI document for the person of this request."""
    title = kartoteka().config.name
    spec = APISpec(
        title=title, version=__version__, openapi_version="3.1.0", info={"description": _ABOUT},
        plugins=[MarshmallowPlugin(schema_name_resolver=resolver)], servers=[{"url": "/"}],
    )  # fmt: skip
    documents.add_shared(spec)
    builder: Any = current_app.extensions["appbuilder"]
    for view in builder.baseviews:
        if isinstance(view, BaseApi) and view.version == "v1":
            view.add_api_spec(spec)
    return spec.to_dict()
