"""A list becomes a file: typed cells, the rights of the reader, jobs that can be stopped."""

from __future__ import annotations

import csv
import errno
import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from kartoteka.api import (
    Client,
    Invalid,
    NotAllowed,
    Purchase,
    Region,
    StartedJob,
    Task,
    all_of,
    field_is,
    start_job,
)
from kartoteka.fields.kinds import Reading
from kartoteka.jobs.executor import Executor
from kartoteka.jobs.files import find
from kartoteka.jobs.stopping import JobCancelled
from kartoteka.services import exporting, sheet_pipe
from kartoteka.services.filtering import Filter
from kartoteka.services.selection import Selection
from kartoteka.services.sheet_file import Sheet
from kartoteka.testing import Firm, statements
from tests.core.long_work import LEASE

EVERYTHING = Selection()
SOFIA = Reading(locale="bg", tz=ZoneInfo("Europe/Sofia"), region="BG")


def add(firm: Firm, *records: Any, who: str | None = None) -> list[int]:
    with firm.session(who) as session:
        session.add_all(records)
        session.commit()
        return [record.id for record in records]


def export(
    firm: Firm, entity: str, path: Path, who: str | None = None,
    selection: Selection = EVERYTHING, columns: tuple[str, ...] = (), reading: Reading = SOFIA,
    **options: Any,
) -> list[list[Any]]:  # fmt: skip
    """Export and read back: values of cells in xlsx, texts in csv; the head is the first row."""
    with firm.session(who) as session:
        session.info["reading"] = reading
        item = firm.made.registry.entity(entity)
        chosen = exporting.columns_of(session, item, columns, **options)
        form: Any = path.suffix[1:]
        exporting.write(session, item, selection, chosen, path, form)
    if form == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    return [[cell.value for cell in row] for row in cells(path)]


def cells(path: Path) -> list[Any]:
    return list(load_workbook(path).worksheets[0].iter_rows())


def column(path: Path, head: str) -> list[Any]:
    rows = cells(path)
    place = [cell.value for cell in rows[0]].index(head)
    return [row[place] for row in rows[1:]]


@pytest.fixture
def sold(firm: Firm) -> Firm:
    (client,) = add(firm, Client(name="Ромашка", important=True))
    add(
        firm,
        Purchase(
            client_id=client, bought_on=date(2026, 3, 1), amount=Decimal("1234.50"),
            amount_currency="EUR", delay_days=-3, note="first\nsecond",
        ),
        Purchase(
            client_id=client, bought_on=date(1850, 3, 1), amount=Decimal("1234567890123456.78"),
            amount_currency="RUB",
        ),
    )  # fmt: skip
    at = datetime(2026, 7, 1, 21, 30, 15, tzinfo=UTC)
    add(firm, Task(title="Call", due_at=at, client_id=client, owner_id=firm.users["manager1"]))
    return firm


def test_numbers_dates_and_amounts_are_typed_cells(sold: Firm, tmp_path: Path) -> None:
    path = tmp_path / "purchases.xlsx"
    chosen = ("bought_on", "amount", "delay_days", "note", "client_id")
    rows = export(sold, "purchase", path, selection=Selection(order="-bought_on"), columns=chosen)
    assert rows[0] == [
        "id", "bought_on", "amount", "amount_currency", "delay_days", "note", "client_id",
    ]  # fmt: skip
    assert rows[1][1:] == [
        datetime(2026, 3, 1), 1234.5, "EUR", -3, "first\nsecond", "Ромашка",
    ]  # fmt: skip
    # Excel has no days before 1900 and counts with 15 digits: these two are texts, and whole.
    assert rows[2][1:4] == ["1850-03-01", "1234567890123456.78", "RUB"]
    first = cells(path)[1]
    assert [cell.data_type for cell in first] == ["n", "d", "n", "s", "n", "s", "s"]
    assert [cell.number_format for cell in first[1:4]] == ["dd.mm.yyyy", "#,##0.00", "@"]


