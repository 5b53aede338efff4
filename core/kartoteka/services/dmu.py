"""Read a decision-making unit: who sits in it, which seats are empty, how we stand, and why.

The state of a unit (FEATURES A5):

* red: no decider is known, or every decider known is against us (attitude below 0);
* amber: a decider is against us beside one who is not; nobody talked to a decider yet; a required
  role has nobody in it; or a blocker has influence 4 or 5;
* green: none of these.

Members who left the firm are shown, but hold no seat. The reason names everything that speaks for
the state, so that the next thing to do can be read from it. Where a field that the rule asks is
hidden from the reader there is no state: it would tell what the field holds, or be wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from kartoteka.errors import Rejected
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import DmuRole
from kartoteka.i18n import gettext
from kartoteka.models import Contact, Deal, Dmu, DmuMember, DmuRelation, Employment
from kartoteka.models.dmu import ATTITUDES, COVERAGES, RELATIONS
from kartoteka.services import records

DECIDER, BLOCKER = "decider", "blocker"
STRONG = 4
Color = Literal["red", "amber", "green"]


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """How we stand with a unit, and the reasons in words."""

    color: Color
    reasons: Sequence[str]

    @property
    def reason(self) -> str:
        """All reasons as one text."""
        return " ".join(self.reasons)


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """How a member stands to another one, in words."""

    id: int
    kind: str
    title: str
    other_member_id: int
    other: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """One member of a unit as a person reads it.

    Args:
        name: of the person; "hidden" where the reader does not see who it is (`is_hidden`).
        position: as what the person works there now, when that is known.
        has_left: no longer works there.
    """

    member_id: int
    contact_id: int
    name: str
    is_hidden: bool
    position: str
    roles: Sequence[str]
    role_titles: Sequence[str]
    influence: int | None
    attitude: int | None
    attitude_title: str
    coverage: str
    coverage_title: str
    evidence: str
    assessed_by_id: int | None
    assessed_at: Any
    has_left: bool
    relations: Sequence[Relation] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One decision-making unit: of the client, or of the deal named.

    Args:
        state: None where the reader does not see everything it depends on.
    """

    dmu: Dmu
    seats: Sequence[Seat]
    empty_seats: Sequence[DmuRole]
    state: State | None


def units_of(
    session: Session,
    client_id: int,
    jobs: Mapping[int, str] | None = None,
    without: Collection[str] = (),
) -> list[Unit]:
    """Return the units of a client, that of the client itself first; two statements at most.

    Args:
        session: its actor sees the client; fields hidden from them are empty.
        client_id: the client.
        jobs: who works there now and as what, when the caller knows that already.
        without: entities the reader has no right to: relations or names are left out.
    """
    seen = Seen.by(session, without)
    rows = _rows(session, client_id, seen)
    if not rows:
        return []
    names = {
        member.id: (name if seen.names else "") or gettext("hidden")
        for _dmu, member, name, _relation in rows
        if member is not None
    }
    here = _jobs(session, client_id) if jobs is None else jobs
    roles = records.registry_of(session).dmu_roles
    units: dict[int, tuple[Dmu, dict[int, Any]]] = {}
    relations: dict[int, list[Relation]] = {}
    for dmu, member, name, relation in rows:
        members = units.setdefault(dmu.id, (dmu, {}))[1]
        if member is not None:
            members[member.id] = (member, name)
        if member is not None and relation is not None and len(names) > 1:
            relations.setdefault(member.id, []).append(_relation(relation, names, seen))

    def seats(members: Mapping[int, Any]) -> list[Seat]:
        return [
            _seat(member, (names[number], not (name and seen.names), here.get(member.contact_id)),
                  roles, seen, relations.get(number, ()))
            for number, (member, name) in members.items()
        ]  # fmt: skip

    return [_unit(dmu, seats(members), roles, seen) for dmu, members in units.values()]


