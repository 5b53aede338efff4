"""What a report is asked: for which days, of whom, in which pipeline; and who reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.criteria.facts import Parameter
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.tree import Tree, all_of, any_of, field_is
from kartoteka.errors import Invalid
from kartoteka.fields.kinds import Choice, Day, Moment_, Reference
from kartoteka.hooks.contributions.reports import Report, Span
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext
from kartoteka.models.people import Department
from kartoteka.reports import periods
from kartoteka.services import deals
from kartoteka.services.criteria import reader_of
from kartoteka.services.deals import StageView

_OWN = frozenset({"period", "since", "until"})
_DAY = Day()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportAsk:
    """One asking of a report; given to `Report.tables`.

    Attributes:
        session: knows who reads; all that is counted are rows this person sees.
        since, until: the first and the last day, where the report has a period.
        given: parameters by code, read by their kinds; None where nothing is chosen.
        cache: what several columns need and one statement finds.
    """

    session: Session
    report: Report
    reader: Reader
    period: str
    since: date
    until: date
    given: Mapping[str, Any]
    cache: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def registry(self) -> Registry:
        """The application: pipelines, stages, kinds of activity."""
        return self.reader.registry

    @property
    def today(self) -> date:
        """The reader's day."""
        return self.reader.today

    def tell(self) -> None:
        """Say that one more statement is through, where somebody waits for a job."""
        done = self.cache["done"] = self.cache.get("done", 0) + 1
        if told := self.cache.get("told"):
            told(done)

    def within(self, entity: str, name: str, span: Span | None = None) -> Tree:
        """Return the condition that a day or moment falls into the period, or into a span."""
        first, last = (span.first, span.last) if span else (self.since, self.until)
        return falls(self.registry, entity, name, first, last)

    def of_people(self, person: str = "owner_id") -> list[Tree]:
        """Return the conditions of the chosen manager and department, none for everybody.

        Args:
            person: field of the record that holds the person.
        """
        found: list[Tree] = []
        if (manager := self.given.get("manager")) is not None:
            found.append(field_is(person, "eq", manager))
        if (department := self.given.get("department")) is not None:
            found.append(field_is("department_id", "in", self._departments(department)))
        return found

    def in_pipeline(self) -> list[Tree]:
        """Return the condition of the chosen pipeline, none for all of them."""
        chosen = self.given.get("pipeline")
        return [] if chosen is None else [field_is("pipeline", "eq", chosen)]

    def stages(self) -> list[StageView]:
        """Return the stages of the chosen pipeline, hidden ones too, as staff named them."""
        kept: list[StageView] | None = self.cache.get("stages")
        if kept is None:
            kept = deals.stages_of(self.session, self.given["pipeline"], with_hidden=True)
            self.cache["stages"] = kept
        return kept

    def in_stages(self, *kinds: str, of: str = "stage") -> Tree:
        """Return the condition that a deal stands in a stage of these kinds, in any pipeline."""
        chosen = self.given.get("pipeline")
        by_pipeline: dict[str, list[str]] = {}
        for (pipeline, code), stage in self.registry.stages.items():
            if stage.kind in kinds and chosen in (None, pipeline):
                by_pipeline.setdefault(pipeline, []).append(code)
        parts = [
            all_of(field_is("pipeline", "eq", pipeline), field_is(of, "in", codes))
            for pipeline, codes in by_pipeline.items()
        ]
        return parts[0] if len(parts) == 1 else any_of(*parts)

    def winning(self) -> Tree:
        """Return the condition that a move led into the stages that mean a sale.

        A pipeline without a stage of kind "won" sells with its delivery, or at its end.
        """
        chosen = self.given.get("pipeline")
        parts: list[Tree] = []
        for code, pipeline in self.registry.pipelines.items():
            kinds = {stage.kind for stage in pipeline.stages}
            kind = next((one for one in ("won", "delivery", "done") if one in kinds), None)
            codes = [stage.code for stage in pipeline.stages if stage.kind == kind]
            if codes and chosen in (None, code):
                in_it = field_is("new_stage", "in", codes)
                parts.append(all_of(field_is("pipeline", "eq", code), in_it))
        return parts[0] if len(parts) == 1 else any_of(*parts)

    def months(self) -> list[Span]:
        """Return the months of the period.

        Raises:
            Invalid: more than can be read.
        """
        return _readable(periods.months(self.since, self.until, self.reader.reading))

    def days(self) -> list[Span]:
        """Return the days of the period.

        Raises:
            Invalid: more than can be read.
        """
        if (self.until - self.since).days >= periods.MOST_SPANS:
            _readable([Span(first=self.since, last=self.until, title="")] * 100)
        return periods.days(self.since, self.until, self.reader.reading)

    def _departments(self, top: int) -> list[int]:
        """Return a department with all below it."""
        below: dict[int | None, list[int]] = {}
        for number, parent in self.session.execute(select(Department.id, Department.parent_id)):
            below.setdefault(parent, []).append(number)
        found = [top]
        for one in found:
            found += [number for number in below.get(one, ()) if number not in found]
        return found


