"""Who may start what with a list, and when; the jobs do it with the rights of who asked."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kartoteka.api import (
    Client,
    ClientSource,
    Consent,
    Contact,
    ContactPoint,
    Deal,
    Dmu,
    DmuMember,
    Employment,
    NotAllowed,
    Purchase,
    Rejected,
    StartedJob,
    now,
)
from kartoteka.jobs.executor import Executor
from kartoteka.testing import Firm
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.start import (
    settle,
    start_check,
    start_run,
    start_undo,
)
from kartoteka_excel_import.running.uploads import folder_of, keep, path_of
from kartoteka_excel_import.running.work import problems_of
from tests.core.long_work import LEASE

HEADS = "Фирма;Телефон;ФИО;Почта"
LIST = "Фирма;Телефон;ФИО;Почта\nРомашка;+7 495 123-45-67;Анна;a@example.com\nЛандыш;12;;\n"
TARGETS = ("client.name", "client.phone", "contact.name", "contact.email")
PLAN = Plan(
    columns=tuple(
        PlannedColumn(letter=letter, head=head, target=target)
        for letter, head, target in zip("ABCD", HEADS.split(";"), TARGETS, strict=True)
    )
)


def uploaded(firm: Firm, text: str = LIST, who: str = "manager1", plan: Plan = PLAN) -> int:
    with firm.session(who) as session:
        folder = folder_of(firm.made.config)
        run = keep(session, folder, "list.csv", io.BytesIO(text.encode()))
        run.plan = plan.as_json()
        session.commit()
        return run.id


def worked(firm: Firm, number: int, start: Any, who: str = "manager1") -> ImportRun:
    """Start something and let a worker do it."""
    with firm.session(who) as session:
        job = start(session, session.get_one(ImportRun, number)).id
        session.commit()
    Executor(firm.app, "test", LEASE).work()
    with firm.session(who) as session:
        assert session.get_one(StartedJob, job).is_over
        run = session.get_one(ImportRun, number)
        settle(session, [run])
        session.expunge(run)
        return run


def test_a_list_is_checked_imported_and_taken_back_by_jobs(lists: Firm) -> None:
    number = uploaded(lists)
    run = worked(lists, number, start_check)
    assert (run.state, run.rows_total) == ("checked", 2)
    assert run.preview is not None
    assert (run.preview["create"], run.preview["rejected"]) == (1, 1)
    run = worked(lists, number, start_run)
    assert (run.state, run.created, run.rejected, run.rows_done) == ("done", 1, 1, 2)
    with lists.session("manager1") as session:
        assert session.get_one(StartedJob, run.job_id).result == {
            "run": number, "rows_total": 2, "create": 1, "update": 0, "unchanged": 0,
            "duplicate": 0, "possible": 0, "rejected": 1, "left_out": 0,
        }  # fmt: skip
        (problem,) = problems_of(session, run)
        assert (problem.row, problem.column, problem.is_rejection) == (3, "Телефон", True)
        assert session.scalars(select(Client.owner_id)).all() == [lists.users["manager1"]]
        with pytest.raises(Rejected, match="imported already"):
            start_run(session, session.get_one(ImportRun, number))
    run = worked(lists, number, start_undo)
    assert (run.state, run.undone) == ("undone", {"counts": {"reversed": 1}})


WHOLE = """\
Фирма;Телефон;Источник;ФИО;Почта;Должность;Роль;Сделка;Сумма сделки;Куплено на;Дата
Ромашка;+7 495 123-45-67;Internet;Анна Ким;a@example.com;закупки;Decider;Весна;1000;250,5;1.02.2026
Ромашка;8 495 123-45-67;;Пётр Ким;p@example.com;склад;Influencer;;;100;02.02.2026
Ромашка;;;Анна Ким;a@example.com;закупки;;;;100;03.02.2026
"""
PARTS = (
    "client.name", "client.phone", "client.source", "contact.name", "contact.email",
    "employment.position", "dmu_member.roles", "deal.title", "deal.amount", "purchase.amount",
    "purchase.bought_on",
)  # fmt: skip


def test_a_row_brings_a_client_with_all_that_hangs_on_it(lists: Firm) -> None:
    columns = tuple(
        PlannedColumn(letter=letter, head=head, target=target)
        for letter, head, target in zip(
            "ABCDEFGHIJK", WHOLE.split("\n")[0].split(";"), PARTS, strict=True
        )
    )
    number = uploaded(lists, WHOLE, plan=Plan(columns=columns))
    run = worked(lists, number, start_run)
    with lists.session("manager1") as session:
        assert [one.reason for one in problems_of(session, run)] == []
        assert (run.created, run.updated, run.rejected) == (3, 0, 0)
        models = (Client, ClientSource, Contact, Employment, Dmu, DmuMember, Deal, Purchase)
        found = [session.scalar(select(func.count(one.id))) for one in models]
        assert found == [1, 1, 2, 2, 1, 2, 1, 3]
        anna = session.scalars(select(Contact).where(Contact.name == "Анна Ким")).one()
        deal = session.scalars(select(Deal)).one()
        assert (deal.contact_id, deal.title, deal.amount) == (anna.id, "Весна", 1000)
        client = session.scalars(select(Client)).one()
        assert (client.purchase_count, str(client.purchase_total)) == (3, "450.50")
    run = worked(lists, number, start_undo)
    assert run.undone == {"counts": {"reversed": 3}}
    with lists.session("manager1") as session:
        assert [session.scalar(select(func.count(one.id))) for one in models] == [0] * 8


def test_only_one_thing_is_done_with_a_list_at_a_time(lists: Firm) -> None:
    number = uploaded(lists)
    with lists.session("manager1") as session:
        run = session.get_one(ImportRun, number)
        start_run(session, run)
        for start in (start_run, start_undo, start_check):
            with pytest.raises(Rejected, match="works on this list now"):
                start(session, run)


def test_a_list_of_somebody_else_is_not_seen(lists: Firm) -> None:
    number = uploaded(lists)
    with lists.session("manager2") as session:
        assert session.get(ImportRun, number) is None
    with lists.session("director") as session:
        assert session.get_one(ImportRun, number).file_name == "list.csv"
    page = lists.program("manager2").get("/api/v1/excel_import_run/")
    assert (page.status_code, page.json["count"]) == (200, 0)


def test_without_the_right_nothing_is_started(lists: Firm) -> None:
    number = uploaded(lists)
    with lists.session("manager1") as session:
        session.info["actor"] = replace(session.info["actor"], roles=frozenset({"nobody"}))
        with pytest.raises(NotAllowed):
            start_run(session, session.get_one(ImportRun, number))


def test_without_a_plan_nothing_is_started(lists: Firm) -> None:
    number = uploaded(lists)
    with lists.session("manager1") as session:
        run = session.get_one(ImportRun, number)
        run.plan = None
        with pytest.raises(Rejected, match="which column fills what"):
            start_run(session, run)


def test_a_file_that_can_not_be_read_ends_with_its_sentence(lists: Firm) -> None:
    number = uploaded(lists)
    with lists.session("manager1") as session:
        run = session.get_one(ImportRun, number)
        path_of(folder_of(lists.made.config), run).write_bytes(b"%PDF-1.7 nothing")
    run = worked(lists, number, start_run)
    assert run.state == "failed"
    assert "list.csv is no spreadsheet" in (run.error or "")


def test_a_command_that_was_killed_is_settled_after_a_while(lists: Firm) -> None:
    number = uploaded(lists)
    with lists.session("manager1") as session:
        run = session.get_one(ImportRun, number)
        run.state, run.updated_at = "running", now()
        settle(session, [run])
        assert run.state == "running"
        session.expunge(run)
        run.updated_at = now() - timedelta(hours=1)
        settle(session, [run])
        assert run.state == "failed"


def test_a_withdrawn_consent_stays_withdrawn(lists: Firm) -> None:
    with lists.session("manager1") as session:
        anna = Contact(name="Анна")
        session.add(anna)
        session.flush()
        session.add(ContactPoint(contact_id=anna.id, kind="email", value="a@example.com"))
        session.add(
            Consent(contact_id=anna.id, act="withdrawn", channel="email", purpose="marketing",
                    way="email")
        )  # fmt: skip
        session.commit()
    text = "ФИО;Почта;Телефон\nАнна;a@example.com;+7 495 123-45-67\n"
    columns = tuple(
        PlannedColumn(letter=letter, head="", target=target)
        for letter, target in zip(
            "ABC", ("contact.name", "contact.email", "contact.phone"), strict=True
        )
    )
    run = worked(lists, uploaded(lists, text, plan=Plan(columns=columns)), start_run)
    assert (run.created, run.updated) == (0, 1)
    with lists.session("manager1") as session:
        assert [one.act for one in session.scalars(select(Consent))] == ["withdrawn"]
