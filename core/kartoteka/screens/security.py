"""Accounts, permissions and the hardening of every answer."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context
from flask_appbuilder.security.sqla import models as fab
from flask_appbuilder.security.sqla.manager import SecurityManager as FabSecurityManager
from sqlalchemy import select

from kartoteka.app import Kartoteka
from kartoteka.config import LANGUAGES, Config


class SecurityManager(FabSecurityManager):
    """Flask-AppBuilder's accounts with permissions looked up once per request."""

    def exist_permission_on_roles(
        self, view_name: str, permission_name: str, role_ids: list[int]
    ) -> bool:
        if not has_request_context():
            return super().exist_permission_on_roles(view_name, permission_name, role_ids)
        key = tuple(sorted(role_ids))
        kept: dict[tuple[int, ...], set[tuple[str, str]]] = g.setdefault("kartoteka_rights", {})
        if key not in kept:
            kept[key] = self._rights_of(key)
        return (permission_name, view_name) in kept[key]

    def _rights_of(self, role_ids: tuple[int, ...]) -> set[tuple[str, str]]:
        rows = self.session.execute(
            select(fab.Permission.name, fab.ViewMenu.name)
            .join(fab.PermissionView, fab.PermissionView.permission_id == fab.Permission.id)
            .join(fab.ViewMenu, fab.PermissionView.view_menu_id == fab.ViewMenu.id)
            .join(
                fab.assoc_permissionview_role,
                fab.assoc_permissionview_role.c.permission_view_id == fab.PermissionView.id,
            )
            .where(fab.assoc_permissionview_role.c.role_id.in_(role_ids))
        )
        return set(rows.tuples())


def settings(config: Config) -> dict[str, Any]:
    """Return Flask's and Flask-AppBuilder's settings for an installation."""
    return {
        "SECRET_KEY": config.secret_key,
        "APP_NAME": config.name,
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_BASE_TEMPLATE": "kartoteka/layout.html",
        "FAB_API_SWAGGER_UI": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_ADD_SECURITY_VIEWS": True,
        "FAB_API_KEY_ENABLED": True,
        "LANGUAGES": {code: {"flag": code, "name": name} for code, name in LANGUAGES.items()},
        "BABEL_DEFAULT_LOCALE": config.language,
    }


def harden(app: Flask, made: Kartoteka) -> None:
    """Put the protections on a finished application."""
