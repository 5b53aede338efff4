"""The form that says how a list is imported: what it asks, what was chosen in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy.orm import Session

from kartoteka.api import (
    Invalid,
    Reading,
    Reference,
    Taker,
    _,
    actor_of,
    gettext,
    takers,
)
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.mapping.targets import targets_for

MODES: Sequence[tuple[str, Any, Any]] = (
    ("both", _("Add new records and complete those that are there"),
     _("What the file says goes over what the base says; what the file leaves empty stays.")),
    ("create", _("Only add new records"),
     _("Clients that are in the base stay as they are.")),
    ("update", _("Only complete those that are there"),
     _("Rows of clients that are not in the base come back to you as rejected.")),
)  # fmt: skip
ALIKE: Sequence[tuple[str, Any, Any]] = (
    ("hold", _("Hold them back"),
     _("You get them as a list, and decide about each yourself. This is the safe way.")),
    ("create", _("Add them as new clients"),
     _("Take this when you know that the clients are others, such as branches.")),
)  # fmt: skip
EQUAL_NAMES: Sequence[tuple[str, Any, Any]] = (
    ("match", _("Take it for the client with the very same name"),
     _("Only where one client alone has this name and no number, phone, address or region speaks"
       " against it. At each such row you see how sure that is.")),
    ("hold", _("Be strict: an equal name alone proves nothing"),
     _("Such a row counts as one that only looks like a client of the base, see below.")),
)  # fmt: skip
BAD_CELLS: Sequence[tuple[str, Any, Any]] = (
    ("reject", _("Take no row with a bad cell"),
     _("You get such rows back as a workbook, mend them and send it again. Nothing comes in by"
       " halves.")),
    ("leave", _("Leave the bad cell out and take the rest of the row"),
     _("Each cell that is left out is listed, and its row stands in the workbook of rejected rows."
       " A row whose name or another necessary field is bad is rejected all the same.")),
)  # fmt: skip
#: Empty lines in which further values for all rows can be written.
_SPARE = 2
_LONGEST = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class OptionsForm:
    """What the form offers.

    Args:
        takers: people the new clients may be given to; empty: they become one's own.
        owner: the chosen one as text.
        may_be_nobody: clients may wait to be given to somebody.
        regions: codes and names of countries for phones without a country code.
        region: the chosen one.
        constants: fields with a value that is the same in all rows.
    """

    modes: Sequence[tuple[str, Any, Any]]
    alike: Sequence[tuple[str, Any, Any]]
    equal_names: Sequence[tuple[str, Any, Any]]
    bad_cells: Sequence[tuple[str, Any, Any]]
    takers: Sequence[Taker]
    owner: str
    may_be_nobody: bool
    regions: Sequence[tuple[str, str]]
    region: str
    constants: Sequence[tuple[str, str]]


def form_of(session: Session, plan: Plan) -> OptionsForm:
    """Return what can be chosen for a plan by whoever acts."""
    reading: Reading = session.info.get("reading") or Reading()
    names: Mapping[str, str] = reading.babel.territories
    regions = [(code, names.get(code, code)) for code in SUPPORTED_REGIONS]
    return OptionsForm(
        modes=MODES,
        alike=ALIKE,
        equal_names=EQUAL_NAMES,
        bad_cells=BAD_CELLS,
        takers=_takers(session),
        owner="" if plan.owner_id is None else str(plan.owner_id),
        may_be_nobody=actor_of(session).sees_all,
        regions=sorted(regions, key=lambda pair: pair[1].casefold()),
        region=plan.region or reading.region,
        constants=[*plan.constants, *[("", "")] * _SPARE],
    )


def chosen(session: Session, plan: Plan, form: Any) -> Plan:
    """Return the plan with what a person chose.

    Args:
        form: a MultiDict of what was sent.

    Raises:
        Invalid: a sentence for each input.
    """
    reading: Reading = session.info.get("reading") or Reading()
    errors: dict[str, str] = {}
    mode, alike = form.get("mode", plan.mode), form.get("alike", plan.alike)
    if mode not in {code for code, *_said in MODES}:
        errors["mode"] = gettext("Choose one of them.")
    if alike not in {code for code, *_said in ALIKE}:
        errors["alike"] = gettext("Choose one of them.")
    equal_names = form.get("equal_names", plan.equal_names)
    if equal_names not in {code for code, *_said in EQUAL_NAMES}:
        errors["equal_names"] = gettext("Choose one of them.")
    bad_cells = form.get("bad_cells", plan.bad_cells)
    if bad_cells not in {code for code, *_said in BAD_CELLS}:
        errors["bad_cells"] = gettext("Choose one of them.")
    region = form.get("region") or plan.region or reading.region
    if region not in SUPPORTED_REGIONS:
        errors["region"] = gettext("Choose a country.")
    owner = str(form.get("owner", ""))
    known = {str(one.id): one.id for one in _takers(session)}
    if owner and owner not in known:
        errors["owner"] = gettext("You can not give clients to this person. Choose another one.")
    constants = _constants(session, plan, form, errors)
    if errors:
        raise Invalid(errors)
    return replace(
        plan, mode=mode, alike=alike, equal_names=equal_names, bad_cells=bad_cells,
        region=region,
        owner_id=known.get(owner), empties_overwrite=form.get("empties") == "1",
        constants=constants,
    )  # fmt: skip


def chosen_again(plan: Plan, form: Mapping[str, Any]) -> Plan:
    """Return the plan with the one thing that a button of the check page changes.

    Raises:
        Invalid: there is no such choice.
    """
    region, bad_cells = form.get("region", plan.region), form.get("bad_cells", plan.bad_cells)
    if region and region not in SUPPORTED_REGIONS:
        raise Invalid({"region": gettext("Choose a country.")})
    if bad_cells not in {code for code, *_said in BAD_CELLS}:
        raise Invalid({"bad_cells": gettext("Choose one of them.")})
    return replace(plan, region=region, bad_cells=bad_cells)


def _constants(
    session: Session, plan: Plan, form: Any, errors: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the values that are the same in all rows; say what is wrong with one."""
    targets = targets_for(session)
    reading: Reading = session.info.get("reading") or Reading()
    filled = {column.target for column in plan.columns}
    found: list[tuple[str, str]] = []
    for code, value in zip(form.getlist("constant"), form.getlist("value"), strict=False):
        text = str(value).strip()[:_LONGEST]
        if not code and not text:
            continue
        target = targets.get(code)
        if target is None:
            errors["constants"] = gettext("Choose the field for “%(value)s”.", value=text)
        elif not text:
            errors["constants"] = gettext("Write the value of “%(field)s”.", field=target.title)
        elif code in filled or code in dict(found):
            errors["constants"] = gettext(
                "“%(field)s” is filled by a column already.", field=target.title
            )
        else:
            item = target.field
            if item is not None and not isinstance(item.kind, Reference):
                try:
                    item.kind.parse(text, reading)
                except ValueError as error:
                    errors["constants"] = f"{target.title}: {error}"
            found.append((code, text))
    return tuple(found)


def _takers(session: Session) -> Sequence[Taker]:
    """Return whom the new clients may be given to; nobody else than oneself: nobody."""
    actor = actor_of(session)
    if not actor.sees_all and not actor.department_ids:
        return ()
    return takers(session)


__all__ = [
    "ALIKE", "BAD_CELLS", "EQUAL_NAMES", "MODES", "OptionsForm", "chosen", "chosen_again",
    "form_of",
]  # fmt: skip
