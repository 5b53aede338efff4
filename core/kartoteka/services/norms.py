"""Keep norms of work: their numbers, who is to be called now and why, how far managers keep them.

A client stands in the queue of its manager when a norm is exceeded, unless something is already
planned with it: open tasks remind by themselves. Without norms nobody is reminded of anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import is_open
from kartoteka.criteria import binding, evaluation, sql
from kartoteka.criteria.binding import Leaf
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.tree import Group, Tree, all_of, any_of, fact_is, field_is
from kartoteka.errors import Invalid
from kartoteka.fields.agreement import broken
from kartoteka.fields.kinds import Integer, Reading
from kartoteka.hooks.contributions import Norm
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.models.norm import BOUND, NormSetting
from kartoteka.models.work import Task
from kartoteka.services import criteria, people_measures, records

MOST_CALLS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class NormView:
    """A norm with the numbers in force. `is_changed`: staff changed what the plugin declares."""

    norm: Norm
    least: Decimal | None
    most: Decimal | None
    is_off: bool = False
    is_changed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NormWish:
    """The numbers of one norm as typed; empty: no bound."""

    least: str = ""
    most: str = ""
    is_off: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A client to call now. `urgency`: how many times the allowed days have passed."""

    client_id: int
    name: str
    urgency: float
    reasons: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CallQueue:
    """Who is to be called, most urgent first; `broken` says which norms could not be asked."""

    calls: Sequence[Call] = ()
    has_more: bool = False
    broken: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """How one manager keeps one norm.

    Args:
        value: clients within the norm, or what was measured of the person.
        of: clients the norm is about; None for a norm about the person.
        today: what was measured today alone.
    """

    manager: str
    manager_id: int
    value: Decimal
    of: int | None = None
    today: int | None = None
    is_kept: bool = True

    @property
    def percent(self) -> int:
        """The share of clients within the norm."""
        return round(100 * self.value / self.of) if self.of else 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Compliance:
    """How a norm is kept by everybody the reader sees. `problem`: why it could not be asked."""

    view: NormView
    rows: Sequence[Kept] = ()
    is_measured: bool = True
    problem: str = ""


@dataclass(kw_only=True, slots=True)
class _Found:
    name: str
    urgency: float = 0
    reasons: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])


def norms_in_force(session: Session) -> list[NormView]:
    """Return all norms with the numbers staff gave them: one statement, none without norms."""
    declared = records.registry_of(session).norms
    if not declared:
        return []
    rows = {row.norm: row for row in session.scalars(select(NormSetting))}
    return [_view(norm, rows.get(code)) for code, norm in declared.items()]


def save(session: Session, wishes: Mapping[str, NormWish]) -> None:
    """Keep the numbers of norms; what equals the plugin's declaration is not kept.

    Args:
        session: the caller has checked that its actor may change norms.
        wishes: by code of norm; norms left out stay as they are.

    Raises:
        Invalid: by code of norm: no such norm, no number, bounds that cross, a norm of days
            without a most.
    """
    declared = records.registry_of(session).norms
    reading: Reading = session.info.get("reading") or Reading()
    errors: dict[str, str] = {}
    typed: dict[str, tuple[Decimal | None, Decimal | None, bool]] = {}
    for code, wish in wishes.items():
        if code not in declared:
            errors[code] = gettext("There is no norm %(code)r.", code=code[:60])
            continue
        try:
            least, most = BOUND.parse(wish.least, reading), BOUND.parse(wish.most, reading)
        except ValueError as error:
            errors[code] = str(error)
            continue
        crossed = broken(NormSetting.agreements, {"least": least, "most": most}, {"most"})
        if wrong := next(crossed, None):
            errors[code] = str(wrong[1])
        elif declared[code].fact and (most is None or most < 1):
            errors[code] = gettext("Give the days, at least 1; or put the norm out of force.")
        typed[code] = least, most, wish.is_off
    if errors:
        raise Invalid(errors)
    rows = {row.norm: row for row in session.scalars(select(NormSetting))}
    for code, (least, most, is_off) in typed.items():
        usual = (_number(declared[code].least), _number(declared[code].most), False)
        row = rows.get(code)
        if (least, most, is_off) == usual:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = NormSetting(norm=code)
            session.add(row)
        row.least, row.most, row.is_off = least, most, is_off
    session.flush()


