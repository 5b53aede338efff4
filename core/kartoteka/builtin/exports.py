"""The job that exports a list into a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.errors import Invalid, NotAllowed
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Entity, Job, JobArgument, JobResult, Permission
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.jobs.context import JobContext
from kartoteka.services import exporting, records, selection
from kartoteka.services.export_cells import FORMATS

EXPORT = "export"
EVERYBODY = ("director", "curator", "manager", "assistant")
PERMISSION = Permission(code=EXPORT, title=_("Export lists into files"), roles=EVERYBODY)


def run(job: JobContext) -> JobResult:
    """Write a file with the records that whoever asked sees in the list."""
    asked = job.arguments
    with job.reading() as session:
        entity = entity_named(session, asked["entity"])
        wanted = selection.read(session, entity, asked["selection"])
        columns = exporting.columns_of(
            session, entity, asked["columns"], titles=asked["heads"] == "titles"
        )
        said = selection.in_words(session, entity, wanted)
        total = selection.count(session, entity, wanted)
        job.progress(0, total, gettext("Writing"))
        day = now().astimezone(session.info["reading"].tz).date()
        path = job.file(f"{entity.code}-{day.isoformat()}.{asked['format']}")
        done = exporting.write(
            session, entity, wanted, columns, path, asked["format"], job.progress
        )
    job.progress(done, done)
    words = ngettext("%(num)s row of “%(list)s”.", "%(num)s rows of “%(list)s”.", done,
                     list=str(entity.plural))  # fmt: skip
    narrowed = "; ".join(said)
    return JobResult(
        words=f"{words} {narrowed}".strip(),
        file=path,
        data={
            "rows": done,
            "filters": said,
            "columns": [column.name for column in columns],
        },
    )


def check(session: Session, arguments: Mapping[str, Any]) -> None:
    """Refuse at once what could not be exported.

    Raises:
        NotAllowed: no such list, or no right to it.
        Invalid: filters or columns that do not fit.
    """
    entity = entity_named(session, arguments["entity"])
    names: Sequence[Any] = arguments["columns"]
    if not all(isinstance(name, str) for name in names):
        raise Invalid({"columns": gettext("Columns are named by texts.")})
    exporting.columns_of(session, entity, names)
    wanted = selection.read(session, entity, arguments["selection"])
    selection.ordered(session, entity, wanted, [entity.model.id])


def entity_named(session: Session, code: str) -> Entity:
    """Return the entity whose list is meant.

    Raises:
        NotAllowed: there is none, or the person may not see its list.
    """
    entity = records.registry_of(session).entities.get(code)
    if entity is None or not records.may(session, entity, "list"):
        raise NotAllowed(gettext("There is no such list, or you have no right to it."))
    return entity


JOB = Job(
    code="core.export", title=_("Export of a list"), run=run, check=check, roles=EVERYBODY,
    permission=EXPORT,
    arguments=(
        JobArgument(name="entity", required=True),
        JobArgument(name="format", choices=FORMATS, default="xlsx"),
        JobArgument(name="selection", kind=dict, default={}),
        JobArgument(name="columns", kind=list, default=[]),
        JobArgument(name="heads", choices=("names", "titles"), default="names"),
    ),
)  # fmt: skip

__all__ = ["EVERYBODY", "EXPORT", "JOB", "PERMISSION", "entity_named"]
