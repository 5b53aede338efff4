"""Log people in and out, let them change their own password and end their sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import flash, g, redirect, request, session
from flask_appbuilder import BaseView, SimpleFormView, expose
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import has_access, no_cache, permission_name
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.sqla.models import User
from flask_appbuilder.security.views import AuthDBView as FabAuthDBView
from flask_login import current_user, login_user, logout_user
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response
from wtforms import Form, PasswordField
from wtforms.validators import DataRequired, EqualTo, ValidationError

from kartoteka.i18n import _, gettext
from kartoteka.screens import language, limits
from kartoteka.screens.redirects import safe_target
from kartoteka.screens.requests import db
from kartoteka.services import logins, passwords
from kartoteka.services.logins import Login

#: Where a token keeps the number of the session (see services.passwords).
VERSION = "kartoteka.version"
#: Where the cookie keeps the login.
LOGIN = "kartoteka.login"


def begin_session(user: User) -> None:
    """Log a person in: nothing of an earlier session stays, so none can be prepared for them."""
    before = session.get(language.KEY)
    session.clear()
    login_user(user)
    session.permanent = True  # the cookie says when it ends: PERMANENT_SESSION_LIFETIME
    session[LOGIN] = asdict(logins.begin(db(), user.id))
    if before:
        session[language.KEY] = before


def login_of_cookie() -> Login | None:
    """Return the login this browser brings; whether it still holds is not said."""
    kept = session.get(LOGIN)
    return None if kept is None else Login(**kept)


def leave_session() -> None:
    """Log the person of this browser out; the language stays."""
    before = session.get(language.KEY)
    logout_user()
    session.clear()
    if before:
        session[language.KEY] = before


class AuthDBView(FabAuthDBView):
    """Log in and out. Flask-AppBuilder makes the address from the name of the class."""

    invalid_login_message = _("Invalid user name or password.")
    limits = limits.login_limits()

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Any:
        target = safe_target(request.args.get("next"))
        user: Any = current_user
        if user.is_authenticated:
            return redirect(target)
        form: Any = LoginForm_db()
        if form.validate_on_submit():
            user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
            if user:
                begin_session(user)
                return redirect(target)
            flash(str(self.invalid_login_message), "warning")
            return redirect(self.appbuilder.get_url_for_login_with(target))
        return self.login_page(form)

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        user = self._get_authenticated_user()
        login = login_of_cookie()
        leave_session()
        if user is not None and login is not None:
            logins.end(db(), user.id, login)
            db().commit()
            self.appbuilder.sm.on_user_logout(user)
        return redirect(self.appbuilder.get_url_for_index)

    def login_page(self, form: Any = None) -> str:
        """Return the page with the form of user name and password."""
        return self.render_template(
            self.login_template, title=self.title, form=form or LoginForm_db(),
            appbuilder=self.appbuilder,
        )  # fmt: skip


def _must_be_own(form: Form, item: Any) -> None:
    if not check_password_hash(g.user.password, item.data or ""):
        raise ValidationError(gettext("This is not your password."))


def _must_be_strong(form: Form, item: Any) -> None:
    reason = passwords.weakness(item.data or "", g.user.username)
    if reason:
        raise ValidationError(reason)


class PasswordForm(DynamicForm):
    """The old password, and the new one twice."""

    old = PasswordField(
        _("Your password now"), validators=[DataRequired(), _must_be_own],
        widget=BS3PasswordFieldWidget(), render_kw={"autocomplete": "current-password"},
    )  # fmt: skip
    password = PasswordField(
        _("New password"), validators=[DataRequired(), _must_be_strong],
        description=_("At least 8 characters. A few words are better than one with signs."),
        widget=BS3PasswordFieldWidget(), render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
    conf_password = PasswordField(
        _("New password again"),
        validators=[EqualTo("password", message=_("The two passwords differ."))],
        widget=BS3PasswordFieldWidget(), render_kw={"autocomplete": "new-password"},
    )  # fmt: skip


class ResetMyPasswordView(SimpleFormView):
    """Change the own password; every other session of the person ends."""

    route_base = "/resetmypassword"
    for_everybody = True
    form = PasswordForm
    form_title = _("Change password")
    redirect_url = "/"
    message = _("The password was changed. You are logged out everywhere else.")
    limits = limits.password_limits()

    def form_post(self, form: Any) -> None:
        user = db().get_one(User, g.user.id)
        passwords.set_password(db(), user, form.password.data)
        db().commit()
        begin_session(user)
        flash(str(self.message), "info")


class SessionsView(BaseView):
    """End all sessions of the person at once: a lost laptop, a stolen cookie."""

    route_base = "/sessions"
    class_permission_name = "Account"
    for_everybody = True

    @expose("/end", methods=["POST"])
    @has_access
    @permission_name("use")
    def end(self) -> Response:
        passwords.end_sessions(db(), g.user.id)
        db().commit()
        leave_session()
        flash(gettext("You are logged out on every device."), "info")
        return redirect(self.appbuilder.get_url_for_login)
