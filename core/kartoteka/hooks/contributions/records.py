"""Kinds of record, and who may do what with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, field as dataclass_field
from typing import Any, Literal

from kartoteka.i18n import Text, _

Act = Literal["list", "show", "add", "edit", "delete"]
ALL_ACTS: tuple[Act, ...] = ("list", "show", "add", "edit", "delete")
READ: tuple[Act, ...] = ("list", "show")
EVERYBODY: Mapping[str, Sequence[Act]] = {
    "director": ALL_ACTS,
    "curator": ALL_ACTS,
    "manager": ALL_ACTS,
    "assistant": ("list", "show", "add", "edit"),
}
REFERENCE: Mapping[str, Sequence[Act]] = {
    "director": ALL_ACTS,
    "curator": ("list", "show", "add", "edit"),
    "manager": READ,
    "assistant": READ,
}
#: Rows are added and stay as they are.
LEDGER: Mapping[str, Sequence[Act]] = dict.fromkeys(EVERYBODY, (*READ, "add"))
READ_ONLY: Mapping[str, Sequence[Act]] = dict.fromkeys(EVERYBODY, READ)
HEADS: Mapping[str, Sequence[Act]] = {"director": ALL_ACTS, "curator": READ}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """A kind of record that gets screens, REST, rights, search and history.

    Args:
        code: stable code: address of its screens (`/<code>/list/`) and REST (`/api/v1/<code>/`).
        model: mapped class (subclass of `Record`).
        label: column shown wherever the record is referred to.
        menu: menu category; empty keeps it off the menu.
        rights: acts allowed to each role from the start.
        order: name of the field a list is sorted by; `-` before it means descending.
        parent: reference field through which the record belongs to another one's page.
        addable: False when only services make such records.
    """

    code: str
    model: type[Any]
    title: Text
    plural: Text
    label: str = "name"
    menu: str = ""
    icon: str = "fa-table"
    weight: int = 100
    rights: Mapping[str, Sequence[Act]] = field(default_factory=lambda: EVERYBODY)
    order: str = ""
    parent: str = ""
    addable: bool = True
    empty: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldGroup:
    """A block of fields on forms and cards."""

    code: str
    title: Text
    weight: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldStep:
    """The step at which this business expects a field that somebody else declared.

    Args:
        entity: code of the entity.
        field: name of its field; not one that is computed.
        step: 1 is the minimum, 2 and 3 come later; 0: never asked for.
        step_for: values of other fields with which the step holds, as in `Field`; empty: always.
    """

    entity: str
    field: str
    step: int
    step_for: Mapping[str, Sequence[Any]] = dataclass_field(
        default_factory=dict[str, Sequence[Any]]
    )

    @property
    def code(self) -> str:
        """One business says once where a field belongs."""
        return f"{self.entity}.{self.field}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role of staff. `reach`: whose records it sees."""

    code: str
    title: Text
    reach: Literal["all", "department", "own"] = "own"


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """A right that no entity implies, and the roles that have it from the start."""

    code: str
    title: Text
    roles: Sequence[str] = ()


CORE_ROLES = (
    Role(code="director", title=_("Director"), reach="all"),
    Role(code="curator", title=_("Curator (head of department)"), reach="department"),
    Role(code="manager", title=_("Manager"), reach="own"),
    Role(code="assistant", title=_("Assistant"), reach="own"),
)
