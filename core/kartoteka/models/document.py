"""Documents of clients: their versions, to whom each version went, and what answer came."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Integer as SqlInteger, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.fields.days import believable
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, Day, Integer, LongText, Moment_, Reference, Text_
from kartoteka.fields.types import now
from kartoteka.i18n import _
from kartoteka.models.record import Base, OfClient, Record

CHANNELS = {
    "email": _("E-mail"),
    "messenger": _("Messenger"),
    "edi": _("Electronic exchange"),
    "post": _("Post"),
    "courier": _("Courier"),
    "hand": _("In person"),
}
ANSWERS = {
    "accepted": _("Accepted"),
    "changes": _("Wants changes"),
    "refused": _("Refused"),
}


class Document(OfClient, Record):
    """An offer, a contract, a specification: one paper, whatever the version."""

    __tablename__ = "document"

    title: Mapped[str] = field(Text_(255), _("Title"), required=True, listed=True, searchable=True)
    deal_id: Mapped[int | None] = field(
        Reference("deal", same_client=True), _("Deal"), listed=True, index=True
    )
    note: Mapped[str | None] = field(LongText(), _("Note"))


class DocumentVersion(OfClient, Record):
    """One version of a document: a file as it was uploaded; it never changes."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    document_id: Mapped[int] = field(
        Reference("document", on_delete="CASCADE", same_client=True), _("Document"), required=True,
        readonly=True, listed=True, index=True,
    )  # fmt: skip
    number: Mapped[int] = field(Integer(1), _("Version"), required=True, readonly=True, listed=True)
    file_name: Mapped[str] = field(
        Text_(255), _("File"), required=True, readonly=True, listed=True, searchable=True
    )
    size: Mapped[int] = field(
        Integer(0), _("Size"), unit=_("bytes"), required=True, readonly=True, listed=True
    )
    note: Mapped[str | None] = field(Text_(500), _("What changed"), readonly=True, listed=True)

    #: Under which name `StoredFile` keeps the contents; no version names another's by hand.
    sha256: Mapped[str] = mapped_column(String(64), default="")


class DocumentSending(OfClient, Record):
    """A version that went to somebody: when, by what channel, and what they answered."""

    __tablename__ = "document_sending"
    __table_args__ = (Index("ix_document_sending_client_id_sent_at", "client_id", "sent_at"),)

    version_id: Mapped[int] = field(
        Reference("document_version", on_delete="CASCADE", same_client=True), _("Version"),
        required=True, listed=True, index=True,
    )  # fmt: skip
    contact_id: Mapped[int | None] = field(
        Reference("contact"), _("To whom"), listed=True, index=True
    )
    sent_at: Mapped[datetime] = field(
        Moment_(), _("Sent"), required=True, listed=True, default=now, check=believable
    )
    channel: Mapped[str] = field(
        Choice(CHANNELS), _("Channel"), required=True, listed=True, default="email"
    )
    answer: Mapped[str | None] = field(Choice(ANSWERS), _("Answer"), listed=True)
    answered_on: Mapped[date | None] = field(Day(), _("Answered"), listed=True, check=believable)
    answer_note: Mapped[str | None] = field(Text_(500), _("What they said"))


class StoredFile(Base):
    """The contents of files, each kept once: whoever may open a version gets it from there."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(SqlInteger)
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


__all__ = ["ANSWERS", "CHANNELS", "Document", "DocumentSending", "DocumentVersion", "StoredFile"]