def test_moments_are_those_of_the_readers_clock(sold: Firm, tmp_path: Path) -> None:
    local = datetime(2026, 7, 2, 0, 30, 15)
    rows = export(sold, "task", tmp_path / "tasks.xlsx", columns=("due_at",))
    assert rows[1][1] == local
    rows = export(sold, "task", tmp_path / "tasks.csv", columns=("due_at",))
    assert rows[1][1] == "2026-07-02 00:30:15"


def test_moments_keep_their_clock_when_it_changes_within_an_hour(
    firm: Firm, tmp_path: Path
) -> None:
    island = ZoneInfo("Australia/Lord_Howe")  # puts its clock on half an hour, at half past
    moments = [datetime(2026, 10, 3, 15, minute, 59, tzinfo=UTC) for minute in (0, 29, 30, 59)]
    moments.append(datetime(1850, 1, 1, tzinfo=UTC))
    add(firm, *(Task(title=f"{at}", due_at=at) for at in moments))
    for form in ("xlsx", "csv"):
        path = tmp_path / f"tasks.{form}"
        rows = export(firm, "task", path, columns=("due_at",), selection=Selection(order="id"),
                      reading=replace(SOFIA, tz=island))  # fmt: skip
        expected = [at.astimezone(island).replace(tzinfo=None) for at in moments]
        assert [str(row[1]) for row in rows[1:]] == [str(at) for at in expected]


def test_the_first_days_that_excel_knows(firm: Firm, tmp_path: Path) -> None:
    days = [date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(9999, 12, 31)]
    (client,) = add(firm, Client(name="Old"))
    sold = [Purchase(client_id=client, bought_on=day, amount=1, amount_currency="RUB")
            for day in days]  # fmt: skip
    add(firm, *sold)
    rows = export(firm, "purchase", tmp_path / "p.xlsx", columns=("bought_on",),
                  selection=Selection(order="bought_on"))  # fmt: skip
    assert [row[1].date() for row in rows[1:]] == days


def test_yes_and_no_choices_and_empty_values(sold: Firm, tmp_path: Path) -> None:
    chosen = ("important", "bankrupt", "kind", "size_class", "region_id")
    rows = export(sold, "client", tmp_path / "clients.xlsx", columns=chosen)
    assert rows[1][1:] == [True, False, "Organisation", None, None]
    rows = export(sold, "client", tmp_path / "clients.csv", columns=chosen)
    assert rows[1][1:] == ["true", "false", "Organisation", "", ""]


def test_csv_keeps_amounts_to_the_last_digit(sold: Firm, tmp_path: Path) -> None:
    rows = export(sold, "purchase", tmp_path / "p.csv", columns=("amount", "bought_on"),
                  selection=Selection(order="bought_on"))  # fmt: skip
    assert [row[1:] for row in rows[1:]] == [
        ["1234567890123456.78", "RUB", "1850-03-01"], ["1234.50", "EUR", "2026-03-01"],
    ]  # fmt: skip


def test_an_export_obeys_filters_search_criteria_and_order(firm: Firm, tmp_path: Path) -> None:
    ids = add(
        firm,
        Client(name="Бета Альфа", industry="toys"), Client(name="альфа", industry="toys"),
        Client(name="Гамма", industry="toys"), Client(name="Альфа Плюс", industry="food"),
    )  # fmt: skip

    def names(selection: Selection) -> list[Any]:
        rows = export(firm, "client", tmp_path / "c.csv", selection=selection, columns=("name",))
        return [row[1] for row in rows[1:]]

    toys = Filter(field="industry", op="eq", value="toys")
    assert names(Selection(filters=[toys])) == ["альфа", "Бета Альфа", "Гамма"]
    assert names(Selection(search="альфа", order="-name")) == ["Бета Альфа", "Альфа Плюс", "альфа"]
    food = all_of(field_is("industry", "ne", "toys"))
    assert names(Selection(criteria=food)) == ["Альфа Плюс"]
    assert names(Selection(ids=ids[:2], filters=[toys])) == ["альфа", "Бета Альфа"]
    assert names(Selection(search="nobody is called so")) == []
    dated = Selection(order="industry", filters=[toys])
    add(firm, Client(name="Дельта"))
    assert names(Selection(order="-industry"))[-1] == "Дельта"  # no value: last in either order
    assert names(Selection(order="industry"))[-1] == "Дельта"
    assert len(names(dated)) == 3
    with pytest.raises(Invalid):
        names(Selection(order="no_such_field"))


