"""What people agreed to and took back: a ledger in which nothing is changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Index
from sqlalchemy.orm import Mapped

from kartoteka.access.actor import Actor
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, LongText, Moment_, Reference, Text_
from kartoteka.fields.types import now
from kartoteka.i18n import _
from kartoteka.models.contact import visible_contact_ids
from kartoteka.models.record import Record, Scoped

ACTS = {"given": _("Given"), "withdrawn": _("Withdrawn")}
CHANNELS = {
    "email": _("E-mail"),
    "phone": _("Phone call"),
    "sms": _("SMS"),
    "messenger": _("Messenger"),
    "post": _("Letter by post"),
}
PURPOSES = {
    "marketing": _("News and offers"),
    "service": _("Messages about orders"),
    "survey": _("Questions about our work"),
}
WAYS = {
    "form": _("Form on a web site"),
    "paper": _("Signed paper"),
    "email": _("By e-mail"),
    "call": _("In a call"),
    "meeting": _("At a meeting"),
    "link": _("Link in a letter"),
    "import": _("Brought over from elsewhere"),
}


class Consent(Scoped, Record):
    """A person agreed, or took it back. Of each person, channel and purpose the latest row counts.

    Seen by whoever sees the person. Rows are added and never changed: see `services.consents`.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index("ix_consent_latest", "contact_id", "channel", "purpose", "happened_at", "id"),
    )

    contact_id: Mapped[int] = field(
        Reference("contact", on_delete="CASCADE"), _("Contact"), required=True, listed=True,
    )  # fmt: skip
    act: Mapped[str] = field(
        Choice(ACTS), _("Consent"), required=True, listed=True, default="given"
    )
    channel: Mapped[str] = field(Choice(CHANNELS), _("Channel"), required=True, listed=True)
    purpose: Mapped[str] = field(
        Choice(PURPOSES), _("Purpose"), required=True, listed=True, default="marketing"
    )
    happened_at: Mapped[datetime] = field(
        Moment_(), _("When"), required=True, listed=True, default=now,
        help=_("When the person said it, not when it is written down"),
    )  # fmt: skip
    way: Mapped[str] = field(Choice(WAYS), _("How"), required=True, listed=True)
    wording: Mapped[str | None] = field(
        LongText(), _("Exact text"), help=_("What the person agreed to, word for word")
    )
    proof: Mapped[str | None] = field(
        Text_(500), _("Proof"),
        help=_("Where it can be shown: a file, an address, the number of a letter"),
    )  # fmt: skip

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.contact_id.in_(visible_contact_ids(actor))


__all__ = ["ACTS", "CHANNELS", "PURPOSES", "WAYS", "Consent"]
