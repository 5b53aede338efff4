"""The decision-making unit: who at the client decides, how they stand, how they relate."""

from __future__ import annotations

import operator
from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from kartoteka.fields.agreement import Agreement
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, Choices, Integer, Moment_, Reference, Text_
from kartoteka.i18n import _
from kartoteka.models.catalog import dmu_roles
from kartoteka.models.record import OfClient, Record

COVERAGES = {
    "none": _("No talk yet"),
    "brief": _("Brief"),
    "several": _("Several talks"),
    "deep": _("Deep"),
}
ATTITUDES = {
    -2: _("strongly against us"),
    -1: _("against us"),
    0: _("neutral"),
    1: _("for us"),
    2: _("strongly for us"),
}
RELATIONS = {
    "reports_to": _("reports to"),
    "influences": _("influences"),
    "conflicts_with": _("conflicts with"),
}


class Dmu(OfClient, Record):
    """The decision-making unit of a client, or of one deal."""

    __tablename__ = "dmu"
    same_by = ("client_id", "deal_id", "title")

    deal_id: Mapped[int | None] = field(
        Reference("deal", on_delete="CASCADE", same_client=True),
        _("Deal"),
        listed=True,
        index=True,
    )
    title: Mapped[str] = field(Text_(120), _("Title"), required=True, listed=True)


class DmuMember(OfClient, Record):
    """One person in a decision-making unit."""

    __tablename__ = "dmu_member"
    __table_args__ = (UniqueConstraint("dmu_id", "contact_id"),)

    dmu_id: Mapped[int] = field(
        Reference("dmu", on_delete="CASCADE", same_client=True),
        _("DMU"),
        required=True,
        listed=True,
        index=True,
    )
    contact_id: Mapped[int] = field(
        Reference("contact", on_delete="CASCADE"), _("Contact"), required=True, listed=True,
        index=True,
    )  # fmt: skip
    roles: Mapped[tuple[str, ...] | None] = field(
        Choices(dmu_roles), _("Roles"), required=True, nullable=True, listed=True
    )
    influence: Mapped[int | None] = field(
        Integer(1, 5), _("Influence"), help=_("From 1 to 5"), listed=True
    )
    attitude: Mapped[int | None] = field(
        Integer(-2, 2), _("Attitude"), help=_("From −2 (against us) to 2 (for us)"), listed=True
    )
    coverage: Mapped[str | None] = field(Choice(COVERAGES), _("Coverage"), listed=True)
    evidence: Mapped[str | None] = field(Text_(1000), _("How we know"))
    assessed_by_id: Mapped[int | None] = field(
        Reference(User), _("Assessed by"), readonly=True, listed=True
    )
    assessed_at: Mapped[datetime | None] = field(
        Moment_(), _("Assessed"), readonly=True, listed=True
    )


class DmuRelation(OfClient, Record):
    """How one member stands to another."""

    __tablename__ = "dmu_relation"
    __table_args__ = (UniqueConstraint("member_id", "other_id", "kind"),)
    agreements = (
        Agreement(
            fields=("other_id", "member_id"),
            holds=operator.ne,
            otherwise=_("Nobody stands to themselves. Choose somebody else."),
        ),
    )

    member_id: Mapped[int] = field(
        Reference("dmu_member", on_delete="CASCADE", same_client=True), _("Member"), required=True,
        listed=True, index=True,
    )  # fmt: skip
    kind: Mapped[str] = field(Choice(RELATIONS), _("Relation"), required=True, listed=True)
    other_id: Mapped[int] = field(
        Reference("dmu_member", on_delete="CASCADE", same_client=True), _("To whom"), required=True,
        listed=True, index=True,
    )  # fmt: skip
    note: Mapped[str | None] = field(Text_(500), _("Note"))
