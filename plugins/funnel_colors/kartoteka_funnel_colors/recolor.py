"""Give clients the colour due to them: some at once, or the whole base set-wise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable, DropTable

from kartoteka.api import Client, RecordWritten, actor_of, as_system, now, registry_of
from kartoteka_funnel_colors.compiled import CLIENT, color_of_rule, of_all, of_some
from kartoteka_funnel_colors.moves import ColorMove
from kartoteka_funnel_colors.scheme import scheme_of

WHY = "colours are the same for everybody"
COLUMNS = ("funnel_colors_color", "funnel_colors_reason", "funnel_colors_since")
_MOVE: Any = ColorMove.__table__
_CHUNK = 500
_WORK = Table(
    "funnel_colors_work", MetaData(),
    Column("id", Integer, primary_key=True), Column("old", String(60)),
    Column("new", String(60)), Column("reason", String(60)),
    prefixes=["TEMPORARY"],
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Recolored:
    """What a recolouring of the whole base came to.

    Args:
        clients: how many clients there are.
        changed: how many got another colour.
        colors: how many clients have each colour; those of no client are there with 0.
    """

    clients: int
    changed: int
    colors: dict[str, int] = field(default_factory=dict[str, int])


def after_save(session: Session, written: Sequence[RecordWritten]) -> None:
    """Recolour the clients of records just written, in their transaction."""
    ids = {number for one in written if _may_matter(one) for number in one.client_ids}
    if ids:
        recolor(session, ids)


def recolor(session: Session, client_ids: Collection[int]) -> int:
    """Give some clients the colour due to them; return how many got another one.

    Args:
        session: of anybody; the rules see all rows and the day of the firm.
        client_ids: ids that are no clients are passed over.

    One statement, or two where the client's own row does not decide; two more when something
    changes. The first locks the clients on PostgreSQL, so that two who write about one client at
    once do not miss each other; the second then sees what the other wrote.
    """
    actor = actor_of(session)
    rows: list[Any] = []
    with as_system(session, WHY):
        scheme = scheme_of(registry_of(session))
        asked, connection = of_some(session), session.connection()
        ids = sorted(client_ids)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            found = connection.execute(asked.own, {"ids": chunk}).all()
            rows += [row for row in found if asked.whole is None or row.due is not None]
            if asked.whole is not None and (rest := [row.id for row in found if row.due is None]):
                rows.extend(connection.execute(asked.whole, {"ids": rest}))
        colors = {rule.code: rule.color for rule in scheme.rules}
        changed = [row for row in rows if (row.color, row.reason) != (colors.get(row.due), row.due)]
        if not changed:
            return 0
        moment = now()
        moved = [row for row in changed if row.color != colors.get(row.due)]
        stay = [row for row in changed if row.color == colors.get(row.due)]
        for since, some in ((False, stay), (True, moved)):
            _write(connection, some, colors, moment if since else None)
        _tell(connection, moved, colors, moment, actor.user_id)
    _refresh(session, {row.id for row in changed})
    return len(moved)


def recolor_all(session: Session) -> Recolored:
    """Give every client the colour due to it: a fixed number of statements, however many there are.

    On PostgreSQL writers of clients wait until the transaction ends, readers do not.
    """
    actor = actor_of(session)
    moment = now()
    session.flush()
    with as_system(session, WHY):
        connection = session.connection()
        scheme = scheme_of(registry_of(session))
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE client IN EXCLUSIVE MODE"))
        connection.execute(CreateTable(_WORK))
        connection.execute(_gathered(of_all(session).subquery(), scheme))
        changed = connection.execute(_set_colors(moment)).rowcount
        connection.execute(_tell_all(moment, actor.user_id))
        moved = connection.scalar(
            select(func.count()).where(_WORK.c.old.is_distinct_from(_WORK.c.new))
        )
        connection.execute(DropTable(_WORK))
        color = CLIENT.c.funnel_colors_color
        rows = connection.execute(select(color, func.count()).group_by(color))
        counted: dict[str | None, int] = {row[0]: row[1] for row in rows}
    if changed:
        _refresh(session)
    return Recolored(
        clients=sum(counted.values()), changed=moved or 0,
        colors={code: counted.get(code, 0) for code in scheme.colors},
    )  # fmt: skip


def _may_matter(one: RecordWritten) -> bool:
    return one.entity != _MOVE.name and not (one.entity == "client" and one.action == "delete")


def _write(connection: Connection, rows: list[Any], colors: dict[str, str], since: Any) -> None:
    if not rows:
        return
    values: dict[str, Any] = {
        "funnel_colors_color": bindparam("new_color"), "funnel_colors_reason": bindparam("due"),
    }  # fmt: skip
    if since is not None:
        values["funnel_colors_since"] = bindparam("since")
    connection.execute(
        update(CLIENT).where(CLIENT.c.id == bindparam("key")).values(values),
        [
            {"key": row.id, "new_color": colors.get(row.due), "due": row.due}
            | ({"since": since} if since is not None else {})
            for row in rows
        ],
    )


def _tell(
    connection: Connection, rows: list[Any], colors: dict[str, str], moment: Any, user: int | None
) -> None:
    if rows:
        connection.execute(
            insert(_MOVE),
            [
                {
                    "client_id": row.id, "owner_id": row.owner_id,
                    "department_id": row.department_id, "old_color": row.color,
                    "new_color": colors.get(row.due), "reason": row.due, "moved_at": moment,
                    "created_at": moment, "updated_at": moment,
                    "created_by_id": user, "updated_by_id": user,
                }
                for row in rows
            ],
        )  # fmt: skip


def _refresh(session: Session, client_ids: Collection[int] | None = None) -> None:
    """Let clients in the session (None: all) read their colour again when somebody asks."""
    for client in [one for one in session if isinstance(one, Client)]:
        if client_ids is None or client.__dict__.get("id") in client_ids:
            session.expire(client, COLUMNS)


# The whole base


def _gathered(found: Any, scheme: Any) -> Any:
    """Return the INSERT of the clients whose colour or reason is not what is due."""
    color = color_of_rule(scheme, found.c.due)
    return insert(_WORK).from_select(
        ["id", "old", "new", "reason"],
        select(CLIENT.c.id, CLIENT.c.funnel_colors_color, color, found.c.due)
        .select_from(CLIENT.join(found, found.c.id == CLIENT.c.id))
        .where(
            CLIENT.c.funnel_colors_reason.is_distinct_from(found.c.due)
            | CLIENT.c.funnel_colors_color.is_distinct_from(color)
        ),
    )


def _set_colors(moment: Any) -> Any:
    since = case(
        (
            _WORK.c.old.is_distinct_from(_WORK.c.new),
            literal(moment, CLIENT.c.funnel_colors_since.type),
        ),
        else_=CLIENT.c.funnel_colors_since,
    )
    return (
        update(CLIENT)
        .where(CLIENT.c.id == _WORK.c.id)
        .values(
            funnel_colors_color=_WORK.c.new, funnel_colors_reason=_WORK.c.reason,
            funnel_colors_since=since,
        )
    )  # fmt: skip


def _tell_all(moment: Any, user: int | None) -> Any:
    at = literal(moment, _MOVE.c.moved_at.type)
    by = literal(user, Integer())
    return insert(_MOVE).from_select(
        ["client_id", "owner_id", "department_id", "old_color", "new_color", "reason",
         "moved_at", "created_at", "updated_at", "created_by_id", "updated_by_id", "version"],
        select(
            CLIENT.c.id, CLIENT.c.owner_id, CLIENT.c.department_id, _WORK.c.old, _WORK.c.new,
            _WORK.c.reason, at, at, at, by, by, literal(1),
        ).where(and_(CLIENT.c.id == _WORK.c.id, _WORK.c.old.is_distinct_from(_WORK.c.new))),
    )  # fmt: skip


__all__ = ["WHY", "Recolored", "after_save", "recolor", "recolor_all"]
