"""Documents: files with versions; which went to whom, when, by what channel, with what answer."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import Invalid, NotAllowed
from kartoteka.models import (
    Activity,
    Client,
    Document,
    DocumentSending,
    DocumentVersion,
    StoredFile,
)
from kartoteka.services import documents
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm, statements


def new_client(firm: Firm, who: str = "manager1") -> int:
    with firm.session(who) as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.commit()
        return client.id


def uploaded(session: Any, client_id: int, *contents: bytes, title: str = "Offer") -> Document:
    document = documents.upload(session, client_id, title, "offer.pdf", contents[0])
    for data in contents[1:]:
        documents.add_version(session, document, "offer.pdf", data)
    return document


def test_a_version_keeps_its_file_and_the_next_does_not_touch_it(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        number = uploaded(session, client, b"first", b"second").id
        session.commit()
    with firm.session("manager1") as session:
        line = documents.documents_of(session, client)[0]
        kept = [
            (one.version.number, documents.contents_of(session, one.version))
            for one in line.versions
        ]
        assert line.document.id == number
    assert kept == [(2, b"second"), (1, b"first")]


def test_one_file_of_two_documents_is_kept_once(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        uploaded(session, client, b"same")
        uploaded(session, client, b"same", title="Again")
        session.commit()
    with firm.session() as session:
        assert len(session.scalars(select(StoredFile.sha256)).all()) == 1


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("", b"x", "Choose a file"), ("a.pdf", b"", "Choose a file"),
     ("a.pdf", b"x" * (documents.LARGEST + 1), "larger than 25 MB"),
     ("a.pdf", b"first", "the file of version 1")],
    ids=["nothing", "empty", "large", "the same"],
)  # fmt: skip
def test_what_is_no_new_version_is_refused_in_a_sentence(
    firm: Firm, name: str, data: bytes, said: str
) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        document = uploaded(session, client, b"first")
        with pytest.raises(Invalid) as refused:
            documents.add_version(session, document, name, data)
    assert said in refused.value.errors["file"]


def test_a_sending_stands_in_the_history_with_its_version(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        person = add_person(session, client, name="Anna").id
        document = uploaded(session, client, b"first", b"second")
        first = documents.documents_of(session, client)[0].versions[-1].version
        documents.send(session, document, first, contact_id=person, channel="courier")
        session.commit()
        told = session.scalars(select(Activity)).one()
        line = documents.documents_of(session, client)[0]
        last = line.last_sent
    assert (told.kind, told.subject, told.outcome) == ("document", "Offer, version 1", "Courier")
    assert told.contact_id == person
    assert last is not None
    assert (last[0].version.number, last[1].contact) == (1, "Anna")


def test_documents_follow_the_rules_of_rows(firm: Firm) -> None:
    client = new_client(firm, "manager3")
    with firm.session("manager3") as session:
        document = uploaded(session, client, b"secret")
        version = session.scalars(select(DocumentVersion.id)).one()
        session.commit()
        number = document.id
    browser = firm.browser("manager1")
    for address in (
        f"/document/show/{number}", f"/document/file/{version}", f"/document/upload/{client}",
    ):  # fmt: skip
        assert browser.get(address).status_code in (403, 404), address
    with firm.session("manager1") as session:
        assert session.scalars(select(Document)).all() == []
        assert documents.documents_of(session, client) == []
        with pytest.raises(NotAllowed):
            session.scalars(select(StoredFile.data)).all()


def test_reading_the_documents_of_a_client_is_one_statement(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        for number in range(3):
            document = uploaded(session, client, b"a", b"b", title=f"Offer {number}")
            version = documents.documents_of(session, client, document.id)[0].versions[0].version
            documents.send(session, document, version)
        session.commit()
    with firm.session("manager1") as session, statements(session) as sent:
        found = documents.documents_of(session, client)
    assert len(sent) == 1
    assert [len(line.versions) for line in found] == [2, 2, 2]


def test_the_pages_upload_send_answer_and_give_back(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("manager1") as session:
        person = add_person(session, client, name="Anna").id
        session.commit()
    browser = firm.browser("manager1")

    def post(address: str, **data: Any) -> Any:
        return browser.post(
            address, data=data, content_type="multipart/form-data", follow_redirects=True
        )

    empty = post(f"/document/upload/{client}", title="Keep me")
    assert empty.status_code == 400
    assert "Choose a file" in empty.text
    assert 'value="Keep me"' in empty.text
    page = post(f"/document/upload/{client}", file=(BytesIO(b"one"), "../Прайс 1.pdf")).text
    assert "Прайс 1" in page
    number = re.search(r'action="/document/version/(\d+)"', page)
    assert number is not None
    page = post(f"/document/version/{number[1]}", file=(BytesIO(b"two"), "p.pdf"), note="-5 %").text
    assert "Version 2" in page
    assert "-5 %" in page
    again = post(f"/document/version/{number[1]}", file=(BytesIO(b"two"), "p.pdf")).text
    assert "This is the file of version 2." in again
    version = re.search(r'href="/document/file/(\d+)"', page)
    assert version is not None
    file = browser.get(f"/document/file/{version[1]}")
    assert file.data == b"two"
    assert "attachment" in file.headers["Content-Disposition"]
    page = post(f"/document/send/{number[1]}", version_id=version[1], contact_id=str(person),
                channel="messenger").text  # fmt: skip
    assert "no answer yet" in page
    sending = re.search(r'action="/document/answer/(\d+)"', page)
    assert sending is not None
    bad = post(f"/document/answer/{sending[1]}", answer="perhaps")
    assert bad.status_code == 200  # back on the page, with a sentence
    page = post(f"/document/answer/{sending[1]}", answer="changes", answer_note="Cheaper").text
    assert "Wants changes" in page
    assert "Cheaper" in page
    card = browser.get(f"/client/rest/{client}").text
    assert "Прайс 1" in card
    assert "Wants changes" in card
    with firm.session() as session:
        assert session.scalars(select(DocumentSending.answer)).one() == "changes"


def test_a_document_goes_with_its_client(firm: Firm) -> None:
    client = new_client(firm)
    with firm.session("director") as session:
        uploaded(session, client, b"first")
        session.get_one(Client, client).owner_id = firm.users["manager3"]
        session.commit()
    with firm.session("manager3") as session:
        line = documents.documents_of(session, client)[0]
        assert documents.contents_of(session, line.versions[0].version) == b"first"
