"""The parts of a form that say where a person works and how to reach them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import request
from sqlalchemy.orm import Session

from kartoteka.models.contact import POINT_KINDS
from kartoteka.screens import forms
from kartoteka.screens.forms import Input
from kartoteka.services.records import registry_of

#: What is asked of a place of work when a person is written down.
JOB = ("client_id", "position", "unit", "is_main")
_EMPTY = (("mobile", ""), ("phone", ""), ("email", ""))


def job_inputs(
    session: Session, texts: Mapping[str, str], errors: Mapping[str, str]
) -> dict[str, Input]:
    """Return the inputs of a place of work by name; no client is demanded."""
    entity = registry_of(session).entity("employment")
    sent = {name: texts.get(name, "") for name in JOB}
    groups = forms.groups(session, entity, sent, {}, errors)
    found = {one.name: one for group in groups for one in group.inputs}
    return {name: replace(found[name], required=False) for name in JOB if name in found}


def point_inputs(points: Sequence[tuple[str, str]], errors: Mapping[str, str]) -> list[Input]:
    """Return an input for each phone or address, `label` is its kind; three empty ones at first."""
    return [
        Input(
            name=f"point_{index}", title=str(POINT_KINDS.get(kind, kind)), widget="point",
            text=value, label=kind, error=errors.get(f"point_{index}", ""),
            options=[(code, str(title)) for code, title in POINT_KINDS.items()],
        )
        for index, (kind, value) in enumerate(points or _EMPTY)
    ]  # fmt: skip


def typed_points() -> list[tuple[str, str]]:
    """Return kind and value of each phone or address that was sent."""
    sent = request.form
    return list(zip(sent.getlist("point_kind"), sent.getlist("point"), strict=False))


__all__ = ["JOB", "job_inputs", "point_inputs", "typed_points"]
