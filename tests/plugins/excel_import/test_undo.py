"""An import is taken back whole, but not the work of people; what became of each row is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import (
    Change,
    Client,
    Contact,
    ContactPoint,
    Deal,
    DmuMember,
    Employment,
    Purchase,
    Rejected,
    Task,
    create,
    hand_over,
    now,
    unscoped,
    update,
)
from kartoteka.services import many
from kartoteka.testing import Firm, statements
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.foreground import Foreground
from kartoteka_excel_import.running.places import Places
from kartoteka_excel_import.running.start import begin_undo
from kartoteka_excel_import.running.undo import undo
from kartoteka_excel_import.running.undone import undone_rows
from kartoteka_excel_import.running.work import run_of
from tests.conftest import SALE, MakeFirm
from tests.core.many_ways import everything, history_without_moments
from tests.plugins.excel_import.batches import batch, new_run, part, written
from tests.plugins.excel_import.test_writing import counts, whole_rows

ALL = (Client, Contact, Employment, ContactPoint, DmuMember, Deal, Purchase)


def imported(firm: Firm, *batches: Any, who: str = "manager1") -> int:
    """Write batches as one run and return its number."""
    places = Places()
    with firm.session(who) as session:
        run = new_run(session)
        for some in batches:
            made: Any = some(session) if callable(some) else some
            written(session, made, places)
            session.commit()
        return run.id


def taken_back(firm: Firm, number: int, who: str = "manager1") -> list[tuple[int, str, str, str]]:
    """Undo a run and return row, outcome, reason and person of each row."""
    with firm.session(who) as session:
        begin_undo(session, run_of(session, number))
        run = undo(Foreground(session), number)
        session.commit()
        return [(one.row, one.how, one.why, one.by) for one in undone_rows(session, run)]


def named(count: int, first: int = 2, **more: Any) -> Any:
    return batch(part("client", [{"name": f"Firm {first + n}", **more} for n in range(count)]),
                 first=first)  # fmt: skip


def hows(rows: Sequence[tuple[int, str, str, str]]) -> list[str]:
    return [how for _row, how, _why, _by in rows]


def test_what_was_taken_back_is_not_taken_back_again(lists: Firm) -> None:
    number = imported(lists, named(3))
    with lists.session("manager1") as session:
        busy = session.scalars(select(Client).order_by(Client.id.desc())).first()
        assert busy is not None
        update(session, lists.made.registry.entity("client"), busy, {"note": "rang"})
        session.commit()
    first = taken_back(lists, number)
    assert hows(first) == ["reversed", "reversed", "kept"]
    imported(lists, named(2))  # on SQLite these may have the numbers of those that went
    assert taken_back(lists, number) == first
    with lists.session("manager1") as session:
        assert len(session.scalars(select(Client)).all()) == 3


def test_nothing_is_left_of_an_import_that_was_taken_back_whole(lists: Firm) -> None:
    number = imported(lists, named(2))
    taken_back(lists, number)
    with pytest.raises(Rejected, match="already"):
        taken_back(lists, number)


def test_everything_a_list_made_goes(lists: Firm) -> None:
    number = imported(lists, lambda session: whole_rows(session, 3), named(2, 5))
    rows = taken_back(lists, number)
    assert [row for row, *_rest in rows] == [2, 3, 4, 5, 6]
    assert hows(rows) == ["reversed"] * 5
    with lists.session() as session:
        assert counts(session, *ALL) == [0] * len(ALL)
        run = session.get_one(ImportRun, number)
        assert (run.state, run.undone) == ("undone", {"counts": {"reversed": 5}})
        with unscoped(session, "test"):
            told = session.scalars(
                select(Change.way).where(Change.batch == "undo-import-test").distinct()
            )
        assert list(told) == ["import"]


def test_changed_fields_come_back_one_by_one(lists: Firm) -> None:
    with lists.session("manager1") as session:
        client = Client(name="A", industry="toys", note="old")
        session.add(client)
        session.commit()
        changes = {"industry": ("toys", "games"), "note": ("old", "new")}
        row = {"id": client.id, "changes": changes}
    number = imported(lists, batch(part("client", [row]), verdicts=["update"]))
    with lists.session("curator1") as session:
        entity = lists.made.registry.entity("client")
        update(session, entity, session.get_one(Client, client.id), {"note": "by hand"})
        session.commit()
    ((_row, how, _why, by),) = taken_back(lists, number)
    assert (how, by) == ("kept", "Curator1 Test")
    with lists.session("manager1") as session:
        (row,) = undone_rows(session, run_of(session, number))
        assert [list(edit.fields.values()) for edit in row.edits] == [["Note"]]
    with lists.session() as session:
        again = session.get_one(Client, client.id)
        assert (again.industry, again.note) == ("toys", "by hand")


def test_what_a_person_edited_stays_with_the_name_of_the_person(lists: Firm) -> None:
    number = imported(lists, named(3))
    with lists.session("curator1") as session:
        entity = lists.made.registry.entity("client")
        client = session.scalars(select(Client).where(Client.name == "Firm 3")).one()
        update(session, entity, client, {"industry": "toys"})
        session.commit()
    rows = taken_back(lists, number)
    assert hows(rows) == ["reversed", "kept", "reversed"]
    assert rows[1][3] == "Curator1 Test"
    with lists.session() as session:
        assert session.scalars(select(Client.name)).all() == ["Firm 3"]


def test_what_others_added_to_a_client_keeps_it(lists: Firm) -> None:
    number = imported(lists, named(2))
    with lists.session("curator1") as session:
        client = session.scalars(select(Client).where(Client.name == "Firm 2")).one()
        values = {"client_id": client.id, "title": "Call them", "due_at": now()}
        create(session, lists.made.registry.entity("task"), values)
        session.commit()
    rows = taken_back(lists, number)
    assert hows(rows) == ["kept", "reversed"]
    assert rows[0][3] == "Curator1 Test"
    with lists.session() as session:
        assert counts(session, Client, Task) == [1, 1]


def test_an_edited_phone_keeps_its_row_and_its_client(lists: Firm) -> None:
    rows = [{"name": "A"}, {"name": "B"}]
    phones = ["+7 495 123-45-67", "+7 495 123-45-68"]
    number = imported(lists, batch(part("client", rows, phone=phones)))
    with lists.session("manager1") as session:
        point = session.scalars(select(ContactPoint).order_by(ContactPoint.id)).first()
        assert point is not None
        point.label = "reception"
        session.commit()
    told = taken_back(lists, number)
    assert hows(told) == ["kept", "reversed"]
    assert told[0][3] == "Manager1 Test"


def test_a_handover_is_no_work_on_a_client(lists: Firm) -> None:
    number = imported(lists, named(1), who="director")
    with lists.session("director") as session:
        hand_over(session, [session.scalars(select(Client.id)).one()], lists.users["manager2"])
        session.commit()
    assert hows(taken_back(lists, number, "director")) == ["reversed"]


def test_a_client_who_went_to_somebody_else_fails_with_its_reason(lists: Firm) -> None:
    number = imported(lists, named(2))
    with lists.session("director") as session:
        client = session.scalars(select(Client).where(Client.name == "Firm 3")).one()
        hand_over(session, [client.id], lists.users["manager3"])
        session.commit()
    rows = taken_back(lists, number)
    assert hows(rows) == ["reversed", "failed"]
    assert "no right" in rows[1][2]


def test_what_was_kept_can_be_taken_back_later(lists: Firm) -> None:
    number = imported(lists, named(2))
    with lists.session("director") as session:
        client = session.scalars(select(Client).where(Client.name == "Firm 3")).one()
        hand_over(session, [client.id], lists.users["manager3"])
        session.commit()
    taken_back(lists, number)
    assert hows(taken_back(lists, number, "director")) == ["reversed", "reversed"]
    with lists.session() as session:
        assert counts(session, Client) == [0]


def test_an_undoing_that_was_stopped_goes_on_where_it_was(lists: Firm) -> None:
    class Stopped(Exception):
        pass

    class OnePart(Foreground):
        def checkpoint(self, *given: Any, **told: Any) -> None:
            super().checkpoint(*given, **told)
            raise Stopped

    number = imported(lists, named(2), named(2, 4), named(2, 6))
    with lists.session("manager1") as session, pytest.raises(Stopped):
        undo(OnePart(session), number)
    with lists.session("manager1") as session:
        assert counts(session, Client) == [4]
        # An import that is half undone does not go on.
        run = undo(Foreground(session), number)
        session.commit()
        assert (
            hows([(o.row, o.how, o.why, o.by) for o in undone_rows(session, run)])
            == ["reversed"] * 6
        )
        assert (run.undone or {})["counts"] == {"reversed": 6}


def test_nobody_undoes_what_somebody_else_imported(lists: Firm) -> None:
    number = imported(lists, named(1))
    with lists.session("manager2") as session, pytest.raises(Rejected, match="no such import"):
        run_of(session, number)
    with lists.session("director") as session:
        assert run_of(session, number).id == number


def test_a_list_that_wrote_nothing_is_not_undone(lists: Firm) -> None:
    with lists.session("manager1") as session:
        run = new_run(session, state="checked")
        with pytest.raises(Rejected, match="Nothing of this list"):
            begin_undo(session, run)


def _worked_on_and_taken_back(firm: Firm, taken: Callable[[int], Any]) -> Any:
    """Import new rows and changes, work on some of it, take it back."""
    with firm.session("manager1") as session:
        there = [Client(name=f"Old {n}", industry="toys", note="old") for n in range(4)]
        session.add_all(there)
        session.commit()
        changes = {"industry": ("toys", "games"), "note": ("old", "new")}
        rows = [{"id": one.id, "changes": changes} for one in there]
    number = imported(
        firm, lambda session: whole_rows(session, 3), named(6, 5),
        batch(part("client", rows), first=11, verdicts=("update",) * 4),
    )  # fmt: skip
    entity = firm.made.registry.entity
    with firm.session("curator1") as session:
        found = {one.name: one for one in session.scalars(select(Client))}
        ids = {name: one.id for name, one in found.items()}
        update(session, entity("client"), found["Old 1"], {"note": "by hand"})
        update(session, entity("client"), found["Old 2"], {"industry": "", "note": "by hand"})
        update(session, entity("client"), found["Firm 6"], {"industry": "toys"})
        due = datetime(2030, 1, 1, tzinfo=UTC)
        task = {"client_id": ids["Firm 7"], "title": "Call them", "due_at": due}
        create(session, entity("task"), task)
        session.commit()
    with firm.session("director") as session:
        hand_over(session, [ids["Firm 8"]], firm.users["manager3"])
        session.delete(session.get_one(Client, ids["Firm 9"]))
        session.delete(session.get_one(Client, ids["Old 3"]))
        session.commit()
    return taken(number)


def test_what_is_taken_back_set_wise_is_what_objects_take_back(
    make: MakeFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Any] = []
    for by_objects in (True, False):
        firm = make(excel_import, SALE, "funnel_colors")

        def taken(number: int, firm: Firm = firm, by_objects: bool = by_objects) -> Any:
            with monkeypatch.context() as patch:
                if by_objects:
                    patch.setattr(many, "why_gone_by_objects", lambda *_given: "a test asks")
                    patch.setattr(many, "why_by_objects", lambda *_given: "a test asks")
                return taken_back(firm, number)

        rows = _worked_on_and_taken_back(firm, taken)
        base = everything(firm)
        for handover in base["activity"]:
            del handover["happened_at"]
        found.append({**base, "change": history_without_moments(base), "rows": rows})
    for name, rows in found[0].items():
        assert found[1][name] == rows, name
    assert hows(found[1]["rows"]) == [
        *["reversed"] * 3,
        *["reversed", "kept", "kept", "failed", "reversed", "reversed"],
        *["reversed", "kept", "kept", "kept"],
    ]


def test_undoing_takes_the_same_statements_however_long(lists: Firm) -> None:
    taken: list[int] = []
    for count in (10, 100):
        number = imported(lists, lambda session, n=count: whole_rows(session, n))
        with statements(lists) as sent:
            assert set(hows(taken_back(lists, number))) == {"reversed"}
        taken.append(len(sent))
    assert taken[1] <= taken[0] + 5, taken