def state_of(seats: Sequence[Seat], roles: Mapping[str, DmuRole]) -> State:
    """Judge a unit by the rule at the top of this file."""
    sitting = [seat for seat in seats if not seat.has_left]
    deciders = [seat for seat in sitting if DECIDER in seat.roles]
    decider_title = _title(roles, DECIDER)
    if not deciders:
        gone = [seat.name for seat in seats if seat.has_left and DECIDER in seat.roles]
        reasons = [gettext("No %(role)s is known.", role=_small(decider_title))]
        if gone:
            reasons.append(gettext("%(name)s has left the firm.", name=", ".join(gone)))
        return State(color="red", reasons=reasons)
    against = [seat for seat in deciders if (seat.attitude or 0) < 0]
    words = [
        gettext("%(name)s (%(role)s) is against us.", name=seat.name, role=_small(decider_title))
        for seat in against
    ]
    if len(against) == len(deciders):
        return State(color="red", reasons=words)
    if not any(seat.coverage not in ("", "none") for seat in deciders):
        words.append(
            gettext(
                "Nobody has talked to %(name)s (%(role)s) yet.",
                name=", ".join(seat.name for seat in deciders),
                role=_small(decider_title),
            )
        )
    missing = [str(role.title) for role in empty_seats(sitting, roles)]
    if missing:
        words.append(gettext("Not known: %(roles)s.", roles=", ".join(map(_small, missing))))
    words.extend(
        gettext(
            "%(name)s blocks and has influence %(influence)s of 5.",
            name=seat.name,
            influence=seat.influence,
        )
        for seat in sitting
        if BLOCKER in seat.roles and (seat.influence or 0) >= STRONG
    )
    if words:
        return State(color="amber", reasons=words)
    return State(
        color="green",
        reasons=[gettext("All required roles are known, and we talk to who decides.")],
    )


def empty_seats(seats: Sequence[Seat], roles: Mapping[str, DmuRole]) -> list[DmuRole]:
    """Return the required roles that nobody who still works there holds."""
    held = {code for seat in seats if not seat.has_left for code in seat.roles}
    return [role for code, role in roles.items() if role.required and code not in held]


def seat(
    session: Session, client_id: int, contact_id: int, *, dmu_id: int | None = None,
    deal_id: int | None = None, **values: Any,
) -> DmuMember:  # fmt: skip
    """Put a person into a unit, or assess them anew; a unit that is missing is made.

    Args:
        session: its actor signs the assessment.
        client_id: the client.
        contact_id: the person.
        dmu_id: the unit; that of the deal, else the client's own, unless given.
        deal_id: the deal whose unit it is; without it the unit decides on all deals.
        values: roles, influence, attitude, coverage, evidence; those not given stay.

    Raises:
        Invalid, Rejected, NotAllowed: values or rights do not pass.
    """
    registry = records.registry_of(session)
    dmu = _dmu(session, client_id, dmu_id, deal_id)
    entity = registry.entity("dmu_member")
    member = session.scalar(
        select(DmuMember).where(DmuMember.dmu_id == dmu.id, DmuMember.contact_id == contact_id)
    )
    if member is None:
        given = {"client_id": client_id, "dmu_id": dmu.id, "contact_id": contact_id, **values}
        member = records.create(session, entity, given)
    else:
        records.update(session, entity, member, values)
    return member


def titles_of(session: Session, member: DmuMember) -> list[str]:
    """Return the roles of a member as people read them."""
    roles = records.registry_of(session).dmu_roles
    return [_title(roles, code) for code in member.roles or ()]


