"""Move deals through their pipeline. The rules hold on every path, because the flush keeps them.

`move_deal` is the service screens, REST, board and import call. Whoever changes `deal.stage` in
another way meets the same rules: allowed moves, required fields, lost reason, recheck date; each
move leaves a `StageChange` with the time spent in the stage before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import event, func, insert, inspect as sa_inspect, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from kartoteka.access.scope import actor_of, connection_of
from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import DealMoved, Pipeline, Stage
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext
from kartoteka.models.client import LostReason
from kartoteka.models.deal import Deal, StageChange, StageSetting
from kartoteka.services import events
from kartoteka.services.writing import flush

_MOVES = "kartoteka.moves"
_HIDDEN = "kartoteka.hidden_stages"
#: What some stages demand; none of it may be taken away later.
_OF_STAGE = ("lost_reason_id", "recheck_on")


@dataclass(frozen=True, kw_only=True, slots=True)
class StageView:
    """A stage as staff see it: the plugin's declaration under the changes staff made."""

    stage: Stage
    title: str
    color: str
    is_hidden: bool
    position: int


def prepare(session_class: type[Session]) -> None:
    """Complete new deals in all sessions of this class."""
    event.listen(session_class, "before_flush", _complete)


def install(session_class: type[Session]) -> None:
    """Keep the rules of pipelines in all sessions of this class."""
    event.listen(session_class, "before_flush", _before)
    event.listen(session_class, "after_flush", _after)
    event.listen(session_class, "after_soft_rollback", _forget)


def move_deal(
    session: Session,
    deal: Deal,
    stage: str,
    *,
    lost_reason_id: int | None = None,
    recheck_on: date | None = None,
    note: str = "",
    values: Mapping[str, Any] | None = None,
) -> Deal:
    """Move a deal to a stage of its pipeline and write the move down.

    Args:
        session: its actor makes the move.
        deal: the deal; one already in the stage stays there and takes what is given anew.
        stage: code of the stage.
        lost_reason_id: demanded by stages of kind `lost`.
        recheck_on: day to come back on; demanded by stages of kind `deferred`.
        note: how it came to that.
        values: further fields of the deal, for what the stage requires.

    Raises:
        Invalid: a required field or the lost reason is missing; names each.
        Rejected: the stage does not exist or can not be reached from here.
        EditConflict: somebody else moved the deal at the same time.
    """
    if recheck_on is not None and recheck_on < now().date():
        raise Invalid({"recheck_on": gettext("This day is over. Choose a day to come.")})
    for name, value in (values or {}).items():
        setattr(deal, name, value)
    if deal.stage != stage:
        deal.stage = stage
        deal.lost_reason_id = lost_reason_id
        deal.lost_note = note or None
        deal.recheck_on = recheck_on
        _notes(session)[id(deal)] = note
    else:
        given = {"lost_reason_id": lost_reason_id, "lost_note": note, "recheck_on": recheck_on}
        kind = _stage(session, deal.pipeline, stage).kind
        for name in {"lost": ("lost_reason_id", "lost_note"), "deferred": ("recheck_on",)}.get(
            kind, ()
        ):
            if given[name]:
                setattr(deal, name, given[name])
    try:
        flush(session, deal)
    finally:
        _notes(session).pop(id(deal), None)
    return deal


def pipeline_of(session: Session, code: str) -> Pipeline:
    """Return a pipeline of the running application; Rejected when no plugin has it."""
    registry: Registry = session.info["registry"]
    pipeline = registry.pipelines.get(code)
    if pipeline is None:
        raise Rejected(
            gettext("There is no pipeline %(code)r. Its plugin may be switched off.", code=code),
            "pipeline",
        )
    return pipeline


def stages_of(session: Session, pipeline: str, with_hidden: bool = False) -> list[StageView]:
    """Return the stages of a pipeline in the order and with the names staff gave them."""
    declared = pipeline_of(session, pipeline)
    settings = session.scalars(select(StageSetting).where(StageSetting.pipeline == pipeline))
    found = _viewed(declared, {row.stage: row for row in settings})
    return [view for view in found if with_hidden or not view.is_hidden]


def all_stages(session: Session) -> dict[tuple[str, str], StageView]:
    """Return the stages of all pipelines, hidden ones too, by pipeline and code: one statement."""
    registry: Registry = session.info["registry"]
    settings: dict[str, dict[str, StageSetting]] = {}
    for row in session.scalars(select(StageSetting)):
        settings.setdefault(row.pipeline, {})[row.stage] = row
    return {
        (code, view.stage.code): view
        for code, pipeline in registry.pipelines.items()
        for view in _viewed(pipeline, settings.get(code, {}))
    }


