"""The jobs of imports: import a list, take it back, forget old files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kartoteka.api import (
    Job,
    JobArgument,
    JobContext,
    JobResult,
    _,
    gettext,
    ngettext,
    settings_of,
)
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.endings import told
from kartoteka_excel_import.running.start import RUN, UNDO
from kartoteka_excel_import.running.undo import undo
from kartoteka_excel_import.running.uploads import RIGHT, ROLES, folder_of, forget_old, path_of
from kartoteka_excel_import.running.work import import_rows, run_of


def run_import(job: JobContext) -> JobResult:
    """Import a list, or go on with it."""
    number = job.arguments["run"]
    with told(job, number):
        path = path_of(folder_of(job.config), run_of(job.session, number))
        run = import_rows(job, number, path)
        return JobResult(words=words_of(run), data=counts_of(run))


def run_undo(job: JobContext) -> JobResult:
    """Take an import back, or go on with that."""
    number = job.arguments["run"]
    with told(job, number):
        run = undo(job, number)
        counts: dict[str, int] = (run.undone or {}).get("counts", {})
        return JobResult(words=words_of_undo(counts), data={"run": number, **counts})


def forget(job: JobContext) -> str:
    """Remove files of imports that nobody touched for long."""
    days = settings_of(job.session, "excel_import")["keep_days"]
    gone = forget_old(job.session, folder_of(job.config), days)
    return ngettext("%(num)s file was removed.", "%(num)s files were removed.", gone)


def counts_of(run: ImportRun) -> dict[str, Any]:
    """Return what became of the rows of a run."""
    return {
        "run": run.id, "rows_total": run.rows_total, "create": run.created, "update": run.updated,
        "unchanged": run.unchanged, "duplicate": run.duplicate, "possible": run.possible,
        "rejected": run.rejected, "left_out": run.left_out,
    }  # fmt: skip


def words_of(run: ImportRun) -> str:
    """Say what became of the rows of a run, leaving out what there was none of."""
    said = (
        (run.created, gettext("created")), (run.updated, gettext("updated")),
        (run.unchanged, gettext("as they were")), (run.duplicate, gettext("twice in the file")),
        (run.possible, gettext("possible duplicates, held back")),
        (run.rejected, gettext("rejected")),
    )  # fmt: skip
    rows = ngettext("%(num)s row", "%(num)s rows", run.rows_total or 0)
    parts = ", ".join(f"{count} {word}" for count, word in said if count)
    told = f"{rows}: {parts}." if parts else f"{rows}."
    if run.left_out:
        told += " " + ngettext(
            "%(num)s row came in without a bad cell.", "%(num)s rows came in without a bad cell.",
            run.left_out,
        )  # fmt: skip
    return told


def words_of_undo(counts: dict[str, int]) -> str:
    """Say what became of the rows that were imported."""
    said = (
        ("reversed", gettext("taken back")), ("kept", gettext("kept, because edited since")),
        ("failed", gettext("failed")),
    )  # fmt: skip
    rows = ngettext("%(num)s row", "%(num)s rows", sum(counts.values()))
    parts = ", ".join(f"{counts[code]} {word}" for code, word in said if counts.get(code))
    return f"{rows}: {parts}." if parts else f"{rows}."


def job_of(code: str, title: Any, run: Callable[[JobContext], Any]) -> Job:
    """Return a job that works on one run, once at a time."""
    return Job(
        code=code, title=title, run=run, at_most_one="arguments", roles=ROLES, permission=RIGHT,
        arguments=(JobArgument(name="run", kind=int, required=True),),
    )  # fmt: skip


JOBS = (
    job_of(RUN, _("Import of a list"), run_import),
    job_of(UNDO, _("Take an import back"), run_undo),
    Job(
        code="excel_import.forget", title=_("Remove old files of imports"), run=forget,
        at_most_one="firm", schedule="50 3 * * *", roles=("director",), as_system=True,
    ),
)  # fmt: skip

__all__ = ["JOBS", "ROLES", "counts_of", "job_of", "words_of", "words_of_undo"]