def test_rows_and_names_out_of_sight_are_not_in_the_file(firm: Firm, tmp_path: Path) -> None:
    mine, theirs = add(
        firm, Client(name="Mine", owner_id=firm.users["manager1"]),
        Client(name="Theirs", owner_id=firm.users["manager3"]),
    )  # fmt: skip
    rows = export(firm, "client", tmp_path / "c.xlsx", "manager1", columns=("name",))
    assert rows[1:] == [[mine, "Mine"]]
    rows = export(firm, "client", tmp_path / "c.xlsx", "manager1", Selection(ids=[theirs]),
                  columns=("name",))  # fmt: skip
    assert rows[1:] in ([], [[None, None]])


def test_a_hidden_field_is_not_exported_and_not_named(make: Callable[..., Firm],
                                                      tmp_path: Path) -> None:  # fmt: skip
    from acme_dummy import plugin as acme
    from acme_dummy.models import Visit

    firm = make(acme)
    (client,) = add(firm, Client(name="Shop", owner_id=firm.users["manager1"]))
    add(firm, Visit(client_id=client, title="Look", marks=4))
    assert "marks" in export(firm, "acme_visit", tmp_path / "v.csv", "manager1")[0]
    assert "marks" not in export(firm, "acme_visit", tmp_path / "v.csv", "assistant1")[0]
    with pytest.raises(Invalid, match="marks"):
        export(firm, "acme_visit", tmp_path / "v.csv", "assistant1", columns=("marks",))
    with pytest.raises(Invalid):
        export(firm, "acme_visit", tmp_path / "v.csv", "assistant1",
               Selection(order="marks"))  # fmt: skip


def test_an_empty_list_makes_a_file_with_its_head(firm: Firm, tmp_path: Path) -> None:
    rows = export(firm, "deal", tmp_path / "d.xlsx", columns=("title",), titles=True)
    assert list(rows[0]) == ["No.", "Deal"]
    assert all(cell is None for row in rows[1:] for cell in row)


def test_a_file_that_can_not_be_written_is_an_error_with_its_reason(
    firm: Firm, tmp_path: Path
) -> None:
    add(firm, Client(name="Mine"))
    with pytest.raises(OSError, match="No such file"):
        export(firm, "client", tmp_path / "no such folder" / "c.xlsx")


def test_a_disk_without_room_is_named_by_its_reason_alone(tmp_path: Path) -> None:
    sheet = Sheet(path=str(tmp_path / "long.xlsx"), title="Long", heads=("A",), formats=("@",),
                  widths=(10,))  # fmt: skip
    rows = [[f"{number * 7919 % 1_000_003}" for number in range(40_000)]]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as raised:
            sheet_pipe.write(sheet, [rows])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert raised.value.errno == errno.EFBIG


def test_an_export_that_is_stopped_leaves_no_file(firm: Firm, tmp_path: Path) -> None:
    add(firm, Client(name="Mine"))

    def stop(done: int) -> None:
        raise JobCancelled(done)

    with firm.session() as session:
        item = firm.made.registry.entity("client")
        chosen = exporting.columns_of(session, item, ("name",))
        with pytest.raises(JobCancelled):
            exporting.write(session, item, EVERYTHING, chosen, tmp_path / "c.xlsx", "xlsx", stop)
    assert not list(tmp_path.glob("*.xlsx"))