def call_queue(session: Session, most: int = MOST_CALLS, today: date | None = None) -> CallQueue:
    """Return the actor's own clients to call now, most urgent first, with the reasons in words.

    One statement for the numbers and one for each norm about clients that is in force; one more
    for each that many clients exceed, so that a short queue tells as many reasons as a long one.

    Args:
        most: so many clients at most.
        today: the day for which it is asked; None: this day, where the reader is.
    """
    entity = records.registry_of(session).entity("client")
    reader = criteria.reader_of(session, today)
    found: dict[int, _Found] = {}
    broken: list[str] = []
    cut: list[tuple[NormView, Leaf, Any]] = []
    for view in _about_clients(session):
        tree = all_of(field_is("owner_id", "mine"), _about(view), _exceeded(view))
        wrong = criteria.problems(session, entity, tree)
        if wrong:
            broken.append(f"{view.norm.title}: {wrong[0].reason}")
            continue
        leaf = binding.bind(fact_is(view.norm.fact, "filled"), entity, reader)
        assert isinstance(leaf, Leaf)
        since = sql.expression(leaf.subject, entity, reader)
        planned = exists(select(Task.id).where(Task.client_id == Client.id, Task.done_at.is_(None)))
        late = (
            select(Client.id, Client.name, since, Client.created_at)
            .where(criteria.condition(session, entity, tree, reader.today), ~planned)
            .order_by(func.coalesce(since, Client.created_at), Client.id)
        )
        rows = session.execute(late.limit(most + 1)).all()
        if len(rows) > most:
            cut.append((view, leaf, late))
        _add(found, rows, view, leaf, reader)
    chosen = sorted(found, key=lambda number: (-found[number].urgency, number))
    has_more = bool(cut) or len(chosen) > most
    chosen = chosen[:most]
    for view, leaf, late in cut:
        rest = [number for number in chosen if view.norm.code not in found[number].reasons]
        if rest:
            _add(found, session.execute(late.where(Client.id.in_(rest))), view, leaf, reader)
    calls = [
        Call(
            client_id=number, name=found[number].name, urgency=found[number].urgency,
            reasons=[text for _urgency, text in sorted(found[number].reasons.values(),
                                                       reverse=True)],
        )
        for number in chosen
    ]  # fmt: skip
    return CallQueue(calls=calls, has_more=has_more, broken=broken)


def has_own_clients(session: Session) -> bool:
    """Say whether there is a client the queue of the actor could hold."""
    entity = records.registry_of(session).entity("client")
    mine = criteria.condition(session, entity, all_of(field_is("owner_id", "mine")))
    return session.scalar(select(Client.id).where(mine).limit(1)) is not None


def _add(
    found: dict[int, _Found], rows: Iterable[Any], view: NormView, leaf: Leaf, reader: Reader
) -> None:
    """Add clients who exceed a norm, with the reason."""
    for client_id, name, raw, created_at in rows:
        days = evaluation.value_found(leaf.subject, raw, reader)
        passed = (reader.today - reader.day_of(created_at)).days if days is None else days
        one = found.setdefault(client_id, _Found(name=name))
        urgency = float(passed / (view.most or 1))
        one.urgency = max(one.urgency, urgency)
        one.reasons[view.norm.code] = (urgency, _reason(view, days, reader.reading))


