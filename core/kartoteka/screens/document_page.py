"""The page of a document: its versions, to whom each went, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid, NotAllowed, Refused
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Act
from kartoteka.i18n import gettext
from kartoteka.models import Document, DocumentSending, DocumentVersion
from kartoteka.models.document import ANSWERS, CHANNELS
from kartoteka.screens import rights
from kartoteka.screens.card_words import Words
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.page_view import access, expose
from kartoteka.screens.requests import db, reading
from kartoteka.services import documents, employments, records
from kartoteka.services.records import registry_of


class DocumentView(EntityView):
    """Documents: a file comes as a new version, and nothing sent is forgotten."""

    entity_code = "document"
    show_template = "kartoteka/document/show.html"
    own_children = ("document_version", "document_sending")

    def show_context(self, session: Session, record: Document) -> Mapping[str, Any]:
        """Return the versions with their sendings, and whom the next may go to."""
        found = documents.documents_of(session, record.client_id, record.id)
        may_send = rights.may("add", "document_sending")
        number = record.client_id
        return {
            "client_name": records.labels(session, "client", {number}).get(number, ""),
            "line": found[0] if found else documents.DocumentLine(document=record),
            "people": employments.working_at(session, record.client_id) if may_send else (),
            "may_send": may_send, "may_answer": rights.may("edit", "document_sending"),
            "channels": CHANNELS, "answers": ANSWERS, "words": Words(reading()),
            "now": now().astimezone(reading().tz).strftime("%Y-%m-%dT%H:%M"),
        }  # fmt: skip

    @expose("/upload/<int:client_id>", methods=["GET", "POST"])
    @access("add")
    def upload(self, client_id: int) -> ResponseReturnValue:
        """Keep a new document of a client."""
        session = db()
        client = records.get(session, registry_of(session).entity("client"), client_id)
        name = client.name
        error = ""
        if request.method == "POST":
            try:
                made = documents.upload(
                    session, client_id, request.form.get("title", ""), *_sent(),
                    deal_id=request.form.get("deal_id"), note=request.form.get("note", ""),
                )  # fmt: skip
                session.commit()
            except Refused as refused:
                session.rollback()
                error = _in_words(refused)
            else:
                return self.back(gettext("Kept."), to=url_for("document.show", pk=made.id))
        page = self.render(
            "kartoteka/document/upload.html", title=gettext("New document"), client_id=client_id,
            client_name=name, error=error, typed=request.form,
        )  # fmt: skip
        return page, 400 if error else 200

    @expose("/version/<int:pk>", methods=["POST"])
    @access("edit")
    def version(self, pk: int) -> ResponseReturnValue:
        """Keep a further version of a document."""
        session = db()
        document: Document = records.get(session, self.entity, pk)
        return self._done(
            pk, lambda: documents.add_version(
                session, document, *_sent(), note=request.form.get("note", "")
            ),
        )  # fmt: skip

    @expose("/send/<int:pk>", methods=["POST"])
    @access("show")
    def send(self, pk: int) -> ResponseReturnValue:
        """Write down that a version went to somebody."""
        _must("add", "document_sending")
        session = db()
        document: Document = records.get(session, self.entity, pk)
        number = request.form.get("version_id", "")
        if not number.isdecimal():
            raise NotAllowed(gettext("There is no such record, or you have no right to it."))
        version: DocumentVersion = records.get(
            session, registry_of(session).entity("document_version"), int(number)
        )
        values = {name: request.form.get(name) for name in ("contact_id", "channel", "sent_at")}
        return self._done(pk, lambda: documents.send(session, document, version, **values))

    @expose("/answer/<int:pk>", methods=["POST"])
    @access("show")
    def answer(self, pk: int) -> ResponseReturnValue:
        """Write down what came back; `pk` is what was sent."""
        _must("edit", "document_sending")
        session = db()
        entity = registry_of(session).entity("document_sending")
        sending: DocumentSending = records.get(session, entity, pk)
        version: DocumentVersion = records.get(
            session, registry_of(session).entity("document_version"), sending.version_id
        )
        values = {
            "answer": request.form.get("answer", ""),
            "answer_note": request.form.get("answer_note", ""),
            "answered_on": now().astimezone(reading().tz).date(),
        }
        return self._done(
            version.document_id, lambda: records.update(session, entity, sending, values)
        )

    @expose("/file/<int:pk>")
    @access("show")
    def file(self, pk: int) -> ResponseReturnValue:
        """Return the file of a version; always to be saved, never opened as a page of ours."""
        session = db()
        version: DocumentVersion = records.get(
            session, registry_of(session).entity("document_version"), pk
        )
        records.get(session, self.entity, version.document_id)
        return send_file(
            BytesIO(documents.contents_of(session, version)), "application/octet-stream",
            as_attachment=True, download_name=version.file_name,
        )  # fmt: skip

    def _done(self, pk: int, act: Any) -> ResponseReturnValue:
        """Do something with a document, and return to its page with a word about it."""
        session, to = db(), url_for("document.show", pk=pk)
        try:
            act()
            session.commit()
        except Invalid as refused:
            session.rollback()
            return self.back(_in_words(refused), to=to, category="danger")
        return self.back(gettext("Written down."), to=to)


def _sent() -> tuple[str, bytes]:
    """Return name and contents of the file that was sent."""
    sent = request.files.get("file")
    if sent is None:
        return "", b""
    return sent.filename or "", sent.stream.read(documents.LARGEST + 1)


def _in_words(error: Refused) -> str:
    return " ".join(error.errors.values()) if isinstance(error, Invalid) else str(error)


def _must(act: Act, entity: str) -> None:
    if not rights.may(act, entity):
        raise NotAllowed(gettext("You have no right to this page."))


__all__ = ["DocumentView"]
