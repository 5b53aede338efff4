"""Saved views of lists: which records, which columns, in which order, and for whom."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, ForeignKey, Integer, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.access.actor import Actor
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, LongText, Reference, Text_, YesNo
from kartoteka.i18n import _
from kartoteka.models.catalog import entity_titles, role_titles
from kartoteka.models.record import Base, Record, Scoped

SHARED = {
    "nobody": _("Only the owner"),
    "role": _("A role"),
    "department": _("A department"),
    "everybody": _("Everybody"),
}


class SavedView(Scoped, Record):
    """A list as somebody wants it. Owner and director change it, others at most use it.

    It opens nothing: whoever uses it sees of its records those they see anyway.
    """

    __tablename__ = "saved_view"

    name: Mapped[str] = field(Text_(120), _("Name"), required=True, listed=True, searchable=True)
    entity: Mapped[str] = field(
        Choice(entity_titles), _("List"), required=True, readonly=True, listed=True, index=True
    )
    owner_id: Mapped[int | None] = field(
        Reference(User), _("Owner"), readonly=True, listed=True, index=True
    )
    shared_with: Mapped[str] = field(
        Choice(SHARED), _("Shared with"), required=True, default="nobody", listed=True
    )
    shared_role: Mapped[str | None] = field(Choice(role_titles), _("Shared with the role"))
    shared_department_id: Mapped[int | None] = field(
        Reference("department"), _("Shared with the department"), index=True
    )
    is_segment: Mapped[bool] = field(
        YesNo(), _("Segment"), required=True, default=False, listed=True,
        help=_("Counted among the segments and shown on the cards of clients"),
    )  # fmt: skip
    description: Mapped[str | None] = field(Text_(500), _("Description"))
    #: One line of JSON as `criteria.document` writes it; empty: all records.
    criteria: Mapped[str | None] = field(
        LongText(200_000), _("Criteria"), readonly=True, filterable=False
    )
    #: Names of fields with a point between them; empty: the usual columns.
    columns: Mapped[str | None] = field(Text_(2000), _("Columns"), readonly=True, filterable=False)
    search_words: Mapped[str | None] = field(
        Text_(200), _("Search"), readonly=True, filterable=False
    )
    sort: Mapped[str | None] = field(Text_(100), _("Order"), readonly=True, filterable=False)

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        departments = set(actor.department_ids)
        if actor.department_id is not None:
            departments.add(actor.department_id)
        return or_(
            cls.owner_id == actor.user_id,
            cls.shared_with == "everybody",
            and_(cls.shared_with == "role", cls.shared_role.in_(sorted(actor.roles))),
            and_(
                cls.shared_with == "department",
                cls.shared_department_id.in_(sorted(departments)),
            ),
        )


class DefaultView(Base):
    """The view a person has chosen for a list that is opened without saying which."""

    __tablename__ = "default_view"

    user_id: Mapped[int] = mapped_column(
        Integer, ForeignKey(User.__table__.c.id, ondelete="CASCADE"), primary_key=True
    )
    entity: Mapped[str] = mapped_column(String(60), primary_key=True)
    view_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("saved_view.id", ondelete="CASCADE"), index=True
    )


__all__ = ["SHARED", "DefaultView", "SavedView"]
