"""Do two rows say the same, and what does one say that the other does not?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartoteka.fields.field import Field, fields_of
from kartoteka.fields.kinds import Text_, YesNo
from kartoteka.merging.package import Row
from kartoteka.models.record import Record

#: What the framework writes; it neither tells rows apart nor goes over.
_OF_FRAMEWORK = frozenset({
    "id", "version", "created_at", "created_by_id", "updated_at", "updated_by_id", "owner_id",
    "department_id", "is_main",
})  # fmt: skip
_BETWEEN = "; "


def says_nothing(item: Field[Any], value: Any) -> bool:
    """Say whether a value is none: empty, or a tick as it stands when nobody touches it."""
    if isinstance(item.kind, YesNo):
        return value is None or bool(value) == bool(item.default)
    return value in (None, "", ()) or value == []


def key_of(model: type[Record], names: Sequence[str], row: Row) -> tuple[Any, ...] | None:
    """Return what a row is known by; None when a text it needs for that is empty."""
    fields = fields_of(model)
    for name in names:
        if isinstance(fields[name].kind, Text_) and not row[name]:
            return None
    return tuple(row[name] for name in names)


def filled_in(
    model: type[Record], keys: Sequence[str], kept: Row, going: Row, *, must: bool
) -> Mapping[str, Any] | None:
    """Return what a row that stays takes over from one that goes.

    Args:
        keys: columns both are known by.
        must: no two such rows may stand, so what contradicts is left to the history.

    Returns:
        None: they contradict each other, and both stay.
    """
    taken: dict[str, Any] = {}
    for name, item in fields_of(model).items():
        if name in _OF_FRAMEWORK or name in keys or name not in going:
            continue
        mine, theirs = kept[name], going[name]
        if says_nothing(item, theirs) or mine == theirs:
            continue
        if says_nothing(item, mine):
            taken[name] = theirs
        elif name in model.same_despite:
            if joined := _joined(item, mine, theirs):
                taken[name] = joined
        elif not must and not item.readonly:
            return None
    return taken


def _joined(item: Field[Any], mine: Any, theirs: Any) -> str:
    """Return two remarks as one, where there is room; of what must be there the first stays."""
    if item.required or not isinstance(item.kind, Text_) or theirs in str(mine).split(_BETWEEN):
        return ""
    whole = f"{mine}{_BETWEEN}{theirs}"
    return whole if len(whole) <= (item.kind.max_length or len(whole)) else ""


__all__ = ["filled_in", "key_of", "says_nothing"]
