"""What reports of the core may be asked: of whom, in which pipeline, by what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.criteria.facts import Parameter
from kartoteka.fields.kinds import Choice, Reference
from kartoteka.hooks.contributions.reports import Rows
from kartoteka.i18n import Text, _
from kartoteka.models.catalog import pipeline_titles
from kartoteka.reports.ask import ReportAsk, who_asks
from kartoteka.services.records import registry_of


def _first_pipeline(session: Session) -> str | None:
    return next(iter(registry_of(session).pipelines), None)


#: From so many clients on a whole base takes longer than a page may.
HEAVY = 200_000
MANAGER = Parameter(code="manager", title=_("Manager"), kind=Reference(User))
ME = Parameter(code="manager", title=_("Manager"), kind=Reference(User), default=who_asks)
DEPARTMENT = Parameter(code="department", title=_("Department"), kind=Reference("department"))
PEOPLE = (MANAGER, DEPARTMENT)
#: One of the pipelines; stages of several make no table that can be read.
PIPELINE = Parameter(
    code="pipeline", title=_("Pipeline"), kind=Choice(pipeline_titles), default=_first_pipeline
)
ANY_PIPELINE = Parameter(code="pipeline", title=_("Pipeline"), kind=Choice(pipeline_titles))

_BY: Mapping[str, Text] = {
    "month": _("Month"), "manager": _("Manager"), "source": _("Source"),
    "product": _("Product or service"), "region": _("Region"),
}  # fmt: skip
_TABLES = {"manager": "ab_user", "source": "source", "product": "product", "region": "region"}


def by(*codes: str) -> Parameter:
    """Return the parameter that says what the rows are; the first one at first."""
    chosen = {code: _BY[code] for code in codes}
    return Parameter(code="by", title=_("Group by"), kind=Choice(chosen), default=codes[0])


def rows_by(ask: ReportAsk) -> Rows:
    """Return the rows that `by` asks for."""
    chosen = ask.given["by"] or "month"
    if chosen == "month":
        return Rows(title=_BY["month"], spans=ask.months())
    return Rows(title=_BY[chosen], table=_TABLES[chosen])


def field_by(ask: ReportAsk, day: str) -> str:
    """Return the field that says in which of these rows a record counts.

    Args:
        day: the field of days or moments for rows that are months.
    """
    names: Mapping[str, Any] = {
        "manager": "owner_id", "source": "source_id", "product": "product_id",
        "region": "region_id",
    }  # fmt: skip
    return names.get(ask.given["by"] or "", day)