def test_names_come_set_wise(firm: Firm, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 20)
    regions = add(firm, *(Region(name=f"Region {n}") for n in range(5)))
    add(firm, *(Client(name=f"C {n}", region_id=regions[n % 5]) for n in range(60)))
    with statements(firm) as sent:
        rows = export(firm, "client", tmp_path / "c.csv", columns=("name", "region_id", "owner_id"))
    assert {row[2] for row in rows[1:]} == {f"Region {n}" for n in range(5)}
    assert len(rows) == 61
    assert len(sent) <= 3, sent  # the rows; the names once, for three chunks


# As a job


def run(firm: Firm, who: str, **arguments: Any) -> StartedJob:
    with firm.session(who) as session:
        session.bind = firm.made.engine.execution_options(writes=True)
        number = start_job(session, "core.export", arguments).id
        session.commit()
    Executor(firm.app, "test", LEASE).work()
    with firm.session() as session:
        row = session.get_one(StartedJob, number)
        session.expunge(row)
    return row


def test_a_job_makes_the_file_and_says_what_was_exported(firm: Firm) -> None:
    shutil.rmtree(firm.made.config.job_files, ignore_errors=True)
    add(firm, Client(name="Mine", industry="toys", owner_id=firm.users["manager1"]),
        Client(name="Theirs", industry="toys", owner_id=firm.users["manager3"]))  # fmt: skip
    job = run(firm, "manager1", entity="client",
              selection={"filters": [["industry", "eq", "toys"]]})  # fmt: skip
    assert (job.state, job.done, job.total) == ("done", 1, 1), job.error
    assert job.result is not None
    assert job.result["rows"] == 1
    assert job.result["filters"] == ["Line of business is toys"]
    assert "toys" in str(job.result_words)
    path = find(firm.made.config.job_files, job.result_file)
    assert path is not None
    assert path.name.startswith("client-")
    assert path.suffix == ".xlsx"
    assert [cell.value for cell in column(path, "name")] == ["Mine"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"entity": "client", "columns": ["no_such"]},
        {"entity": "client", "columns": [5]},
        {"entity": "client", "format": "exe"},
        {"entity": "client", "selection": {"filters": [["no_such", "eq", "x"]]}},
        {"entity": "client", "selection": {"filters": "x"}},
        {"entity": "client", "selection": {"order": "no_such"}},
        {"entity": "client", "selection": {"ids": ["1"]}},
        {"entity": "client", "selection": {"ids": list(range(1, 1100))}},
        {"entity": "client", "selection": {"criteria": {"version": 1, "tree": {"field": "x"}}}},
        {"entity": "client", "selection": {"where": "1=1"}},
    ],
)
def test_what_can_not_be_exported_is_refused_before_it_starts(
    firm: Firm, arguments: dict[str, Any]
) -> None:
    with firm.session("manager1") as session, pytest.raises(Invalid) as refused:
        start_job(session, "core.export", arguments)
    assert all(refused.value.errors.values())


def test_a_list_without_a_right_to_it_is_refused(firm: Firm) -> None:
    with firm.session("manager1") as session, pytest.raises(NotAllowed):
        start_job(session, "core.export", {"entity": "no_such"})


def test_a_cancelled_export_offers_no_file(firm: Firm, monkeypatch: Any) -> None:
    from kartoteka.api import cancel_job
    from kartoteka.jobs.context import JobContext

    add(firm, *(Client(name=f"C {n}") for n in range(5)))
    told = JobContext.progress

    def cancel(self: JobContext, done: int, *rest: Any) -> None:
        with firm.session() as session:
            session.bind = firm.made.engine.execution_options(writes=True)
            cancel_job(session, self.id)
            session.commit()
        self.is_cancelled.set()
        told(self, done, *rest)

    monkeypatch.setattr(JobContext, "progress", cancel)
    job = run(firm, "director", entity="client")
    assert (job.state, job.result_file) == ("cancelled", None)
