"""Count what is done today, live: each figure is the criteria of a list, so it opens its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.criteria.tree import Tree, all_of, field_is
from kartoteka.i18n import Text, _
from kartoteka.models.work import Activity
from kartoteka.services import criteria, records

MOST_PEOPLE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number of the day, and the criteria of the list that holds its rows.

    `is_bad`: it should be none.
    """

    code: str
    title: Text
    entity: str
    meant: Tree
    count: int = 0
    is_bad: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OfPerson:
    """What one person wrote down today."""

    person_id: int
    name: str
    calls: int
    contacts: int
    meant: Tree


@dataclass(frozen=True, kw_only=True, slots=True)
class DayFigures:
    """The day in figures; `people` only for who sees the work of others."""

    figures: Sequence[Figure]
    people: Sequence[OfPerson] = ()
    of_others: bool = False


def day_figures(session: Session, today: date) -> DayFigures:
    """Return the figures of the day: one statement; for heads one for their people, one for names.

    Whoever has people under them gets what all of them do, everybody else what they do themselves.
    """
    of_others = sees_others(session)
    entities = records.registry_of(session).entities
    counted: list[Any] = []
    wanted: list[Figure] = []
    for one in _figures(session, today, of_others):
        entity = entities[one.entity]
        if criteria.problems(session, entity, one.meant):
            continue  # a field of it is hidden from the reader
        where = criteria.condition(session, entity, one.meant, today)
        counted.append(select(func.count(entity.model.id)).where(where).scalar_subquery())
        wanted.append(one)
    row = session.execute(select(*counted)).one() if counted else ()
    figures = [
        Figure(code=one.code, title=one.title, entity=one.entity, meant=one.meant,
               count=number, is_bad=one.is_bad)
        for one, number in zip(wanted, row, strict=True)
    ]  # fmt: skip
    people = _people(session, today) if of_others else ()
    return DayFigures(figures=figures, people=people, of_others=of_others)


def sees_others(session: Session) -> bool:
    """Say whether the actor heads people."""
    actor = actor_of(session)
    return actor.sees_all or bool(actor.department_ids)


def _figures(session: Session, today: date, of_others: bool) -> list[Figure]:
    happened = _on("happened_at", today)

    def of(owner: str, *parts: Tree) -> Tree:
        return all_of(*parts) if of_others else all_of(*parts, field_is(owner, "mine"))

    won = sorted(
        {
            stage.code
            for pipeline in records.registry_of(session).pipelines.values()
            for stage in pipeline.stages
            if stage.kind == "won"
        }
    )
    found = [
        Figure(code="calls", title=_("Calls"), entity="activity",
               meant=of("author_id", field_is("kind", "eq", "call"), *happened)),
        Figure(code="meetings", title=_("Meetings"), entity="activity",
               meant=of("author_id", field_is("kind", "eq", "meeting"), *happened)),
        Figure(code="moves", title=_("Deals moved on"), entity="stage_change",
               meant=of("moved_by_id", *_on("moved_at", today), field_is("old_stage", "filled"))),
        Figure(code="won", title=_("Deals won"), entity="stage_change",
               meant=of("moved_by_id", field_is("new_stage", "in", won), *_on("moved_at", today))),
        Figure(code="done", title=_("Tasks done"), entity="task",
               meant=of("owner_id", *_on("done_at", today))),
        Figure(code="overdue", title=_("Tasks not done, of days before"), entity="task",
               meant=of("owner_id", field_is("done_at", "empty"), field_is("due_at", "lt", today)),
               is_bad=True),
    ]  # fmt: skip
    entities = records.registry_of(session).entities
    return [one for one in found if one.entity in entities and (one.code != "won" or won)]


def _on(field: str, day: date) -> tuple[Tree, Tree]:
    """Return what a moment of a day fulfils, as the reader's clock has the day."""
    return field_is(field, "ge", day), field_is(field, "lt", day + timedelta(days=1))


def _people(session: Session, today: date) -> list[OfPerson]:
    entity = records.registry_of(session).entity("activity")
    kinds = records.registry_of(session).activity_kinds.values()
    contacts = [kind.code for kind in kinds if kind.is_contact]
    meant = all_of(*_on("happened_at", today), field_is("kind", "in", contacts))
    if criteria.problems(session, entity, meant):
        return []
    is_call = Activity.kind == "call"
    rows: Any = session.execute(
        select(Activity.author_id, func.count().filter(is_call), func.count())
        .where(criteria.condition(session, entity, meant, today), Activity.author_id.is_not(None))
        .group_by(Activity.author_id)
        .order_by(func.count().desc(), Activity.author_id)
        .limit(MOST_PEOPLE)
    ).all()
    names = records.labels(session, User.__tablename__, {row[0] for row in rows})
    return [
        OfPerson(
            person_id=row[0], name=names.get(row[0], "?"), calls=row[1], contacts=row[2],
            meant=all_of(meant, field_is("author_id", "eq", row[0])),
        )
        for row in rows
    ]  # fmt: skip


__all__ = ["DayFigures", "Figure", "OfPerson", "day_figures", "sees_others"]