def _viewed(pipeline: Pipeline, settings: Mapping[str, StageSetting]) -> list[StageView]:
    found: list[StageView] = []
    for index, stage in enumerate(pipeline.stages):
        mine = settings.get(stage.code)
        found.append(
            StageView(
                stage=stage,
                title=(mine.title if mine and mine.title else str(stage.title)),
                color=(mine.color if mine and mine.color else stage.color),
                is_hidden=bool(mine and mine.is_hidden),
                position=(
                    mine.position if mine and mine.position is not None else (index + 1) * 10
                ),
            )
        )
    found.sort(key=lambda view: view.position)
    return found


def next_stages(session: Session, deal: Deal) -> list[StageView]:
    """Return the stages a deal may move to now."""
    here = _stage(session, deal.pipeline, deal.stage)
    return [
        view
        for view in stages_of(session, deal.pipeline)
        if view.stage.code != deal.stage and (here.next is None or view.stage.code in here.next)
    ]


def stage_history(session: Session, deal_id: int) -> list[StageChange]:
    """Return the moves of a deal, oldest first, each with the seconds spent in the stage before."""
    return list(
        session.scalars(
            select(StageChange).where(StageChange.deal_id == deal_id).order_by(StageChange.id)
        )
    )


def _stage(session: Session, pipeline: str, code: str) -> Stage:
    for stage in pipeline_of(session, pipeline).stages:
        if stage.code == code:
            return stage
    raise Rejected(
        gettext("Pipeline %(pipe)r has no stage %(code)r.", pipe=pipeline, code=code), "stage"
    )


def _notes(session: Session) -> dict[int, str]:
    return session.info.setdefault("kartoteka.move_notes", {})


