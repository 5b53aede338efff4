"""An import outlives its worker: no row is written twice, none is lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from sqlalchemy import func, select

from kartoteka.api import Client, ContactPoint, cancel_job
from kartoteka.testing import Firm
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running import uploads
from kartoteka_excel_import.running.accounts import accounts
from kartoteka_excel_import.running.start import settle, start_run, start_undo
from tests.core.test_jobs_killed import LEASE, Site, back_end, dialect, kill, on
from tests.plugins.excel_import.batches import PLAN

__all__ = ["back_end", "dialect"]
#: Several parts, and rows that hang on rows of an earlier part.
COUNT = 8_000
#: So long that it is cancelled before its end, however quick the machine is.
LONG = 40_000


@pytest.fixture
def site(make: Any, back_end: tuple[str, str], tmp_path: Path) -> Iterator[Site]:
    """A firm with the import of lists and real worker processes."""
    firm: Firm = make(excel_import)
    config = firm.made.config
    broker = firm.made.broker
    broker.close()
    broker.__init__(replace(config, job_broker=back_end[1]))
    environment = {
        **os.environ, "KARTOTEKA_DIR": str(config.folder), "KARTOTEKA_DATABASE_URL": config.url,
        "KARTOTEKA_PLUGINS": "kartoteka_excel_import", "KARTOTEKA_SECRET_KEY": "s" * 48,
        "KARTOTEKA_JOB_BROKER": back_end[1], "KARTOTEKA_JOB_LEASE": str(LEASE),
        "PYTHONPATH": os.pathsep.join(sys.path), "KARTOTEKA_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    made = Site(firm=firm, environment=environment, log=tmp_path / "log")
    yield made
    for process in made.workers:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGKILL)
        process.wait()
    broker.close()
    broker.__init__(config)


def uploaded(site: Site, tmp_path: Path, count: int = COUNT) -> int:
    """Upload a list of so many rows: each client twice, the second time with another phone."""
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("Фирма;Телефон\n")
        for turn in (1, 2):
            for number in range(count // 2):
                file.write(f"Firm {number:05d} {number * 7919 % 100_003};+7495{turn}{number:06d}\n")
    with site.firm.session("manager1") as session, path.open("rb") as source:
        run = uploads.keep(session, uploads.folder_of(site.firm.made.config), path.name, source)
        run.plan = replace(PLAN, columns=PLAN.columns[:2], alike="create").as_json()
        run.state = "checked"
        session.commit()
        return run.id


@contextmanager
def writing(site: Site) -> Generator[Any]:
    """Open a session of the manager that takes its turn among the writers, as pages do."""
    with site.firm.session("manager1") as session:
        session.bind = session.get_bind().execution_options(writes=True)
        session.rollback()
        yield session
        session.commit()


def run_of(site: Site, number: int) -> ImportRun:
    with site.firm.session("manager1") as session:
        run = session.get_one(ImportRun, number)
        settle(session, [run])
        session.expunge(run)
        return run


def demand_all_once(site: Site, number: int) -> None:
    """Every row is accounted for once, every client and phone is there once."""
    run = run_of(site, number)
    assert (run.state, run.rows_total, run.rows_done) == ("done", COUNT, COUNT)
    assert (run.created, run.updated, run.rejected) == (COUNT // 2, COUNT // 2, 0)
    with site.firm.session("manager1") as session:
        assert session.scalar(select(func.count(Client.id))) == COUNT // 2
        assert session.scalar(select(func.count(Client.name.distinct()))) == COUNT // 2
        assert session.scalar(select(func.count(ContactPoint.id))) == COUNT
        assert session.scalar(select(func.count(ContactPoint.normalised.distinct()))) == COUNT
        rows = [row for one in accounts(session, run) for row in one.numbers]
    assert rows == list(range(2, COUNT + 2))


@on(("sqlite", ""), ("postgresql", ""))
@pytest.mark.slow
def test_a_killed_import_goes_on_without_double_rows_and_can_be_undone(
    site: Site, tmp_path: Path
) -> None:
    number = uploaded(site, tmp_path)
    with writing(site) as session:
        job = start_run(session, session.get_one(ImportRun, number)).id
    first = site.worker()
    site.until(lambda: run_of(site, number).rows_done >= 1000)
    kill(first)
    at_kill = run_of(site, number).rows_done
    assert 0 < at_kill < COUNT
    site.worker()
    assert site.ends(job) == ["done"]
    assert site.job(job).attempts == 2
    demand_all_once(site, number)

    with writing(site) as session:
        back = start_undo(session, session.get_one(ImportRun, number)).id
    site.until(lambda: (site.job(back).done or 0) >= 1000)
    kill(site.workers[-1])
    site.worker()
    assert site.ends(back) == ["done"]
    assert (run_of(site, number).undone or {})["counts"] == {"reversed": COUNT}
    with site.firm.session() as session:
        assert session.scalar(select(func.count(Client.id))) == 0


@on(("sqlite", ""))
@pytest.mark.slow
def test_a_cancelled_import_keeps_its_account_and_goes_on_when_it_is_wanted(
    site: Site, tmp_path: Path
) -> None:
    number = uploaded(site, tmp_path, LONG)
    with writing(site) as session:
        job = start_run(session, session.get_one(ImportRun, number)).id
    site.worker()
    site.until(lambda: run_of(site, number).rows_done >= 1000)
    with writing(site) as session:
        cancel_job(session, job)
    assert site.ends(job) == ["cancelled"]
    run = run_of(site, number)
    assert run.state == "cancelled"
    assert run.created + run.updated == run.rows_done < LONG
    with writing(site) as session:
        again = start_run(session, session.get_one(ImportRun, number)).id
    site.until(lambda: run_of(site, number).rows_done > run.rows_done)
    on_its_way = run_of(site, number)
    assert (site.job(again).attempts, on_its_way.state) == (1, "running")
    assert on_its_way.created + on_its_way.updated == on_its_way.rows_done