def falls(registry: Registry, entity: str, name: str, first: date, last: date) -> Tree:
    """Return the condition that a field of days or moments falls on one of these days."""
    item = registry.fields(entity)[name]
    if isinstance(item.kind, Moment_):
        following = last + timedelta(days=1)
        return all_of(
            field_is(name, "ge", first.isoformat()), field_is(name, "lt", following.isoformat())
        )
    return all_of(field_is(name, "ge", first.isoformat()), field_is(name, "le", last.isoformat()))


def read(session: Session, report: Report, sent: Mapping[str, str]) -> ReportAsk:
    """Read what a report is asked, from texts by name: period, since, until and its parameters.

    Raises:
        Invalid: a sentence for each value that does not fit or has no place here.
    """
    reader = reader_of(session)
    known = {one.code: one for one in report.parameters}
    errors = {
        name[:60]: gettext("This report has no parameter %(name)r.", name=name[:60])
        for name in sent
        if name not in known and (name not in _OWN or not report.period)
    }
    given: dict[str, Any] = {}
    for code, parameter in known.items():
        try:
            given[code] = _value(session, parameter, sent, reader)
        except ValueError as error:
            errors[code] = str(error)
    period, since, until = _days(report, sent, reader, errors)
    if errors:
        raise Invalid(errors)
    return ReportAsk(
        session=session, report=report, reader=reader, period=period, since=since, until=until,
        given=given,
    )  # fmt: skip


def sent_for(ask: ReportAsk) -> dict[str, str]:
    """Return what was asked as texts by name; read again they mean the same, on any day."""
    found = {
        one.code: one.kind.edit(ask.given[one.code], ask.reader.reading)
        for one in ask.report.parameters
    }
    if ask.report.period:
        found |= {"period": ask.period}
        if ask.period == periods.DAYS:
            found |= {"since": ask.since.isoformat(), "until": ask.until.isoformat()}
    return found


def _value(
    session: Session, parameter: Parameter, sent: Mapping[str, str], reader: Reader
) -> Any:  # fmt: skip
    raw: Any = sent.get(parameter.code)
    # Nobody chosen means everybody; of choices with a default one is always chosen.
    if raw is None or (isinstance(parameter.kind, Choice) and not raw.strip()):
        default = parameter.default
        raw = default(session) if callable(default) else default
    value: Any = parameter.kind.parse(raw, reader.reading)
    if isinstance(parameter.kind, Reference) and value is not None and value < 1:
        raise ValueError(gettext("Choose a record from the list."))
    return value


def _days(
    report: Report, sent: Mapping[str, str], reader: Reader, errors: dict[str, str]
) -> tuple[str, date, date]:
    if not report.period:
        return "", reader.today, reader.today
    texts = {name: sent.get(name, "").strip() for name in ("since", "until")}
    period = sent.get("period", "").strip() or (
        periods.DAYS if any(texts.values()) else report.period
    )
    if period != periods.DAYS:
        if period not in periods.PAST and period not in periods.AHEAD:
            errors["period"] = gettext("There is no period %(name)r.", name=period[:60])
            return report.period, reader.today, reader.today
        return period, *periods.days_of(period, reader.today)
    found: dict[str, date] = {}
    for name, text in texts.items():
        try:
            day = _DAY.parse(text, reader.reading)
            if day is None:
                raise ValueError(gettext("Give a day."))
            if not MINYEAR + 1 < day.year < MAXYEAR:
                raise ValueError(gettext("%(value)r is out of range.", value=text))
            found[name] = day
        except ValueError as error:
            errors[name] = str(error)
    if len(found) < 2:
        return period, reader.today, reader.today
    if found["until"] < found["since"]:
        errors["until"] = gettext("The last day is before the first one.")
    return period, found["since"], found["until"]


def _readable(spans: Sequence[Span]) -> list[Span]:
    if len(spans) > periods.MOST_SPANS:
        text = gettext("This period is too long to be read. Choose a shorter one.")
        raise Invalid({"period": text})
    return list(spans)


def who_asks(session: Session) -> int | None:
    """Return the person for whom a report is at first about themselves."""
    return actor_of(session).user_id


__all__ = ["ReportAsk", "falls", "read", "sent_for", "who_asks"]