def _complete(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Give new deals their pipeline and first stage, before plugins are asked about them."""
    for deal in session.new:
        if isinstance(deal, Deal):
            _complete_new(session, deal)


def _before(session: Session, context: UOWTransaction, instances: Any) -> None:
    moves: list[tuple[Deal, str | None, datetime | None]] = []
    session.info[_MOVES] = moves
    session.info.pop(_HIDDEN, None)
    for deal in [*session.new, *session.dirty]:
        if not isinstance(deal, Deal):
            continue
        state = sa_inspect(deal)
        if state.identity is None:
            _complete_new(session, deal)  # a plugin may have added it
            _enter(session, deal, None)
            _demand_shown(session, deal)
            moves.append((deal, None, None))
            continue
        _change_pipeline(session, deal)
        change = state.attrs.stage.history
        if change.has_changes():
            old = change.deleted[0] if change.deleted else None
            since = deal.stage_since
            _enter(session, deal, old)
            _demand_shown(session, deal)
            moves.append((deal, old, since))
        elif any(state.attrs[name].history.has_changes() for name in _OF_STAGE):
            _demand(session, deal, _stage(session, deal.pipeline, deal.stage))


def _demand_shown(session: Session, deal: Deal) -> None:
    """Refuse a stage that staff have hidden; one statement for all deals of a flush."""
    if deal.stage == pipeline_of(session, deal.pipeline).stages[0].code:
        return  # new deals begin there, so it is never hidden
    hidden: set[tuple[str, str]] | None = session.info.get(_HIDDEN)
    if hidden is None:
        with session.no_autoflush:
            rows = session.execute(
                select(StageSetting.pipeline, StageSetting.stage).where(StageSetting.is_hidden)
            )
            hidden = session.info[_HIDDEN] = {(row[0], row[1]) for row in rows}
    if (deal.pipeline, deal.stage) in hidden:
        title = str(_stage(session, deal.pipeline, deal.stage).title)
        raise Rejected(
            gettext("Stage «%(stage)s» is hidden. Choose another one.", stage=title), "stage"
        )


def _complete_new(session: Session, deal: Deal) -> None:
    registry: Registry = session.info["registry"]
    if not deal.pipeline:
        if len(registry.pipelines) != 1:
            raise Invalid({"pipeline": gettext("Choose a pipeline.")})
        deal.pipeline = next(iter(registry.pipelines))
    if not deal.stage:
        deal.stage = pipeline_of(session, deal.pipeline).stages[0].code
    deal.opened_at = deal.opened_at or now()


def _change_pipeline(session: Session, deal: Deal) -> None:
    """Begin in the first stage of another pipeline, unless a stage of it is named."""
    attributes = sa_inspect(deal).attrs
    if not attributes.pipeline.history.has_changes():
        return
    stages = pipeline_of(session, deal.pipeline).stages
    named = attributes.stage.history.has_changes()
    if not named or deal.stage not in {stage.code for stage in stages}:
        deal.stage = stages[0].code


def _enter(session: Session, deal: Deal, old: str | None) -> None:
    """Check the move and set what the new stage means for the deal."""
    stage = _stage(session, deal.pipeline, deal.stage)
    stages = {one.code: one for one in pipeline_of(session, deal.pipeline).stages}
    # From a stage of another pipeline, or one the plugin no longer has, every way is open.
    here = None if old is None else stages.get(old)
    if here is not None and here.next is not None and stage.code not in here.next:
        allowed = ", ".join(str(_stage(session, deal.pipeline, code).title) for code in here.next)
        raise Rejected(
            gettext(
                "From «%(here)s» a deal can not go to «%(there)s», only to: %(allowed)s.",
                here=str(here.title),
                there=str(stage.title),
                allowed=allowed or "—",
            ),
            "stage",
        )
    fields = session.info["registry"].fields("deal")
    missing = {
        name: gettext("Stage «%(stage)s» needs: %(field)s.", stage=str(stage.title),
                      field=str(fields[name].title))
        for name in stage.requires
        if getattr(deal, name) in (None, "", ())
    }  # fmt: skip
    if missing:
        raise Invalid(missing)
    if stage.kind != "lost":
        deal.lost_reason_id = deal.lost_note = None
    if stage.kind != "deferred":
        deal.recheck_on = None
    _demand(session, deal, stage)
    if old is not None or not deal.stage_since:
        deal.stage_since = now()
    deal.closed_at = now() if stage.kind in {"lost", "done"} else None


def _demand(session: Session, deal: Deal, stage: Stage) -> None:
    """Demand what a deal needs for as long as it stays in the stage."""
    if stage.kind == "lost":
        _demand_reason(session, deal, stage)
    if stage.kind == "deferred" and deal.recheck_on is None:
        raise Invalid({"recheck_on": gettext("Say on which day to come back to it.")})


def _demand_reason(session: Session, deal: Deal, stage: Stage) -> None:
    if deal.lost_reason_id is None:
        raise Invalid({"lost_reason_id": gettext("Say why it is lost: choose a reason.")})
    if stage.lost_reasons:
        code = session.scalar(select(LostReason.code).where(LostReason.id == deal.lost_reason_id))
        if code not in stage.lost_reasons:
            raise Invalid(
                {
                    "lost_reason_id": gettext(
                        "This reason does not belong to stage «%(stage)s».", stage=str(stage.title)
                    )
                }
            )


def _forget(session: Session, _transaction: SessionTransaction) -> None:
    """Drop the moves of a failed flush."""
    session.info.pop(_MOVES, None)


def _after(session: Session, context: UOWTransaction) -> None:
    moves: list[tuple[Deal, str | None, datetime | None]] = session.info.pop(_MOVES, [])
    notes = _notes(session)
    if not moves:
        return
    actor = actor_of(session)
    rows: list[dict[str, Any]] = []
    for deal, old, since in moves:
        moment = deal.stage_since
        rows.append(
            {
                "deal_id": deal.id, "client_id": deal.client_id, "owner_id": deal.owner_id,
                "department_id": deal.department_id, "pipeline": deal.pipeline,
                "old_stage": old, "new_stage": deal.stage, "moved_at": moment,
                "moved_by_id": actor.user_id, "version": 1,
                "seconds": int((moment - since) / timedelta(seconds=1)) if since else None,
                "lost_reason_id": deal.lost_reason_id,
                "note": notes.get(id(deal)) or deal.lost_note,
                "created_at": moment, "updated_at": moment, "created_by_id": actor.user_id,
            }
        )  # fmt: skip
        events.emit(
            session,
            DealMoved(
                user_id=actor.user_id, deal_id=deal.id, client_id=deal.client_id,
                pipeline=deal.pipeline, old=old, new=deal.stage,
                kind=_stage(session, deal.pipeline, deal.stage).kind,
            ),
        )  # fmt: skip
    connection_of(session).execute(insert(StageChange), rows)


def open_deals(session: Session, client_id: int) -> int:
    """Return how many deals of a client are neither done nor lost."""
    return (
        session.scalar(
            select(func.count(Deal.id)).where(Deal.client_id == client_id, Deal.closed_at.is_(None))
        )
        or 0
    )