def compliance(session: Session, today: date | None = None) -> list[Compliance]:
    """Return how managers keep the norms in force, of the people and clients the actor sees.

    One statement for all norms about clients, one for each measure of people, one for the numbers
    and one for names.
    """
    views = [view for view in norms_in_force(session) if not view.is_off]
    by_norm = _of_clients(session, [view for view in views if view.norm.fact], today)
    about_people = [view.norm for view in views if not view.norm.fact]
    of_people = people_measures.measured(session, about_people, today)
    people = {number for kept in by_norm.values() for number in kept}
    people |= {number for found in of_people.values() for number in found or ()}
    names = records.labels(session, User.__tablename__, people) if people else {}
    made: list[Compliance] = []
    for view in views:
        if view.norm.fact:
            rows = by_norm.get(view.norm.code)
            if rows is None:
                made.append(Compliance(view=view, problem=_hidden()))
                continue
            kept = [
                Kept(manager=names.get(number, "?"), manager_id=number, value=Decimal(of - late),
                     of=of, is_kept=not late)
                for number, (of, late) in rows.items() if of
            ]  # fmt: skip
        elif view.norm.subject not in people_measures.MEASURES:
            made.append(Compliance(view=view, is_measured=False))
            continue
        else:
            found = of_people[view.norm.code]
            if found is None:
                made.append(Compliance(view=view, problem=_hidden()))
                continue
            kept = [
                Kept(manager=names.get(number, "?"), manager_id=number, value=one.value,
                     today=one.today, is_kept=_within(view, one.value))
                for number, one in found.items()
            ]  # fmt: skip
        made.append(Compliance(view=view, rows=sorted(kept, key=_worst_first)))
    return made


def _hidden() -> str:
    return gettext("It asks for something that is hidden from you.")


def _worst_first(kept: Kept) -> tuple[Any, ...]:
    return kept.is_kept, kept.percent if kept.of is not None else kept.value, kept.manager


def _within(view: NormView, value: Decimal) -> bool:
    return (view.least is None or value >= view.least) and (view.most is None or value <= view.most)


def _of_clients(
    session: Session, views: Sequence[NormView], today: date | None
) -> dict[str, dict[int, tuple[int, int]]]:
    """Return by norm and manager how many clients it is about and how many are late."""
    entity = records.registry_of(session).entity("client")
    trees: dict[str, Tree] = {}
    whole: list[NormView] = []
    for view in views:
        late = all_of(_about(view), _exceeded(view))
        if not criteria.problems(session, entity, late):
            whole.append(view)
            trees[f"about {view.norm.code}"] = _about(view)
            trees[f"late {view.norm.code}"] = late
    if not whole:
        return {}
    source: Any = Client
    if is_open(session):  # the whole base: each ledger is read once
        joined = criteria.joined(session, entity, trees, today)
        source, conditions = joined.source, joined.conditions
    else:
        conditions = {
            name: criteria.condition(session, entity, tree, today) for name, tree in trees.items()
        }
    columns = [func.sum(case((conditions[name], 1), else_=0)) for name in trees]
    rows = session.execute(
        select(Client.owner_id, *columns)
        .select_from(source)
        .where(Client.owner_id.is_not(None))
        .group_by(Client.owner_id)
    ).all()
    return {
        view.norm.code: {row[0]: (int(row[1 + 2 * place]), int(row[2 + 2 * place])) for row in rows}
        for place, view in enumerate(whole)
    }


def _about_clients(session: Session) -> list[NormView]:
    return [view for view in norms_in_force(session) if view.norm.fact and not view.is_off]


def _about(view: NormView) -> Tree:
    return view.norm.about or all_of()


def _exceeded(view: NormView) -> Group:
    """Return what a late client fulfils; a new one has as many days as the norm allows."""
    most = int(view.most or 1)
    return any_of(
        fact_is(view.norm.fact, "gt", most),
        all_of(fact_is(view.norm.fact, "empty"), field_is("created_at", "ago", most)),
    )


def _reason(view: NormView, days: int | None, reading: Reading) -> str:
    norm, shown = view.norm, Integer().show
    given = {"value": shown(days, reading), "most": shown(int(view.most or 1), reading)}
    if days is None:
        return str(norm.never) or gettext("%(title)s: it was never done", title=str(norm.title))
    if str(norm.reason):
        return str(norm.reason) % given
    return gettext(
        "%(title)s: %(value)s days have passed, the norm is %(most)s",
        title=str(norm.title), **given,
    )  # fmt: skip


def _view(norm: Norm, row: NormSetting | None) -> NormView:
    if row is None:
        return NormView(norm=norm, least=_number(norm.least), most=_number(norm.most))
    return NormView(norm=norm, least=row.least, most=row.most, is_off=row.is_off, is_changed=True)


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


__all__ = [
    "Call", "CallQueue", "Compliance", "Kept", "NormView", "NormWish", "call_queue", "compliance",
    "has_own_clients", "norms_in_force", "save",
]  # fmt: skip
