"""What every record has: identity, version, authorship; and what makes it owned or searchable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from kartoteka.access.actor import Actor
from kartoteka.fields.agreement import Agreement
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Moment_, Reference
from kartoteka.fields.types import now
from kartoteka.i18n import _

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The declarative base of the core and of all plugins.

    Not Flask-AppBuilder's `Model`: that one silently merges two tables of one name.
    """

    metadata = MetaData(naming_convention=NAMING)


class Record(Base):
    """A row that people work with: versioned, signed, with its changes kept in the history."""

    __abstract__ = True

    #: Changes are written to the history; tables that are derived from others say no.
    tracked: ClassVar[bool] = True
    #: Values that make sense only together; whoever writes others is refused.
    agreements: ClassVar[Sequence[Agreement]] = ()
    #: Fields whose values make records alike: of those only one has `is_main`.
    main_among: ClassVar[tuple[str, ...]] = ()
    #: Fields that make two rows say the same: when what they belong to is merged, such rows become
    #: one, unless their other values contradict each other.
    same_by: ClassVar[tuple[str, ...]] = ()
    #: Fields whose difference does not keep two such rows apart.
    same_despite: ClassVar[tuple[str, ...]] = ()
    #: The texts of what these fields point to hold the words of this row, so their index finds it.
    found_through: ClassVar[tuple[str, ...]] = ()

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = field(
        Moment_(), _("Created"), readonly=True, required=True, default=now, group="record"
    )

    # A foreign key to a column of another metadata does not survive the copying of mixins,
    # hence the functions.
    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:
        return field(Reference(User), _("Created by"), readonly=True, group="record")

    updated_at: Mapped[datetime] = field(
        Moment_(), _("Changed"), readonly=True, required=True, default=now, group="record"
    )

    @declared_attr
    def updated_by_id(cls) -> Mapped[int | None]:
        return field(Reference(User), _("Changed by"), readonly=True, group="record")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__table__.c.version, "eager_defaults": False}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id})"


class Scoped:
    """Rows of which each person sees a part. Subclasses say which in `row_rule`."""

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        """Return the condition on the rows this actor may see; never asked for who sees all."""
        raise NotImplementedError(f"{cls.__name__} must say who sees its rows.")


class Owned(Scoped):
    """A row with one responsible manager and that manager's department."""

    @declared_attr
    def owner_id(cls) -> Mapped[int | None]:
        return field(
            Reference(User), _("Responsible manager"), index=True, listed=True,
            group="responsible",
            synonyms=("manager", "owner", "responsible", "account manager", "менеджер",
                      "ответственный", "ответственный менеджер", "куратор", "мениджър",
                      "отговорник"),
        )  # fmt: skip

    department_id: Mapped[int | None] = field(
        Reference("department", on_delete="RESTRICT"),
        _("Department"),
        readonly=True,
        index=True,
        group="responsible",
    )

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return owner_rule(cls, actor)


class OfClient(Owned):
    """A row that belongs to a client; manager and department are copied from the client.

    The copy keeps the row rule an index look-up. `access.guard` writes it; a handover renews it.
    """

    @declared_attr
    def owner_id(cls) -> Mapped[int | None]:
        return field(
            Reference(User), _("Responsible manager"), readonly=True, index=True,
            group="responsible",
        )  # fmt: skip

    @declared_attr
    def client_id(cls) -> Mapped[int]:
        return field(
            Reference("client", on_delete="CASCADE"),
            _("Client"),
            required=True,
            index=True,
            listed=True,
        )


class Searchable:
    """A row that quick search finds by `search_text`, kept folded by `db.search`."""

    search_text: Mapped[str | None] = mapped_column(Text, nullable=True, deferred=True)


def owner_rule(table: Any, actor: Actor) -> ColumnElement[bool]:
    """Return the rule on a class or table that has `owner_id` and `department_id`."""
    columns: Any = getattr(table, "c", table)
    if actor.department_ids:
        mine = columns.department_id.in_(sorted(actor.department_ids))
        if actor.beside_ids:  # seldom: an OR keeps the database from the index
            return mine | columns.owner_id.in_(sorted(actor.beside_ids))
        return mine
    return columns.owner_id.in_(sorted(actor.owner_ids))


__all__ = ["Base", "OfClient", "Owned", "Record", "Scoped", "Searchable", "owner_rule"]
