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

from sqlalchemy import event, func, select
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import DealMoved, Pipeline, Stage
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext
from kartoteka.models.client import Client, LostReason
from kartoteka.models.deal import Deal, StageChange, StageSetting
from kartoteka.services import events

_MOVES = "kartoteka.moves"
_GUARDED = {Deal: {"stage", "pipeline", "lost_reason_id", "closed_at"}, Client: {"left_on"}}


@dataclass(frozen=True, kw_only=True, slots=True)
class StageView:
    """A stage as staff see it: the plugin's declaration under the changes staff made."""

    stage: Stage
    title: str
    color: str
    is_hidden: bool
    position: int


def install(session_class: type[Session]) -> None:
    """Keep the rules of pipelines in all sessions of this class."""
    event.listen(session_class, "before_flush", _before)
    event.listen(session_class, "after_flush", _after)
    event.listen(session_class, "after_soft_rollback", _forget)
    event.listen(session_class, "do_orm_execute", _refuse_bulk)


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
        deal: the deal; a deal already in the stage stays untouched.
        stage: code of the stage.
        lost_reason_id: demanded by stages of kind `lost`.
        recheck_on: day to come back on; demanded by stages of kind `deferred`.
        note: how it came to that.
        values: further fields of the deal, for what the stage requires.

    Raises:
        Invalid: a required field or the lost reason is missing; names each.
        Rejected: the stage does not exist or can not be reached from here.
    """
    for name, value in (values or {}).items():
        setattr(deal, name, value)
    if deal.stage != stage:
        deal.stage = stage
        deal.lost_reason_id = lost_reason_id
        deal.lost_note = note or None
        deal.recheck_on = recheck_on
        _notes(session)[id(deal)] = note
    session.flush()
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


def _before(session: Session, context: UOWTransaction, instances: Any) -> None:
    moves: list[tuple[Deal, str | None, datetime | None]] = session.info.setdefault(_MOVES, [])
    for deal in [*session.new, *session.dirty]:
        if not isinstance(deal, Deal):
            continue
        state = sa_inspect(deal)
        is_new = state.identity is None
        if is_new:
            _complete_new(session, deal)
        change = state.attrs.stage.history
        if is_new or change.has_changes():
            old = None if is_new else (change.deleted[0] if change.deleted else None)
            since = None if is_new else deal.stage_since
            _enter(session, deal, old, is_new)
            moves.append((deal, old, since))
        elif deal.lost_reason_id is None and state.attrs.lost_reason_id.history.has_changes():
            _demand_reason(session, deal, _stage(session, deal.pipeline, deal.stage))


def _complete_new(session: Session, deal: Deal) -> None:
    registry: Registry = session.info["registry"]
    if not deal.pipeline:
        if len(registry.pipelines) != 1:
            raise Invalid({"pipeline": gettext("Choose a pipeline.")})
        deal.pipeline = next(iter(registry.pipelines))
    if not deal.stage:
        deal.stage = pipeline_of(session, deal.pipeline).stages[0].code
    deal.opened_at = deal.opened_at or now()
    if deal.amount is not None and deal.amount_currency is None:
        deal.amount_currency = session.info.get("currency", "RUB")


def _enter(session: Session, deal: Deal, old: str | None, is_new: bool) -> None:
    """Check the move and set what the new stage means for the deal."""
    stage = _stage(session, deal.pipeline, deal.stage)
    if old is not None:
        here = _stage(session, deal.pipeline, old)
        if here.next is not None and stage.code not in here.next:
            allowed = ", ".join(
                str(_stage(session, deal.pipeline, code).title) for code in here.next
            )
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
    if stage.kind == "lost":
        _demand_reason(session, deal, stage)
    else:
        deal.lost_reason_id = None
    if stage.kind == "deferred":
        if deal.recheck_on is None:
            raise Invalid({"recheck_on": gettext("Say on which day to come back to it.")})
    else:
        deal.recheck_on = None
    if not (is_new and deal.stage_since):
        deal.stage_since = now()
    deal.closed_at = now() if stage.kind in {"lost", "done"} else None


def _demand_reason(session: Session, deal: Deal, stage: Stage) -> None:
    if stage.kind != "lost":
        return
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
                "note": notes.pop(id(deal), None) or deal.lost_note,
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
    session.connection().execute(StageChange.__table__.insert(), rows)


def _refuse_bulk(state: ORMExecuteState) -> None:
    """Bulk statements can not check a move, so they may not make one."""
    if not state.is_update or not state.is_orm_statement or state.bind_mapper is None:
        return
    model = state.bind_mapper.class_
    names = _written_names(state)
    if names & _GUARDED.get(model, set()):
        if model is Client and "lost_reason_id" in names:
            return
        raise Rejected(
            gettext(
                "Losses and stages are not set in bulk: use move_deal(), or give the reason too."
            )
        )


def _written_names(state: ORMExecuteState) -> set[str]:
    """Return the columns a bulk update writes, whichever way its values were given."""
    statement: Any = state.statement
    found: list[Any] = list(getattr(statement, "_values", None) or ())
    found.extend(pair[0] for pair in getattr(statement, "_ordered_values", None) or ())
    parameters: Any = state.parameters
    for row in parameters if isinstance(parameters, list) else [parameters or {}]:
        found.extend(row)
    return {str(getattr(column, "key", column)) for column in found}


def open_deals(session: Session, client_id: int) -> int:
    """Return how many deals of a client are neither done nor lost."""
    return (
        session.scalar(
            select(func.count(Deal.id)).where(Deal.client_id == client_id, Deal.closed_at.is_(None))
        )
        or 0
    )
