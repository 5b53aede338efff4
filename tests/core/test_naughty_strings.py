"""What breaks careless programs is kept, found, shown and sent back unchanged, or refused."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import Client, Invalid, Query, create, fetch, get, update
from kartoteka.fields.text import fold
from kartoteka.testing import Firm
from tests.conftest import SHARED
from tests.core.naughty import strings

FOLDER = SHARED / "07-naughty-and-names"


@pytest.fixture
def kept(firm: Firm) -> dict[int, str]:
    """Clients with naughty names and notes: id to the string."""
    entity = firm.made.registry.entity("client")
    found: dict[int, str] = {}
    with firm.session("manager1") as session:
        for text in strings(FOLDER if FOLDER.is_dir() else None):
            name = text if len(text) <= 255 else "long"
            client = create(session, entity, {"name": name, "note": text})
            found[client.id] = text
        session.commit()
    return found


@pytest.mark.slow
def test_strings_come_back_as_they_went_in(firm: Firm, kept: dict[int, str]) -> None:
    entity = firm.made.registry.entity("client")
    assert len(kept) >= 515
    with firm.session("manager1") as session:
        reading = session.info["reading"]
        for number, text in kept.items():
            client = get(session, entity, number)
            assert client.note == text
            if len(text) <= 255:
                assert client.name == text
            typed = {
                name: item.kind.edit(item.get(client), reading)
                for name, item in firm.made.registry.fields(entity).items()
                if not item.readonly
            }
            update(session, entity, client, typed, version=client.version)
        assert not session.dirty
        session.commit()
        assert set(session.scalars(select(Client.version))) == {1}
    _over_rest(firm, kept)
    _on_screen(firm, kept)
    _by_search(firm, kept)


def _over_rest(firm: Firm, kept: dict[int, str]) -> None:
    program = firm.program("manager1")
    seen: dict[int, str] = {}
    asked: dict[str, Any] = {"order": "id", "size": 100, "columns": "id,note"}
    while True:
        answer = program.get("/api/v1/client/", query_string=asked)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.get_json()
        seen.update({row["id"]: row["note"] for row in body["result"]})
        if not body.get("next"):
            break
        asked["after"] = body["next"]
    assert seen == kept
    for number in list(kept)[::25]:
        one = program.get(f"/api/v1/client/{number}").get_json()
        assert one["result"]["note"] == kept[number]
        again = program.put(f"/api/v1/client/{number}", json={"note": kept[number]})
        assert again.status_code == 200, again.text


def _on_screen(firm: Firm, kept: dict[int, str]) -> None:
    browser = firm.browser("manager1")
    tried = [(number, text) for number, text in kept.items() if set("<>&\"'{") & set(text)]
    for number, text in tried[::12]:
        shown = browser.get(f"/client/show/{number}")
        assert shown.status_code == 200, text
        if "<" in text and len(text) > 6:
            assert text not in shown.text, "not escaped"
        form = browser.get(f"/client/edit/{number}")
        assert form.status_code == 200, text
        if "\r" not in text:
            assert text in html.unescape(form.text), text
    assert browser.get("/client/list/?size=100").status_code == 200


def _by_search(firm: Firm, kept: dict[int, str]) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for number, text in list(kept.items())[::9]:
            if len(text) > 255 or not fold(text):
                continue
            found: set[int] = set()
            query = Query(search=text, size=100)
            page = fetch(session, entity, query)
            found = {client.id for client in page.records}
            assert number in found or page.total > 100, text


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udfffy"], ids=["NUL", "high", "low"])
def test_what_no_database_can_keep_is_refused_with_a_sentence(firm: Firm, text: str) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for name in ("name", "note", "industry", "address"):
            with pytest.raises(Invalid, match=r"U\+[0-9A-F]{4} can not be kept\. Remove it\."):
                create(session, entity, {"name": "x", name: text})
        fetch(session, entity, Query(search="ok"))


def test_a_blank_name_is_refused_and_a_blank_note_is_empty(firm: Firm, tmp_path: Path) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for blank in (" ", "\t\n", "\u3000", "\u2028"):
            with pytest.raises(Invalid, match="Fill this in"):
                create(session, entity, {"name": blank})
            assert create(session, entity, {"name": "x", "note": blank}).note is None
