"""People at our clients, where they work and how they are reached."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ColumnElement, Index, Table, select, union_all
from sqlalchemy.orm import Mapped

from kartoteka.access.actor import Actor
from kartoteka.fields.agreement import not_before
from kartoteka.fields.days import past
from kartoteka.fields.field import field, key_column
from kartoteka.fields.kinds import Choice, Day, LongText, Moment_, Reference, Text_, YesNo
from kartoteka.i18n import _
from kartoteka.models.record import OfClient, Owned, Record, Searchable, owner_rule

POINT_KINDS = {
    "phone": _("Phone"),
    "mobile": _("Mobile"),
    "fax": _("Fax"),
    "email": _("E-mail"),
    "messenger": _("Messenger"),
    "site": _("Web site"),
    "address": _("Postal address"),
}


class Contact(Owned, Searchable, Record):
    """A person. Seen by whoever is responsible for them or for any client they work for."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_owner_id_name_key", "owner_id", "name_key"),
        Index("ix_contact_department_id_name_key", "department_id", "name_key"),
    )

    name: Mapped[str] = field(
        Text_(255), _("Full name"), required=True, listed=True, searchable=True, sort_key=True,
        step=1, synonyms=("name", "full name", "фио", "контактное лицо", "име", "лице за контакт"),
    )  # fmt: skip
    name_key: Mapped[str | None] = key_column()
    birthday: Mapped[date | None] = field(Day(), _("Birthday"), listed=True, step=3, check=past)
    note: Mapped[str | None] = field(LongText(), _("Note"), group="note")

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.id.in_(visible_contact_ids(actor))


class Employment(OfClient, Record):
    """One place of work of a person: leaving the firm ends it and keeps it."""

    __tablename__ = "employment"
    __table_args__ = (
        Index("ix_employment_owner_id_contact_id", "owner_id", "contact_id"),
        Index("ix_employment_department_id_contact_id", "department_id", "contact_id"),
    )
    agreements = (not_before("until", "since", _("Nobody leaves before the first day there.")),)
    main_among = ("client_id",)
    same_by = ("client_id", "contact_id", "until")

    contact_id: Mapped[int] = field(
        Reference("contact", on_delete="CASCADE"), _("Contact"), required=True, listed=True,
        index=True,
    )  # fmt: skip
    position: Mapped[str | None] = field(Text_(200), _("Position"), listed=True, step=1)
    unit: Mapped[str | None] = field(Text_(200), _("Department at the client"), listed=True)
    since: Mapped[date | None] = field(Day(), _("Works there since"), listed=True)
    until: Mapped[date | None] = field(Day(), _("Left on"), listed=True)
    is_main: Mapped[bool] = field(
        YesNo(), _("Main contact of the client"), required=True, default=False, listed=True
    )


class ContactPoint(Owned, Record):
    """A phone, an address …: as typed and normalised, of a client or of a person."""

    __tablename__ = "contact_point"
    __table_args__ = (
        CheckConstraint("(client_id IS NULL) <> (contact_id IS NULL)", name="one_holder"),
    )
    main_among = ("client_id", "contact_id", "kind")
    found_through = ("client_id", "contact_id")
    same_by = ("client_id", "contact_id", "normalised")
    same_despite = ("kind", "value", "label", "is_valid", "bounced_at")

    client_id: Mapped[int | None] = field(
        Reference("client", on_delete="CASCADE"), _("Client"), index=True, listed=True
    )
    contact_id: Mapped[int | None] = field(
        Reference("contact", on_delete="CASCADE"), _("Contact"), index=True, listed=True
    )
    owner_id: Mapped[int | None] = field(  # pyright: ignore[reportAssignmentType,reportIncompatibleVariableOverride]
        Reference(User), _("Responsible manager"), readonly=True, index=True,
        group="responsible",
    )  # fmt: skip
    kind: Mapped[str] = field(
        Choice(POINT_KINDS), _("Kind"), required=True, listed=True, default="phone"
    )
    value: Mapped[str] = field(
        Text_(500, numbers=True), _("Value"), required=True, listed=True, searchable=True
    )
    normalised: Mapped[str | None] = field(
        Text_(500, numbers=True), _("Normalised"), readonly=True, index=True, searchable=True,
        help=_("How search and calls know it: phones with country code, lower-case domains"),
    )  # fmt: skip
    label: Mapped[str | None] = field(Text_(80), _("Label"), listed=True)
    is_main: Mapped[bool] = field(YesNo(), _("Main"), required=True, default=False, listed=True)
    is_valid: Mapped[bool] = field(YesNo(), _("Valid"), required=True, default=True, listed=True)
    bounced_at: Mapped[datetime | None] = field(
        Moment_(), _("Bounced"), help=_("When a letter came back or a call found nobody there"),
    )  # fmt: skip

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return owner_rule(cls, actor) | cls.contact_id.in_(visible_contact_ids(actor))


def visible_contact_ids(actor: Actor) -> Any:
    """Return the ids of the people this actor may see: own ones and those of own clients."""
    people, jobs = _own_tables()
    return union_all(
        select(people.c.id).where(owner_rule(people, actor)),
        select(jobs.c.contact_id).where(owner_rule(jobs, actor)),
    )


@cache
def _own_tables() -> tuple[Any, Any]:
    """Name the tables apart from those of a statement; made once, as every request asks."""
    contact: Table = Contact.__table__  # pyright: ignore[reportAssignmentType]
    employment: Table = Employment.__table__  # pyright: ignore[reportAssignmentType]
    return contact.alias("own_contact"), employment.alias("own_employment")
