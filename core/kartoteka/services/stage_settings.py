"""Let staff rename, recolour, reorder and hide stages; their codes stay the plugin's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, UOWTransaction

from kartoteka.access.scope import unscoped
from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.colors import color_code
from kartoteka.i18n import gettext
from kartoteka.models.deal import Deal, StageSetting
from kartoteka.services import deals, records

_MOST_LETTERS = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class StageWish:
    """How staff want one stage shown; what equals the plugin's declaration is not kept."""

    title: str
    color: str
    position: int
    is_hidden: bool = False


def install(session_class: type[Session]) -> None:
    """Keep stages in use on the screens, whoever hides them, in all sessions of this class."""
    event.listen(session_class, "before_flush", _check_rows)


def save(session: Session, pipeline: str, wishes: Mapping[str, StageWish]) -> None:
    """Keep how the stages of a pipeline are shown: three statements and the writes.

    Args:
        session: the caller has checked that its actor may change stages.
        pipeline: code of the pipeline.
        wishes: by code of stage; stages left out stay as they are.

    Raises:
        Rejected: there is no such pipeline.
        Invalid: by code of stage: an unknown stage, no title, a colour that is none, the first
            stage hidden, or a stage hidden while deals stand in it.
    """
    declared = {stage.code: stage for stage in deals.pipeline_of(session, pipeline).stages}
    _check(session, pipeline, wishes, list(declared))
    rows = {
        row.stage: row
        for row in session.scalars(select(StageSetting).where(StageSetting.pipeline == pipeline))
    }
    for index, (code, stage) in enumerate(declared.items()):
        wish = wishes.get(code)
        if wish is None:
            continue
        title = None if wish.title.strip() == str(stage.title) else wish.title.strip()
        color = None if wish.color.lower() == stage.color.lower() else wish.color.lower()
        position = None if wish.position == (index + 1) * 10 else wish.position
        row = rows.get(code)
        if row is None:
            if (title, color, position, wish.is_hidden) == (None, None, None, False):
                continue
            row = StageSetting(pipeline=pipeline, stage=code)
            session.add(row)
        row.title, row.color, row.position, row.is_hidden = title, color, position, wish.is_hidden
    session.flush()


def reset(session: Session, pipeline: str) -> int:
    """Show the stages of a pipeline as their plugin declares them; return how many changed."""
    rows = session.scalars(select(StageSetting).where(StageSetting.pipeline == pipeline)).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)


def may_change(session: Session) -> bool:
    """Say whether the actor's roles let them change how stages are shown."""
    return records.may(session, records.registry_of(session).entity("stage_setting"), "edit")


def _check(
    session: Session, pipeline: str, wishes: Mapping[str, StageWish], codes: list[str]
) -> None:
    errors: dict[str, str] = {}
    hidden = [code for code, wish in wishes.items() if wish.is_hidden]
    held = _deals_in(session, pipeline, hidden)
    for code, wish in wishes.items():
        title = wish.title.strip()
        if code not in codes:
            errors[code] = gettext("This pipeline has no stage %(code)r.", code=code)
        elif not title or len(title) > _MOST_LETTERS:
            errors[code] = gettext("Give a title of at most %(most)s letters.", most=_MOST_LETTERS)
        elif wrong := _wrong_color(wish.color):
            errors[code] = wrong
        elif not 0 <= wish.position <= 1000:
            errors[code] = gettext("A position is a number from 0 to 1000.")
        elif wish.is_hidden and (needed := _needed(code == codes[0], held.get(code, 0))):
            errors[code] = needed
    if errors:
        raise Invalid(errors)


def _check_rows(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Check the rows that are not written by `save`: by REST, by a plugin."""
    for row in [*session.new, *session.dirty]:
        if not isinstance(row, StageSetting) or not session.is_modified(row):
            continue
        codes = [stage.code for stage in deals.pipeline_of(session, row.pipeline).stages]
        if row.stage not in codes:
            text = gettext("This pipeline has no stage %(code)r.", code=row.stage)
            raise Rejected(text, "stage")
        if row.is_hidden:
            held = _deals_in(session, row.pipeline, [row.stage]).get(row.stage, 0)
            if needed := _needed(row.stage == codes[0], held):
                raise Rejected(needed, "is_hidden")


def _needed(is_first: bool, held: int) -> str:
    """Say why a stage can not be hidden; empty when it can."""
    if is_first:
        return gettext("New deals start in this stage, it can not be hidden.")
    if held:
        return gettext(
            "%(count)s deals stand in this stage. Move them before you hide it.", count=held
        )
    return ""


def _deals_in(session: Session, pipeline: str, stages: list[str]) -> dict[str, int]:
    """Count the open deals in stages, whoever sees them."""
    if not stages:
        return {}
    with unscoped(session, "a stage is hidden for everybody"), session.no_autoflush:
        rows = session.execute(
            select(Deal.stage, func.count(Deal.id))
            .where(Deal.pipeline == pipeline, Deal.stage.in_(stages), Deal.closed_at.is_(None))
            .group_by(Deal.stage)
        )
        return {row[0]: row[1] for row in rows}


def _wrong_color(typed: str) -> str:
    try:
        color_code(typed)
    except ValueError as error:
        return str(error)
    return ""
