"""Tell a watchdog whether this process lives and whether it can work."""

from __future__ import annotations

import platform
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify
from sqlalchemy.exc import SQLAlchemyError

from kartoteka import __version__
from kartoteka.app import Kartoteka

if TYPE_CHECKING:
    from kartoteka.db.migrations import Migrations


def blueprint(made: Kartoteka) -> Blueprint:
    """Return /healthz (what runs) and /readyz (whether it can serve); neither needs a login."""
    pages = Blueprint("health", __name__)

    @cache
    def migrations() -> Migrations:
        return made.migrations  # not before it is asked for: Alembic takes long to load

    @cache
    def known_heads() -> dict[str, str | None]:
        return migrations().heads()

    @pages.get("/healthz")
    def healthz() -> Any:
        return jsonify(
            status="ok",
            kartoteka=__version__,
            python=platform.python_version(),
            plugins={name: info.version for name, info in made.registry.plugins.infos.items()},
            schema=known_heads(),
        )

    @pages.get("/readyz")
    def readyz() -> Any:
        try:
            behind = migrations().behind(known_heads())
        except SQLAlchemyError:
            return jsonify(status="unready", reason="The database does not answer."), 503
        if behind:
            reason = f"The schema is behind: {', '.join(behind)}. Run `kartoteka db upgrade`."
            return jsonify(status="unready", reason=reason), 503
        return jsonify(status="ready")

    return pages
