"""What was worked on stays with what the import hung on it, and is named to those who may know."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import (
    Client,
    Contact,
    ContactPoint,
    Deal,
    DmuMember,
    Employment,
    Purchase,
    create,
    now,
    update,
)
from kartoteka.testing import Firm, statements
from kartoteka_excel_import.running.report import undo_as_json
from kartoteka_excel_import.running.undone import UndoneRow, undone_rows
from kartoteka_excel_import.running.work import run_of
from tests.core.test_rest_rights import hide
from tests.plugins.excel_import.batches import batch, part
from tests.plugins.excel_import.test_undo import ALL, hows, imported, named, taken_back
from tests.plugins.excel_import.test_writing import counts, whole_rows


def edited(firm: Firm, code: str, wanted: Any, who: str = "curator1", **values: Any) -> int:
    with firm.session(who) as session:
        record = session.scalars(wanted).one()
        update(session, firm.made.registry.entity(code), record, values)
        session.commit()
        return record.id


def told(firm: Firm, number: int, who: str = "manager1") -> list[UndoneRow]:
    with firm.session(who) as session:
        return list(undone_rows(session, run_of(session, number)))


def kept(firm: Firm, number: int) -> dict[type, int]:
    rows = taken_back(firm, number)
    assert "failed" not in hows(rows)
    with firm.session() as session:
        return dict(zip(ALL, counts(session, *ALL), strict=True))


WHOLE = {
    Client: 1, Contact: 2, Employment: 2, ContactPoint: 3, DmuMember: 2, Deal: 1, Purchase: 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "wanted", "values"),
    [
        ("client", select(Client).where(Client.name == "Ромашка"), {"note": "rang"}),
        ("contact", select(Contact).where(Contact.name == "Анна 1"), {"note": "rang"}),
        ("contact_point", select(ContactPoint).where(ContactPoint.value == "a1@example.com"),
         {"label": "home"}),
        ("deal", select(Deal), {"title": "Second order"}),
    ],
)  # fmt: skip
def test_a_client_stays_whole_whatever_of_it_was_worked_on(
    lists: Firm, code: str, wanted: Any, values: dict[str, str]
) -> None:
    number = imported(lists, whole_rows, named(2, 4))
    edited(lists, code, wanted, **values)
    assert kept(lists, number) == WHOLE
    rows = told(lists, number)
    assert [row.how for row in rows] == ["kept", "kept", "reversed", "reversed"]
    assert {row.client.name if row.client else "" for row in rows[:2]} == {"Ромашка"}
    assert {row.by for row in rows[:2]} == {"Curator1 Test"}


def test_what_somebody_added_keeps_a_client_whole(lists: Firm) -> None:
    number = imported(lists, whole_rows)
    with lists.session("curator1") as session:
        client = session.scalars(select(Client)).one()
        values = {"client_id": client.id, "title": "Call them", "due_at": now()}
        create(session, lists.made.registry.entity("task"), values)
        session.commit()
    assert kept(lists, number) == WHOLE
    first = told(lists, number)[0]
    assert (first.why, first.by) == ("Client: Something hangs on it by now: Task.", "Curator1 Test")
    assert first.edits[0].at is not None


def test_a_person_of_two_firms_holds_only_the_one_that_was_worked_on(lists: Firm) -> None:
    people = [{"name": "Анна"}, {"name": "Анна", "same_as": 2}]
    number = imported(lists, batch(
        part("client", [{"name": "A"}, {"name": "B"}]),
        part("contact", people, email=["a@example.com", ""]),
        part("employment", [{"position": "Buyer"}] * 2),
    ))  # fmt: skip
    edited(lists, "client", select(Client).where(Client.name == "A"), note="rang")
    assert kept(lists, number) == {
        **dict.fromkeys(ALL, 0), Client: 1, Contact: 1, Employment: 1, ContactPoint: 1,
    }  # fmt: skip


def test_what_later_parts_hung_on_a_client_of_an_earlier_part_stays_with_it(lists: Firm) -> None:
    later = batch(
        part("client", [{"name": "Firm 2", "same_as": 2}], phone=["+7 495 123-45-67"]),
        part("contact", [{"name": "Анна"}]), part("employment", [{"position": "Buyer"}]), first=9,
    )  # fmt: skip
    number = imported(lists, named(2), later)
    edited(lists, "client", select(Client).where(Client.name == "Firm 2"), note="rang")
    found = kept(lists, number)
    assert (found[Client], found[Contact], found[Employment], found[ContactPoint]) == (1, 1, 1, 1)
    last = told(lists, number)[-1]
    assert (last.row, last.how, last.by) == (9, "kept", "Curator1 Test")
    assert last.client is not None
    assert last.client.name == "Firm 2"
    assert last.why == "It stays with what was worked on since."


def test_what_an_import_added_to_a_client_of_before_goes_one_by_one(lists: Firm) -> None:
    with lists.session("manager1") as session:
        client = Client(name="Old", note="old")
        session.add(client)
        session.commit()
        row = {"id": client.id, "changes": {"note": ("old", "new")}}
    number = imported(lists, batch(
        part("client", [row], phone=["+7 495 123-45-67"]), verdicts=["update"],
    ))  # fmt: skip
    edited(lists, "client", select(Client), note="by hand")
    found = kept(lists, number)
    assert (found[Client], found[ContactPoint]) == (1, 0)
    (row,) = told(lists, number)
    assert [list(edit.fields.values()) for edit in row.edits] == [["Note"]]


def test_each_person_who_worked_on_it_is_named_with_fields_and_moment(lists: Firm) -> None:
    number = imported(lists, named(1))
    edited(lists, "client", select(Client), note="rang", industry="toys")
    edited(lists, "client", select(Client), "manager1", note="rang twice")
    edited(lists, "client", select(Client), website="https://a.example")
    before = now()
    taken_back(lists, number)
    with lists.session("director") as session:
        answer = undo_as_json(session, run_of(session, number))
    (row,) = answer["rows"]
    assert row["client"]["name"] == "Firm 2"
    assert [(edit["by"], set(edit["fields"])) for edit in row["edits"]] == [
        ("Manager1 Test", {"note"}), ("Curator1 Test", {"note", "industry", "website"}),
    ]  # fmt: skip
    assert all(edit["at"] <= before.isoformat() for edit in row["edits"])


def test_hidden_fields_and_records_out_of_sight_are_not_told(lists: Firm) -> None:
    number = imported(lists, named(2), who="director")
    for name in ("Firm 2", "Firm 3"):
        edited(lists, "client", select(Client).where(Client.name == name), "director", note="rang")
    taken_back(lists, number, "director")
    hide(lists, "client", "note", "director")
    first = told(lists, number, "director")[0]
    assert (first.why, first.edits) == ("Client: Somebody has changed it since.", [])
    assert first.client is not None


def test_who_looks_reads_it_in_their_language(lists: Firm) -> None:
    number = imported(lists, named(2))
    edited(lists, "client", select(Client).where(Client.name == "Firm 2"), note="rang")
    taken_back(lists, number)
    browser = lists.browser("manager1")
    browser.post("/account/language/ru")
    with lists.session() as session:
        client = session.scalars(select(Client.id)).one()
    page = browser.get(f"/import/{number}", headers={"Accept-Language": "ru"}).text
    assert f'href="/client/show/{client}">Firm 2</a>' in page
    assert "Curator1 Test" in page


def test_naming_what_stays_costs_the_same_however_many_rows_there_are(lists: Firm) -> None:
    taken: list[int] = []
    for count in (5, 40):
        number = imported(lists, named(count))
        with lists.session("curator1") as session:
            for one in session.scalars(select(Client).where(Client.note.is_(None))):
                one.note = "rang"
            session.commit()
        taken_back(lists, number)
        with statements(lists) as sent:
            assert len(told(lists, number)) == count
        taken.append(len(sent))
    assert taken[0] == taken[1]
