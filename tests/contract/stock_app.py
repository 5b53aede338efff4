"""A small application on stock Flask-AppBuilder: what Kartoteka would be without its own bases.

Run in a process of its own, `python stock_app.py FOLDER PORT [--security-api]`, so that nothing
of Kartoteka is in it and its tables stay out of ours. It serves on four threads.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any, Optional, cast

from flask import Flask, g, redirect
from flask_appbuilder import AppBuilder, Model, ModelRestApi, ModelView, action
from flask_appbuilder.models.mixins import AuditMixin
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

PASSWORD = "correct horse"
CLIENTS = 60


class Client(Model):
    __tablename__ = "stock_client"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    city: Mapped[Optional[str]] = mapped_column(String(100))  # noqa: UP045  # read at run time
    vip: Mapped[bool] = mapped_column(default=False)
    called_at: Mapped[Optional[datetime]] = mapped_column()  # noqa: UP045
    since: Mapped[Optional[date]] = mapped_column()  # noqa: UP045
    manager_id: Mapped[Optional[int]] = mapped_column(ForeignKey("ab_user.id"))  # noqa: UP045
    manager = relationship("User", foreign_keys=[manager_id])

    def __repr__(self) -> str:
        return self.name


class Contact(Model):
    __tablename__ = "stock_contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    client_id: Mapped[int] = mapped_column(ForeignKey("stock_client.id"))
    client: Mapped[Client] = relationship(Client)


class Visit(AuditMixin, Model):
    __tablename__ = "stock_visit"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))


class ContactView(ModelView):
    datamodel = SQLAInterface(Contact)
    list_columns = ["name", "client.name"]
    add_columns = ["name", "client"]


class ClientView(ModelView):
    datamodel = SQLAInterface(Client)
    list_columns = ["name", "city"]
    add_columns = ["name", "city", "called_at", "since"]
    search_columns = ["name", "city", "called_at"]


class OwnClientView(ModelView):
    """Clients limited, as the manual says, to those of the person."""

    datamodel = SQLAInterface(Client)
    list_columns = ["name"]
    base_filters = [["manager_id", FilterEqualFunction, lambda: g.user.id]]

    @action("promote", "Promote", "Sure?")
    def promote(self, items: Any) -> Any:
        for item in items if isinstance(items, list) else [items]:
            item.vip = True
            self.datamodel.edit(item)
        return redirect(self.get_redirect())


class VisitView(ModelView):
    datamodel = SQLAInterface(Visit)
    list_columns = ["title"]


class ClientApi(ModelRestApi):
    datamodel = SQLAInterface(Client)
    resource_name = "client"
    allow_browser_login = True


def make(folder: Path, security_api: bool = False) -> Flask:
    """Return the application on a new SQLite file, filled."""
    app = Flask("stock")
    app.config.update(
        SECRET_KEY="s" * 48,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'stock.db'}",
        SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"timeout": 30}},
        FAB_ADD_SECURITY_API=security_api,
        RATELIMIT_ENABLED=True,
        AUTH_RATE_LIMITED=True,
        AUTH_RATE_LIMIT="5 per minute",
    )
    base = SQLA()
    base.init_app(app)
    builder = AppBuilder()
    with app.app_context():
        builder.init_app(app, cast("Any", base.session))
        Model.metadata.create_all(base.engine)
        for view in (ContactView, ClientView, OwnClientView, VisitView):
            builder.add_view(view, view.__name__)
        if not security_api:
            builder.add_api(ClientApi)
        manager: Any = builder.sm
        chief = manager.add_user(
            "chief", "C", "C", "c@example.com", manager.find_role("Admin"), PASSWORD
        )
        reader = manager.add_role("Reader")
        manager.add_permission_role(
            reader, manager.find_permission_view_menu("can_get", "ClientApi")
        )
        manager.add_user("reader", "R", "R", "r@example.com", reader, PASSWORD)
        base.session.add_all(
            [Client(name=f"Company {n:04d}", city="Sofia", manager_id=chief.id if n % 2 else None)
             for n in range(1, CLIENTS + 1)]
        )  # fmt: skip
        base.session.commit()
    return app


if __name__ == "__main__":
    from waitress import serve

    made = make(Path(sys.argv[1]), "--security-api" in sys.argv)
    # Threads take turns often, as they do on a busy server.
    sys.setswitchinterval(1e-5)
    serve(made, host="127.0.0.1", port=int(sys.argv[2]), threads=4, _quiet=True)
