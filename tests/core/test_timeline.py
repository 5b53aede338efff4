"""One timeline of everything that happened with a client."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kartoteka.api import ActivityKind, Invalid, PluginInfo, hookimpl, now
from kartoteka.errors import NotAllowed
from kartoteka.models import (
    Activity,
    Client,
    Contract,
    Deal,
    LostReason,
    Product,
    Purchase,
    Task,
)
from kartoteka.services import records
from kartoteka.services.activities import log_activity
from kartoteka.services.deals import move_deal
from kartoteka.services.handover import hand_over
from kartoteka.services.timeline import kinds_of, timeline
from kartoteka.testing import Firm, statements

DAY = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def client(session: Any, name: str = "Ромашка", **values: Any) -> Client:
    found = Client(name=name, **values)
    session.add(found)
    session.flush()
    return found


def full_story(session: Any) -> Client:
    found = client(session)
    deal = Deal(client_id=found.id, title="Paper for the office")
    session.add(deal)
    session.flush()
    product = Product(name="Paper")
    session.add_all([
        product,
        Activity(client_id=found.id, kind="call", happened_at=DAY, subject="First call",
                 deal_id=deal.id),
        Activity(client_id=found.id, kind="meeting", happened_at=DAY + timedelta(days=1)),
        Contract(client_id=found.id, number="K-1", signed_on=date(2026, 3, 12),
                 amount=Decimal(100)),
        Task(client_id=found.id, title="Send prices", due_at=DAY, done_at=DAY + timedelta(days=3),
             result="Sent"),
        Task(client_id=found.id, title="Not done yet", due_at=DAY),
    ])  # fmt: skip
    session.flush()
    session.add(
        Purchase(client_id=found.id, number="7", bought_on=date(2026, 3, 14),
                 amount=Decimal("12.50"), product_id=product.id)
    )  # fmt: skip
    session.flush()
    return found


def test_everything_stands_in_one_order_newest_first(firm: Firm) -> None:
    with firm.session() as session:
        found = full_story(session)
        entries = timeline(session, found.id).entries
    assert [entry.kind for entry in entries] == [
        "stage", "purchase", "task", "contract", "meeting", "call",
    ]  # fmt: skip
    assert entries[1].title == "7"
    assert entries[1].text == "Paper"
    assert entries[1].amount == Decimal("12.50")
    assert entries[1].is_day
    assert entries[1].at == datetime(2026, 3, 14, tzinfo=UTC)
    assert entries[2].outcome == "Sent"
    assert entries[-1].at == DAY
    assert entries[-1].deal == "Paper for the office"


def test_a_stage_change_tells_from_where_to_where_by_whom_and_why(firm: Firm) -> None:
    with firm.session("manager1") as session:
        found = client(session)
        deal = Deal(client_id=found.id, title="Paper")
        session.add(deal)
        session.flush()
        reason = session.scalars(select(LostReason.id).where(LostReason.code == "competitor")).one()
        move_deal(session, deal, "refused", lost_reason_id=reason, note="Cheaper there")
        entry = timeline(session, found.id).entries[0]
    assert (entry.old_stage, entry.new_stage, entry.pipeline) == ("new", "refused", "sale")
    assert entry.title == "Went to a competitor"
    assert entry.text == "Cheaper there"
    assert entry.user == "Manager1 Test"
    assert entry.deal == "Paper"


def test_a_filter_by_kind_reads_only_those_kinds(firm: Firm) -> None:
    with firm.session() as session:
        found = full_story(session)
        calls = timeline(session, found.id, kinds=["call"]).entries
        mixed = timeline(session, found.id, kinds=["purchase", "meeting"]).entries
        nothing = timeline(session, found.id, kinds=[]).entries
    assert [entry.kind for entry in calls] == ["call"]
    assert [entry.kind for entry in mixed] == ["purchase", "meeting"]
    assert nothing == []


def test_pages_follow_each_other_without_gap_or_repetition(firm: Firm) -> None:
    with firm.session() as session:
        found = full_story(session)
        same = DAY + timedelta(days=5)
        session.add_all(
            Activity(client_id=found.id, kind="note", happened_at=same) for _ in range(4)
        )
        session.add_all(
            Task(client_id=found.id, title="x", due_at=same, done_at=same) for _ in range(3)
        )
        session.flush()
        whole = timeline(session, found.id, size=100)
        seen: list[Any] = []
        before: str | None = None
        for _ in range(20):
            page = timeline(session, found.id, before=before, size=2)
            seen.extend(page.entries)
            before = page.next
            if not before:
                break
    assert [entry.key for entry in seen] == [entry.key for entry in whole.entries]
    assert len(seen) == 13
    assert whole.next == ""


@pytest.mark.parametrize("key", ["x", "2026-01-01~a", "2026-01-01T00:00:00~task~1", "a~b~c"])
def test_a_damaged_address_is_refused(firm: Firm, key: str) -> None:
    with firm.session() as session, pytest.raises(Invalid):
        timeline(session, 1, before=key)


def test_nobody_reads_the_timeline_of_another_managers_client(firm: Firm) -> None:
    with firm.session("manager1") as session:
        found = full_story(session).id
        session.commit()
    with firm.session("manager3") as session:
        assert timeline(session, found).entries == []
    with firm.session("curator1") as session:
        assert len(timeline(session, found).entries) == 6
    with firm.session("curator2") as session:
        assert timeline(session, found).entries == []


def test_a_page_is_one_statement_and_one_for_each_sort_of_name(firm: Firm) -> None:
    with firm.session("manager1") as session:
        found = full_story(session).id
        session.commit()
        session.expire_all()
        firm.actor(session, "manager1")
        with statements(session) as few:
            timeline(session, found)
        session.add_all(Activity(client_id=found, kind="note", happened_at=DAY) for _ in range(25))
        session.commit()
        with statements(session) as many:
            timeline(session, found)
    assert len(few) == len(many) <= 3  # the page, users, deals


def test_a_handover_stands_on_the_timeline(firm: Firm) -> None:
    with firm.session("curator1") as session:
        found = client(session, owner_id=firm.users["manager1"])
        hand_over(session, [found.id], firm.users["manager2"], "On leave")
        entry = timeline(session, found.id).entries[0]
    assert entry.kind == "handover"
    assert entry.title == "Handed over to Manager2 Test"
    assert entry.text == "On leave"


def test_a_plugin_adds_a_kind_and_a_hidden_field_stays_empty(make: Any) -> None:
    info = PluginInfo(name="tour", title="Tour", version="1", requires_core=">=0.1,<1")
    plugin = SimpleNamespace(
        PLUGIN=info,
        activity_kinds=hookimpl(lambda: [ActivityKind(code="tour", title="Tour of the plant")]),
    )
    firm: Firm = make(plugin)
    with firm.session("manager1") as session:
        found = client(session)
        log_activity(session, found.id, "tour", subject="Hall 2")
        entries = timeline(session, found.id, kinds=["tour"]).entries
        assert kinds_of(session)["tour"] == ("Tour of the plant", "fa-circle")
    assert [entry.title for entry in entries] == ["Hall 2"]


def test_a_call_and_the_next_step_are_written_together(firm: Firm) -> None:
    with firm.session("manager1") as session:
        found = client(session)
        deal = Deal(client_id=found.id, title="Paper")
        session.add(deal)
        session.flush()
        due = now() + timedelta(days=2)
        activity, task = log_activity(
            session, found.id, "call", subject="Wants prices", deal_id=deal.id,
            next_step=("Send prices", due),
        )  # fmt: skip
        assert task is not None
        assert activity.author_id == task.owner_id == firm.users["manager1"]
        assert (task.title, task.due_at, task.deal_id) == ("Send prices", due, deal.id)
        assert deal.next_step_on == due.astimezone(ZoneInfo("Europe/Moscow")).date()
        session.refresh(found)
        assert found.last_contact_at == activity.happened_at


def test_the_time_of_the_next_step_is_read_from_its_words(firm: Firm) -> None:
    with firm.session("manager1") as session:
        found = client(session)
        _activity, task = log_activity(
            session, found.id, "call", next_step=("tomorrow 10:00 send the offer", "")
        )
    assert task is not None
    assert task.title == "send the offer"
    assert (task.due_at.hour, task.due_at.date()) != (0, now().date())


def test_a_bad_next_step_leaves_no_call_behind(firm: Firm) -> None:
    with firm.session("manager1") as session:
        found = client(session)
        with pytest.raises(Invalid) as refused:
            log_activity(
                session, found.id, "call", minutes="many", next_step=("Call back", "whenever")
            )
        assert set(refused.value.errors) == {"minutes", "next_due_at"}
        assert session.scalars(select(Activity)).all() == []
        assert session.scalars(select(Task)).all() == []


def test_nobody_logs_a_call_with_another_managers_client(firm: Firm) -> None:
    with firm.session("manager1") as session:
        found = client(session).id
        session.commit()
    with firm.session("manager3") as session, pytest.raises((Invalid, NotAllowed)):
        log_activity(session, found, "call")
    with firm.session() as session:
        assert records.get(session, records.registry_of(session).entity("client"), found)
        assert session.scalars(select(Activity)).all() == []
