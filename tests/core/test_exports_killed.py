"""An export outlives its worker: no half file is offered, another worker makes it whole."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert

from kartoteka.api import Client, now
from kartoteka.jobs.files import find
from tests.core.test_jobs_killed import Site, back_end, dialect, kill, on, site

__all__ = ["back_end", "dialect", "site"]
COUNT = 12_000


@on(("sqlite", ""), ("postgresql", ""))
@pytest.mark.slow
def test_a_killed_worker_leaves_no_half_file_and_another_makes_it_whole(site: Site) -> None:
    firm = site.firm
    with firm.made.engine.execution_options(writes=True).begin() as connection:
        at = now()
        rows = [
            {"name": f"C {n}", "name_key": f"c {n}", "kind": "organisation", "important": False,
             "bankrupt": False, "is_reference": False, "purchase_count": 0, "purchase_total": 0,
             "debt_total": 0, "completeness": 0, "created_at": at, "updated_at": at, "version": 1}
            for n in range(COUNT)
        ]  # fmt: skip
        connection.execute(insert(Client.__table__), rows)  # pyright: ignore[reportArgumentType]
    number = site.start("core.export", "director", entity="client")
    first = site.worker()
    site.until(lambda: site.job(number).state == "running")
    kill(first)
    assert (site.job(number).state, site.job(number).result_file) == ("running", None)
    assert firm.browser("director").get(f"/job/result/{number}").status_code == 400
    site.worker()
    assert site.ends(number) == ["done"]
    job = site.job(number)
    assert job.attempts == 2
    path = find(firm.made.config.job_files, job.result_file)
    assert path is not None
    sheet = load_workbook(path, read_only=True).worksheets[0]
    assert sum(1 for _row in sheet.iter_rows(max_col=1)) == COUNT + 1
