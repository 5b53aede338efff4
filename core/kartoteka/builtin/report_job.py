"""The job that builds a report: a heavy one to be kept, any one into a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.builtin.exports import EVERYBODY, EXPORT
from kartoteka.errors import Invalid, NotAllowed
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Job, JobArgument, JobResult
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.jobs.context import JobContext
from kartoteka.reports import building, files, result
from kartoteka.reports.keeping import JOB as CODE
from kartoteka.services import permissions
from kartoteka.services.export_cells import FORMATS


def run(job: JobContext) -> JobResult:
    """Build a report with the rights of whoever asked."""
    code, form = job.arguments["report"], job.arguments["format"]
    with job.reading() as session:
        asked = building.asked(session, code, job.arguments["given"])
        job.progress(0, None, gettext("Counting"))
        most = building.MOST_WRITTEN if form else building.MOST_SHOWN
        found = building.build(asked, most, job.progress)
        reading, mark = session.info["reading"], building.sight(session)
    said = ", ".join(found.said)
    if not form:
        data = {"report": code, "title": found.title, "said": said, "sight": mark,
                "result": result.plain(found)}  # fmt: skip
        return JobResult(data=data)
    job.progress(0, None, gettext("Writing"))
    path = job.file(f"{code}-{now().astimezone(reading.tz).date().isoformat()}.{form}")
    rows = files.write(found, path, form, reading)
    data = {"report": code, "title": found.title, "said": said, "rows": rows}
    return JobResult(data=data, file=path)


def says(data: Mapping[str, Any]) -> str:
    """Say which report was built."""
    lead = f"{data['title']} ({data['said']})" if data["said"] else str(data["title"])
    if "rows" not in data:
        return gettext("%(report)s. The figures are on the page of the report.", report=lead)
    rows = ngettext("%(num)s row.", "%(num)s rows.", data["rows"])
    return f"{lead}. {rows}"


def check(session: Session, arguments: Mapping[str, Any]) -> None:
    """Refuse at once what could not be built.

    Raises:
        NotAllowed: no such report, no right to it, or none to export.
        Invalid: values that do not fit.
    """
    given: Mapping[str, Any] = arguments["given"]
    if not all(isinstance(one, str) for one in given.values()):
        raise Invalid({"given": gettext("Give texts.")})
    if arguments["format"] and not permissions.holds(session, EXPORT):
        raise NotAllowed(gettext("You have no right to export lists."))
    building.asked(session, arguments["report"], given)


JOB = Job(
    code=CODE, title=_("Report"), run=run, check=check, says=says, roles=EVERYBODY,
    arguments=(
        JobArgument(name="report", required=True),
        JobArgument(name="given", kind=dict, default={}),
        JobArgument(name="format", choices=("", *FORMATS), default=""),
    ),
)  # fmt: skip

__all__ = ["JOB"]
