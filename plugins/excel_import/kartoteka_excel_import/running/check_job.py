"""The job that compares a list with the base and writes nothing but what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartoteka.api import JobContext, JobResult, _, gettext, ngettext, now, registry_of
from kartoteka_excel_import.checking.preview import preview
from kartoteka_excel_import.mapping.plan import plan_of
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.table import open_table
from kartoteka_excel_import.running.endings import told
from kartoteka_excel_import.running.held_rows import HeldRows, keep_held
from kartoteka_excel_import.running.jobs import job_of
from kartoteka_excel_import.running.start import CHECK
from kartoteka_excel_import.running.uploads import folder_of, path_of
from kartoteka_excel_import.running.work import run_of


def run_check(job: JobContext) -> JobResult:
    """Keep what a list would do, for the person to decide."""
    number = job.arguments["run"]
    with told(job, number, cancelled="uploaded"):
        run = run_of(job.session, number)
        path, plan, name = path_of(folder_of(job.config), run), plan_of(run.plan), run.file_name
        job.session.rollback()
        readers = readers_of(registry_of(job.session))

        def tell(done: int) -> None:
            job.progress(done, None, gettext("Comparing with the base"))

        with HeldRows() as held:
            with (
                job.reading() as session,
                open_table(path, name=name, wish=plan.wish, readers=readers) as table,
            ):
                found = preview(session, table, plan, tell, hold=held.add)
            run = run_of(job.session, number)
            total = found.rows_total
            keep_held(job.session, run, held)
        run.preview, run.rows_total = found.as_json(), total
        run.state, run.error, run.updated_at = "checked", None, now()
        job.session.flush()
        return JobResult(data={"run": number, "rows_total": total})


def checked(data: Mapping[str, Any]) -> str:
    """Say how many rows were looked at."""
    total = data["rows_total"]
    return ngettext("%(num)s row is checked.", "%(num)s rows are checked.", total)


CHECK_JOB = job_of(CHECK, _("Check of a list"), run_check, checked)

__all__ = ["CHECK_JOB", "run_check"]