def _dmu(session: Session, client_id: int, dmu_id: int | None, deal_id: int | None) -> Dmu:
    registry = records.registry_of(session)
    if dmu_id is not None:
        dmu: Dmu = records.get(session, registry.entity("dmu"), dmu_id)
        if dmu.client_id != client_id:
            raise Rejected(gettext("This unit belongs to another client."), "dmu_id")
        return dmu
    mine = Dmu.deal_id.is_(None) if deal_id is None else Dmu.deal_id == deal_id
    found = session.scalar(select(Dmu).where(Dmu.client_id == client_id, mine).order_by(Dmu.id))
    if found is not None:
        return found
    if deal_id is None:
        title = records.get(session, registry.entity("client"), client_id).name
    else:
        deal: Deal = records.get(session, registry.entity("deal"), deal_id)
        if deal.client_id != client_id:
            raise Rejected(gettext("This deal belongs to another client."), "deal_id")
        title = deal.title
    return records.create(
        session, registry.entity("dmu"),
        {"client_id": client_id, "deal_id": deal_id, "title": title[:120]},
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What of units, their members and relations exists for a reader."""

    names: bool
    positions: bool
    relations: bool
    notes: bool
    fields: Collection[str]

    @classmethod
    def by(cls, session: Session, without: Collection[str]) -> Seen:
        """Ask the rights of the session's actor; `without`: entities they may not list."""
        fields = {
            code: records.visible_fields(session, records.registry_of(session).entity(code))
            for code in ("contact", "employment", "dmu_member", "dmu_relation")
        }
        relation = fields["dmu_relation"]
        return cls(
            names="contact" not in without
            and "name" in fields["contact"]
            and "contact_id" in fields["dmu_member"],
            positions="employment" not in without and "position" in fields["employment"],
            relations="dmu_relation" not in without
            and {"member_id", "kind", "other_id"} <= relation.keys(),
            notes="note" in relation,
            fields=fields["dmu_member"].keys(),
        )

    @property
    def state(self) -> bool:
        """Say whether the reader sees all that the state of a unit depends on."""
        return {"roles", "attitude", "coverage", "influence"} <= set(self.fields)


def _rows(session: Session, client_id: int, seen: Seen) -> Sequence[Any]:
    """Return units with their members, the name and each relation of a member; None for none.

    Relations are joined, not asked after: members have few.
    """
    rows = session.execute(_statement(seen.relations), {"client": client_id})
    return rows.all() if seen.relations else [(*row, None) for row in rows]


@cache
def _statement(with_relations: bool) -> Any:
    # An outer join leaves members out of empty units, which its types do not tell.
    statement: Any = (
        select(Dmu, DmuMember, Contact.name, *([DmuRelation] if with_relations else []))
        .outerjoin(DmuMember, DmuMember.dmu_id == Dmu.id)
        .outerjoin(Contact, Contact.id == DmuMember.contact_id)
        .where(Dmu.client_id == bindparam("client", type_=Integer()))
        .order_by(Dmu.deal_id.is_not(None), Dmu.id, DmuMember.influence.desc(), DmuMember.id)
    )
    if with_relations:
        statement = statement.outerjoin(DmuRelation, DmuRelation.member_id == DmuMember.id)
        statement = statement.order_by(DmuRelation.id)
    return statement


def _relation(row: DmuRelation, names: Mapping[int, str], seen: Seen) -> Relation:
    return Relation(
        id=row.id,
        kind=row.kind,
        title=str(RELATIONS.get(row.kind, row.kind)),
        other_member_id=row.other_id,
        other=names.get(row.other_id, ""),
        note=(row.note or "") if seen.notes else "",
    )


def _jobs(session: Session, client_id: int) -> dict[int, str]:
    return {
        contact_id: position or ""
        for contact_id, position in session.execute(
            select(Employment.contact_id, Employment.position)
            .where(
                Employment.client_id == client_id,
                Employment.until.is_(None) | (Employment.until > now().date()),
            )
            .order_by(Employment.is_main, Employment.id.desc())
        )
    }


def _seat(
    member: DmuMember,
    shown: tuple[str, bool, str | None],
    roles: Mapping[str, DmuRole],
    seen: Seen,
    relations: Sequence[Relation],
) -> Seat:
    def value(name: str) -> Any:
        return getattr(member, name) if name in seen.fields else None

    held, coverage = tuple(value("roles") or ()), value("coverage") or ""
    name, is_hidden, position = shown
    return Seat(
        member_id=member.id,
        contact_id=member.contact_id,
        name=name,
        is_hidden=is_hidden,
        position=(position or "") if seen.positions and not is_hidden else "",
        roles=held,
        role_titles=tuple(_title(roles, code) for code in held),
        influence=value("influence"),
        attitude=value("attitude"),
        attitude_title=str(ATTITUDES.get(value("attitude"), "")),
        coverage=coverage,
        coverage_title=str(COVERAGES.get(coverage, "")),
        evidence=value("evidence") or "",
        assessed_by_id=value("assessed_by_id"),
        assessed_at=value("assessed_at"),
        has_left=position is None,
        relations=relations,
    )


def _unit(dmu: Dmu, seats: Sequence[Seat], roles: Mapping[str, DmuRole], seen: Seen) -> Unit:
    return Unit(
        dmu=dmu,
        seats=seats,
        empty_seats=empty_seats(seats, roles) if "roles" in seen.fields else [],
        state=state_of(seats, roles) if seen.state else None,
    )


def _title(roles: Mapping[str, DmuRole], code: str) -> str:
    return str(roles[code].title) if code in roles else code


def _small(title: str) -> str:
    """Return a title as it stands inside a sentence; abbreviations keep their capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]
