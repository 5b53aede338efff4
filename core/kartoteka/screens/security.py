"""Keep accounts: who is behind a cookie, a token or a key, and what their roles permit."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request
from flask_appbuilder.api import expose, safe
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla import models as fab
from flask_appbuilder.security.sqla.manager import SecurityManager as FabSecurityManager
from flask_jwt_extended import JWTManager
from sqlalchemy import func, select

from kartoteka.errors import Invalid
from kartoteka.fields.text import unkeepable
from kartoteka.rest import answers, bodies
from kartoteka.screens import limits
from kartoteka.screens.accounts import (
    VERSION,
    AuthDBView,
    ResetMyPasswordView,
    SessionsView,
    login_of_cookie,
)
from kartoteka.screens.requests import db
from kartoteka.services import logins, passwords

Right = tuple[str, str]


class LimitedSecurityApi(SecurityApi):
    """Tokens for programs, limited like the login form."""

    limits = limits.login_limits()

    @expose("/login", methods=("POST",))
    @safe
    def login(self) -> Any:
        """Give tokens for a user name and a password; `provider` may be left out."""
        body: Any = None
        if request.is_json:
            try:
                bodies.json_object()
            except answers.BadRequest as error:
                return answers.refusal(error)
            body = request.get_json(silent=True)
        if isinstance(body, dict):
            body.setdefault("provider", "db")  # Flask keeps the parsed body for who reads next
            if unkeepable("".join(v for v in body.values() if isinstance(v, str))):
                return self.response_401()
        return super().login()


class SecurityManager(FabSecurityManager):
    """Flask-AppBuilder's accounts: mortal sessions, strong passwords, rights read once a request.

    Of its own screens only those of the own account are served; staff, roles and rights have
    screens of Kartoteka. Nothing is public: there is no Public role.
    """

    authdbview = AuthDBView
    resetmypasswordview = ResetMyPasswordView
    security_api = LimitedSecurityApi
    userstatschartview: Any = None

    def register_views(self) -> None:
        self.auth_view = self.appbuilder.add_view_no_menu(self.authdbview)
        self.appbuilder.add_view_no_menu(self.resetmypasswordview)
        self.appbuilder.add_view_no_menu(SessionsView)
        self.appbuilder.add_api(self.security_api)

    # Sessions

    def load_user(self, pk: Any) -> Any:
        """Return the active user of a cookie whose login was not ended since."""
        login = login_of_cookie()
        found = None if login is None else logins.holder(db(), int(pk), login)
        if found is None:
            return None
        user, g.kartoteka_staff = found
        return user

    def load_user_jwt(self, _jwt_header: Any, jwt_data: dict[str, Any]) -> Any:
        user = super().load_user(jwt_data["sub"])
        if user is None or jwt_data.get(VERSION) != passwords.session_version(db(), user.id):
            return None
        g.user = user
        return user

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        manager = super().create_jwt_manager(app)
        manager.additional_claims_loader(_claims)
        return manager

    def on_user_login(self, user: fab.User) -> None:
        setattr(g, limits.PASSED, True)

    # Accounts

    def auth_user_db(self, username: Any, password: Any) -> Any:
        """Return the user of a name or an address and a password; None when they do not fit."""
        if unkeepable(f"{username}{password}"):
            return None
        return super().auth_user_db(username, password)

    def find_user(self, username: str | None = None, email: str | None = None) -> Any:
        if not username and email:
            found = db().scalars(
                select(fab.User).where(func.lower(fab.User.email) == email.lower()).limit(2)
            )
            users = found.all()
            return users[0] if len(users) == 1 else None
        return super().find_user(username=username, email=email)

    def add_user(self, username: str, *args: Any, **kwargs: Any) -> Any:
        password = kwargs.get("password") or (args[4] if len(args) > 4 else "")
        reason = "" if kwargs.get("hashed_password") else passwords.weakness(password, username)
        if reason:
            raise Invalid({"password": reason})
        return super().add_user(username, *args, **kwargs)

    def reset_password(self, userid: Any, password: str) -> None:
        passwords.set_password(db(), db().get_one(fab.User, int(userid)), password)
        db().commit()

    # Rights

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False

    def get_public_role(self) -> None:
        return None

    def get_user_roles(self, user: Any) -> list[Any]:
        return super().get_user_roles(user) if user and user.is_authenticated else []

    def exist_permission_on_roles(
        self, view_name: str, permission_name: str, role_ids: list[int]
    ) -> bool:
        return (permission_name, view_name) in self._rights(role_ids)

    def _get_user_permission_view_menus(
        self, user: Any, permission_name: str, view_menus_name: list[str]
    ) -> set[str]:
        rights = self._rights([role.id for role in self.get_user_roles(user)])
        return {name for name in view_menus_name if (permission_name, name) in rights}

    def rights_of(self, user: Any) -> frozenset[Right]:
        """Return every (permission, view) that the roles of a user give."""
        return frozenset(self._rights([role.id for role in self.get_user_roles(user)]))

    def _rights(self, role_ids: list[int]) -> set[Right]:
        """Return all rights of some roles: one statement per request, however many are asked."""
        key = tuple(sorted(role_ids))
        if not has_request_context():
            return self._read_rights(key)
        kept: dict[tuple[int, ...], set[Right]] = g.setdefault("kartoteka_rights", {})
        if key not in kept:
            kept[key] = self._read_rights(key)
        return kept[key]

    def _read_rights(self, role_ids: tuple[int, ...]) -> set[Right]:
        if not role_ids:
            return set()
        rows = db().execute(
            select(fab.Permission.name, fab.ViewMenu.name)
            .join(fab.PermissionView, fab.PermissionView.permission_id == fab.Permission.id)
            .join(fab.ViewMenu, fab.PermissionView.view_menu_id == fab.ViewMenu.id)
            .join(
                fab.assoc_permissionview_role,
                fab.assoc_permissionview_role.c.permission_view_id == fab.PermissionView.id,
            )
            .where(fab.assoc_permissionview_role.c.role_id.in_(role_ids))
        )
        return {(row[0], row[1]) for row in rows}


def _claims(user_id: str) -> dict[str, Any]:
    """Return what a token says beside the user: which sessions of theirs were valid."""
    return {VERSION: passwords.session_version(db(), int(user_id))}
