"""The base of every page made by hand: access, rendering, the way back.

A page of a plugin::

    class StandPlan(PageView):
        route_base = "/stand-plan"
        title = _("Plan of the stands")

        @expose("/")
        @access()
        def index(self):
            session = db()                      # knows who acts; shows only their rows
            return self.render("exhibitions/plan.html", halls=...)

        @expose("/book/<int:pk>", methods=["POST"])
        @access("edit")
        def book(self, pk): ...
            session.commit()
            return self.back(gettext("The stand is booked."))

It is announced by `views()`: `View(view=StandPlan, title=..., menu="sales", roles=(...))`. The
roles get every permission of the page from the start; `can_index` on `StandPlan` is what staff
see in the settings of roles. Templates extend `kartoteka/layout.html`; its head comment lists
blocks and CSS components. Every form that changes something is a POST with
`<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">`.

Errors: raise `Rejected`, `Invalid` or `NotAllowed`; people get the sentence on a page (programs
that ask for JSON get `{"message", "errors"}`), and the transaction is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar, TypeVar, cast

from flask import Response, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from werkzeug.wrappers import Response as AnyResponse

from kartoteka.errors import AlreadyRunning, NotAllowed
from kartoteka.i18n import Text, gettext
from kartoteka.screens import rights
from kartoteka.screens.redirects import safe_target
from kartoteka.screens.requests import db
from kartoteka.services.jobs import start_job

F = TypeVar("F", bound=Callable[..., Any])


def access(act: str = "") -> Callable[[F], F]:
    """Let in only people with the permission `can_<act>` on this view; default: the method."""

    def mark(method: F) -> F:
        name = act or method.__name__

        @wraps(method)
        def checked(self: PageView, *args: Any, **values: Any) -> Any:
            if not rights.is_known():
                return log_in_first()
            if not rights.has(f"can_{name}", str(self.class_permission_name)):
                raise NotAllowed(gettext("You have no right to this page."))
            return method(self, *args, **values)

        checked._permission_name = name  # pyright: ignore[reportAttributeAccessIssue]
        return cast("F", checked)

    return mark


class PageView(BaseView):
    """A page with an address of its own.

    Attributes:
        title: shown in the head of the page and of the window.
        roles: roles that have its permissions from the start; set from `View.roles`.
        for_everybody: every role has its permissions.
    """

    title: Text = ""
    roles: Sequence[str] = ()
    for_everybody: ClassVar[bool] = False
    default_view = "index"

    def render(self, template: str, **context: Any) -> str:
        """Return a page; the template gets `view` and `title` besides what is given."""
        return render_template(template, **{"view": self, "title": self.title, **context})

    def back(self, message: str = "", to: str = "", category: str = "success") -> AnyResponse:
        """Return to where the person came from, with a message."""
        if message:
            flash(message, category)
        return redirect(way_back(to))

    def run_job(self, code: str, arguments: Mapping[str, Any] | None = None) -> AnyResponse:
        """Start a job, commit, and go to its page; to that of the one that runs if only one may.

        Raises:
            Invalid, Rejected: as `start_job`.
        """
        session = db()
        try:
            job_id = start_job(session, code, arguments).id
            session.commit()
        except AlreadyRunning as error:
            session.rollback()
            if error.job_id is None:
                return self.back(str(error), url_for("job.list"), "warning")
            job_id = error.job_id
        return redirect(url_for("job.show", pk=job_id))


def way_back(to: str = "") -> str:
    """Return the address a page was called with as `next`, else `to`, else the home page.

    Only addresses of this application: an outside one would send people to strangers.
    """
    return safe_target(request.values.get("next") or to)


def wants_json() -> bool:
    """Say whether a program (or a script of ours) asks."""
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def log_in_first() -> AnyResponse:
    """Send a stranger to the log-in page, a script a plain 401."""
    if wants_json() or request.headers.get("X-Requested-With") == "fetch":
        return Response(status=401)
    wanted = request.method == "GET" and request.path != "/"
    return redirect(
        url_for("AuthDBView.login", next=request.full_path.rstrip("?") if wanted else None)
    )


__all__ = ["PageView", "access", "expose", "log_in_first", "wants_json", "way_back"]
