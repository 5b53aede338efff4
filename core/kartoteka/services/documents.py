"""Keep documents with their versions; write down to whom each went and what they answered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import unscoped
from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.models import Contact, Document, DocumentSending, DocumentVersion, StoredFile
from kartoteka.models.document import CHANNELS
from kartoteka.services import activities, records

#: Larger files belong on a drive; the note of a document takes the link.
LARGEST = 25 * 2**20
#: More than these are reached through the list, which the page links to.
MOST_DOCUMENTS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class SendingLine:
    """A version that went to somebody; `contact` is empty where the reader does not see whom."""

    sending: DocumentSending
    contact: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionLine:
    """One version with all its sendings, the newest first."""

    version: DocumentVersion
    sendings: list[SendingLine] = field(default_factory=list[SendingLine])


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentLine:
    """A document with its versions, the newest first."""

    document: Document
    versions: list[VersionLine] = field(default_factory=list[VersionLine])

    @property
    def last_sent(self) -> tuple[VersionLine, SendingLine] | None:
        """Return what went out last, with its version."""
        sent = [(version, one) for version in self.versions for one in version.sendings]
        return max(sent, key=lambda pair: (pair[1].sending.sent_at, pair[1].sending.id),
                   default=None)  # fmt: skip


def documents_of(
    session: Session, client_id: int, document_id: int | None = None
) -> Sequence[DocumentLine]:  # fmt: skip
    """Return the documents of a client, what changed last first: one statement.

    Args:
        session: its actor gets what they may see.
        document_id: only this one.
    """
    chosen = select(Document.id).where(Document.client_id == client_id)
    if document_id is not None:
        chosen = chosen.where(Document.id == document_id)
    newest = chosen.order_by(Document.updated_at.desc(), Document.id.desc()).limit(MOST_DOCUMENTS)
    rows: Any = session.execute(
        select(Document, DocumentVersion, DocumentSending, Contact.name)
        .outerjoin(DocumentVersion, DocumentVersion.document_id == Document.id)
        .outerjoin(DocumentSending, DocumentSending.version_id == DocumentVersion.id)
        .outerjoin(Contact, Contact.id == DocumentSending.contact_id)
        .where(Document.client_id == client_id, Document.id.in_(select(newest.subquery().c.id)))
        .order_by(
            Document.updated_at.desc(), Document.id.desc(), DocumentVersion.number.desc(),
            DocumentSending.sent_at.desc(), DocumentSending.id.desc(),
        )
    )  # fmt: skip
    found: dict[int, DocumentLine] = {}
    for document, version, sending, contact in rows:
        line = found.setdefault(document.id, DocumentLine(document=document))
        if version is None:
            continue
        if not line.versions or line.versions[-1].version.id != version.id:
            line.versions.append(VersionLine(version=version))
        if sending is not None:
            line.versions[-1].sendings.append(SendingLine(sending=sending, contact=contact or ""))
    return list(found.values())


def upload(
    session: Session, client_id: int, title: str, file_name: str, data: bytes, *,
    deal_id: Any = None, note: str = "",
) -> Document:  # fmt: skip
    """Keep a new document with its first version; both or neither.

    Args:
        session: its actor may add documents of this client.
        title: empty: the name of the file without its ending.
        data: the contents.

    Raises:
        Invalid: no file, an empty or too large one; values do not pass.
    """
    registry = records.registry_of(session)
    title = title.strip() or re.sub(r"\.\w{1,8}$", "", _plain(file_name))
    given: dict[str, Any] = {"client_id": client_id, "title": title}
    if deal_id not in (None, ""):
        given["deal_id"] = deal_id
    with session.begin_nested():
        _check(file_name, data)
        document: Document = records.create(session, registry.entity("document"), given)
        add_version(session, document, file_name, data, note=note)
    return document


def add_version(
    session: Session, document: Document, file_name: str, data: bytes, *, note: str = ""
) -> DocumentVersion:  # fmt: skip
    """Keep a further version of a document; versions before it stay as they are.

    Raises:
        Invalid: no file, an empty or too large one, or the very file of the last version.
    """
    _check(file_name, data)
    if len(note) > 500:
        raise Invalid({"note": gettext("At most %(limit)s characters fit.", limit=500)})
    key = hashlib.sha256(data).hexdigest()
    last = session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document.id)
        .order_by(DocumentVersion.number.desc())
        .limit(1)
    ).first()
    if last is not None and last.sha256 == key:
        raise Invalid({"file": gettext("This is the file of version %(num)s.", num=last.number)})
    with unscoped(session, "contents of files belong to no client; who may read them is asked "
                  "of the version"):  # fmt: skip
        if not session.scalar(select(func.count()).where(StoredFile.sha256 == key)):
            session.add(StoredFile(sha256=key, size=len(data), data=data))
            session.flush()
    version = DocumentVersion(
        client_id=document.client_id, document_id=document.id,
        number=last.number + 1 if last else 1, file_name=_plain(file_name), size=len(data),
        note=note.strip() or None, sha256=key,
    )  # fmt: skip
    session.add(version)
    document.updated_at = now()
    session.flush()
    return version


def contents_of(session: Session, version: DocumentVersion) -> bytes:
    """Return the file of a version that the actor of the session sees.

    Raises:
        Rejected: the file is not there any more.
    """
    with unscoped(session, "the reader sees the version this file belongs to"):
        data = session.scalar(select(StoredFile.data).where(StoredFile.sha256 == version.sha256))
    if data is None:
        raise Rejected(gettext("The file of this version is gone."))
    return data


def send(
    session: Session, document: Document, version: DocumentVersion, **values: Any
) -> DocumentSending:  # fmt: skip
    """Write down that a version went to somebody; the history of the client tells it too.

    Args:
        values: contact_id, sent_at (default: now), channel.

    Raises:
        Invalid, Rejected, NotAllowed: values or rights do not pass.
    """
    if version.document_id != document.id:
        raise Rejected(gettext("This version belongs to another document."), "version_id")
    given = {name: value for name, value in values.items() if value not in (None, "")}
    entity = records.registry_of(session).entity("document_sending")
    with session.begin_nested():
        sending: DocumentSending = records.create(
            session, entity, {"client_id": document.client_id, "version_id": version.id, **given}
        )
        subject = gettext("%(title)s, version %(num)s", title=document.title, num=version.number)
        activities.log_activity(
            session, document.client_id, "document", subject=subject[:255],
            outcome=str(CHANNELS.get(sending.channel, sending.channel)),
            contact_id=sending.contact_id, deal_id=document.deal_id, happened_at=sending.sent_at,
            direction="out",
        )  # fmt: skip
        document.updated_at = now()
        session.flush()
    return sending


def _check(file_name: str, data: bytes) -> None:
    if not _plain(file_name) or not data:
        raise Invalid({"file": gettext("Choose a file that is not empty.")})
    if len(data) > LARGEST:
        limit = LARGEST // 2**20
        raise Invalid({"file": gettext("The file is larger than %(limit)s MB.", limit=limit)})


def _plain(file_name: str) -> str:
    """Return the name of a file without its folders and without signs no name has."""
    name = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", file_name)
    return re.split(r"[\\/]", name)[-1].strip()[-255:]


__all__ = [
    "DocumentLine", "SendingLine", "VersionLine", "add_version", "contents_of", "documents_of",
    "send", "upload",
]  # fmt: skip
