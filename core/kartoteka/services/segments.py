"""Find segments: those plugins declare and those staff keep as views; count and explain them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from kartoteka.criteria import document
from kartoteka.criteria.tree import Tree
from kartoteka.errors import Invalid
from kartoteka.fields.text import fold
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import Text, translations_of
from kartoteka.models.view import SavedView
from kartoteka.services import criteria, records
from kartoteka.services.criteria import Part

#: So far all segments are counted at once, each alone much farther.
MOST_COUNTED = 1_000
MOST_COUNTED_ALONE = 100_000
#: So many segments are counted on a page and looked at for a card.
MOST_SEGMENTS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A segment in this application.

    Args:
        code: of a declared segment; the id of a view for one that staff made.
        tree: None when it can not be read; the problems say why.
        problems: why it can not be asked; none: it is whole.
        count: how many records of the reader belong to it, as far as it was counted.
        is_capped: there are more than were counted.
    """

    code: str
    title: Text
    entity: Entity
    tree: Tree | None
    description: Text = ""
    is_declared: bool = False
    owner_id: int | None = None
    problems: Sequence[str] = ()
    count: int | None = None
    is_capped: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Belonging:
    """A segment a record belongs to, and why."""

    segment: Group
    why: Part


def segments(session: Session, entity: Entity | None = None) -> list[Group]:
    """Return the segments the actor may use: one statement.

    Args:
        entity: of its records; None: all.
    """
    registry = records.registry_of(session)
    found = [
        Group(
            code=item.code, title=item.title, entity=registry.entity(item.entity),
            tree=item.criteria, description=item.description, is_declared=True,
        )
        for item in registry.segments.values()
        if entity is None or item.entity == entity.code
    ]  # fmt: skip
    kept = select(SavedView).where(SavedView.is_segment.is_(True))
    if entity is not None:
        kept = kept.where(SavedView.entity == entity.code)
    for view in session.scalars(kept.order_by(SavedView.name, SavedView.id).limit(MOST_SEGMENTS)):
        if view.entity not in registry.entities or not view.criteria:
            continue
        broken: list[str] = []
        tree: Tree | None = None
        try:
            tree = document.read(view.criteria)
        except Invalid as error:
            broken = list(error.errors.values())
        found.append(
            Group(
                code=str(view.id), title=view.name, entity=registry.entity(view.entity), tree=tree,
                description=view.description or "", owner_id=view.owner_id, problems=broken,
            )
        )  # fmt: skip
    return [_looked_at(session, one) for one in found[:MOST_SEGMENTS]]


def declared(session: Session, entity: Entity, name: str) -> Group | None:
    """Return the segment of a plugin that is called so: its code, or its title in any language."""
    for one in segments(session, entity):
        titles = (one.code, *translations_of(one.title))
        if one.is_declared and fold(name) in {fold(title) for title in titles}:
            return one
    return None


def counted(session: Session, found: Sequence[Group]) -> list[Group]:
    """Return segments with the number of records the actor sees: one statement for all."""
    whole = [one for one in found if one.tree is not None and not one.problems]
    if not whole:
        return list(found)
    columns = [_count_of(session, one).label(f"n{place}") for place, one in enumerate(whole)]
    row = session.execute(select(*columns)).one()
    counts = {(one.entity.code, one.code): number for one, number in zip(whole, row, strict=True)}
    made: list[Group] = []
    for one in found:
        number = counts.get((one.entity.code, one.code))
        if number is None:
            made.append(one)
            continue
        made.append(replace(one, count=min(number, MOST_COUNTED), is_capped=number > MOST_COUNTED))
    return made


def counted_alone(session: Session, entity: Entity, code: str) -> Group | None:
    """Return one segment with its number of records, counted much farther than by `counted`.

    Two statements. None: there is no such segment for the actor, or it is broken.
    """
    found = [one for one in segments(session, entity) if one.code == code and not one.problems]
    if not found or found[0].tree is None:
        return None
    ids = criteria.matching(session, entity, found[0].tree).limit(MOST_COUNTED_ALONE + 1)
    number = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    return replace(
        found[0], count=min(number, MOST_COUNTED_ALONE), is_capped=number > MOST_COUNTED_ALONE
    )


def of_record(session: Session, entity: Entity, record_id: int) -> list[Belonging]:
    """Return the segments a record belongs to, each with its reasons: at most three statements.

    Raises:
        NotAllowed: there is no such record for this person.
    """
    whole = [one for one in segments(session, entity) if one.tree is not None and not one.problems]
    trees = [one.tree for one in whole if one.tree is not None]
    if not trees:
        return []
    parts = criteria.reasons(session, entity, trees, record_id)
    return [
        Belonging(segment=one, why=part)
        for one, part in zip(whole, parts, strict=True)
        if part is not None
    ]


def _looked_at(session: Session, one: Group) -> Group:
    if one.tree is None:
        return one
    found = criteria.problems(session, one.entity, one.tree)
    return replace(one, problems=[problem.reason for problem in found]) if found else one


def _count_of(session: Session, one: Group) -> ScalarSelect[int]:
    assert one.tree is not None
    model = one.entity.model
    ids = select(model.id).where(criteria.condition(session, one.entity, one.tree))
    rows = ids.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()


__all__ = [
    "MOST_COUNTED", "MOST_COUNTED_ALONE", "Belonging", "Group", "counted", "counted_alone",
    "declared", "of_record", "segments",
]  # fmt: skip
