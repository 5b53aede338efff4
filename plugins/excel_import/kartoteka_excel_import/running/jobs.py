"""The jobs of imports: import a list, take it back, forget old files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kartoteka.api import (
    Job,
    JobArgument,
    JobContext,
    JobResult,
    _,
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
        return JobResult(data=counts_of(run))


def run_undo(job: JobContext) -> JobResult:
    """Take an import back, or go on with that."""
    number = job.arguments["run"]
    with told(job, number):
        run = undo(job, number)
        counts: dict[str, int] = (run.undone or {}).get("counts", {})
        return JobResult(data={"run": number, **counts})


def forget(job: JobContext) -> JobResult:
    """Remove files of imports that nobody touched for long."""
    days = settings_of(job.session, "excel_import")["keep_days"]
    gone = forget_old(job.session, folder_of(job.config), days)
    return JobResult(data={"files": gone})


def forgotten(data: Mapping[str, Any]) -> str:
    """Say how many files went."""
    return ngettext("%(num)s file was removed.", "%(num)s files were removed.", data["files"])


def counts_of(run: ImportRun) -> dict[str, Any]:
    """Return what became of the rows of a run."""
    return {
        "run": run.id, "rows_total": run.rows_total, "create": run.created, "update": run.updated,
        "unchanged": run.unchanged, "duplicate": run.duplicate, "possible": run.possible,
        "rejected": run.rejected, "left_out": run.left_out,
    }  # fmt: skip


def words_of(counts: Mapping[str, Any]) -> str:
    """Say what became of the rows of a run, leaving out what there was none of.

    Args:
        counts: as `counts_of` gives them.
    """
    new, changed, same = counts["create"], counts["update"], counts["unchanged"]
    twice, held, refused = counts["duplicate"], counts["possible"], counts["rejected"]
    said = (
        new and ngettext("%(num)s created", "%(num)s created", new),
        changed and ngettext("%(num)s updated", "%(num)s updated", changed),
        same and ngettext("%(num)s as it was", "%(num)s as they were", same),
        twice and ngettext("%(num)s twice in the file", "%(num)s twice in the file", twice),
        held and ngettext("%(num)s possible duplicate, held back",
                          "%(num)s possible duplicates, held back", held),
        refused and ngettext("%(num)s rejected", "%(num)s rejected", refused),
    )  # fmt: skip
    told = _sentence(counts["rows_total"] or 0, said)
    if left_out := counts.get("left_out"):
        told += " " + ngettext(
            "%(num)s row came in without a bad cell.", "%(num)s rows came in without a bad cell.",
            left_out,
        )  # fmt: skip
    return told


def _sentence(total: int, said: Iterable[str | int]) -> str:
    rows = ngettext("%(num)s row", "%(num)s rows", total)
    parts = ", ".join(str(part) for part in said if part)
    return f"{rows}: {parts}." if parts else f"{rows}."


def words_of_undo(counts: Mapping[str, Any]) -> str:
    """Say what became of the rows that were imported."""
    back, kept, failed = (int(counts.get(code, 0)) for code in ("reversed", "kept", "failed"))
    said = (
        back and ngettext("%(num)s taken back", "%(num)s taken back", back),
        kept and ngettext("%(num)s kept, because worked on since",
                          "%(num)s kept, because worked on since", kept),
        failed and ngettext("%(num)s failed", "%(num)s failed", failed),
    )  # fmt: skip
    return _sentence(back + kept + failed, said)


def job_of(
    code: str,
    title: Any,
    run: Callable[[JobContext], Any],
    says: Callable[[Mapping[str, Any]], str],
) -> Job:
    """Return a job that works on one run, once at a time."""
    return Job(
        code=code, title=title, run=run, says=says, at_most_one="arguments", roles=ROLES,
        permission=RIGHT,
        arguments=(JobArgument(name="run", kind=int, required=True),),
    )  # fmt: skip


JOBS = (
    job_of(RUN, _("Import of a list"), run_import, words_of),
    job_of(UNDO, _("Take an import back"), run_undo, words_of_undo),
    Job(
        code="excel_import.forget", title=_("Remove old files of imports"), run=forget,
        says=forgotten, at_most_one="firm", schedule="50 3 * * *", roles=("director",),
        as_system=True,
    ),
)  # fmt: skip

__all__ = ["JOBS", "ROLES", "counts_of", "job_of", "words_of", "words_of_undo"]
