"""Say criteria in words, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartoteka.criteria.binding import Bound, Broken, Leaf, Subject, kind_of_value, leaves
from kartoteka.criteria.operators import operator_words
from kartoteka.criteria.reader import Reader
from kartoteka.fields.kinds import Choices, Kind, Reference, YesNo
from kartoteka.fields.units import with_unit
from kartoteka.i18n import gettext, ngettext

#: Names of records by table and id, as the reader may see them.
Names = Mapping[str, Mapping[int, str]]


def sentence(bound: Bound, reader: Reader, names: Names) -> str:
    """Return a bound tree as one sentence; broken parts stand in it with their reason."""
    return _said(bound, reader, names, True)


def references_in(bound: Bound) -> dict[str, set[int]]:
    """Return the records a tree speaks of, ids by table, for fetching their names at once."""
    found: dict[str, set[int]] = {}
    for leaf in leaves(bound):
        if isinstance(leaf, Leaf) and isinstance(leaf.subject.kind, Reference):
            wanted = found.setdefault(leaf.subject.kind.table, set())
            wanted.update(one for one in _listed(leaf.value) if isinstance(one, int))
    return found


def title_of(subject: Subject, reader: Reader) -> str:
    """Return what is asked about: the title of a field, the phrase of a fact."""
    fact = subject.fact
    if fact is None or not fact.parameters:
        return str(subject.title if fact is None else fact.phrase or fact.title)
    shown = {
        one.code: one.kind.show(subject.given.get(one.code), reader.reading)
        for one in fact.parameters
    }
    if callable(fact.phrase):
        return fact.phrase(subject.given, shown)
    if fact.phrase:
        return str(fact.phrase) % shown
    parts = ", ".join(f"{one.title}: {shown[one.code]}" for one in fact.parameters)
    return f"{fact.title} ({parts})"


def shown(kind: Kind[Any], value: Any, unit: str, reader: Reader, names: Names) -> str:
    """Return a value as the reader reads it; records by their names."""
    if isinstance(kind, Reference):
        text = names.get(kind.table, {}).get(value, gettext("hidden"))
    else:
        text = kind.show(value, reader.reading)
    return with_unit(text, value, unit)


def _said(bound: Bound, reader: Reader, names: Names, is_top: bool) -> str:
    if isinstance(bound, Broken):
        return gettext("«%(name)s» (broken: %(reason)s)", name=bound.condition.operand.code[:60],
                       reason=bound.reason)  # fmt: skip
    if isinstance(bound, Leaf):
        return _claim(bound, reader, names)
    if not bound.parts:
        return gettext("nothing") if bound.how == "any" else gettext("everything")
    is_none = bound.how == "none"
    alone = len(bound.parts) == 1
    parts = [_said(part, reader, names, alone and not is_none and is_top) for part in bound.parts]
    if is_none:
        joined = gettext(", nor ").join(parts)
        return gettext("not so: %(parts)s", parts=f"({joined})")
    joined = (gettext(" and ") if bound.how == "all" else gettext(" or ")).join(parts)
    return joined if is_top or alone else f"({joined})"


def _claim(leaf: Leaf, reader: Reader, names: Names) -> str:
    title, op, kind = title_of(leaf.subject, reader), leaf.operator.code, leaf.subject.kind
    if leaf.operator.takes == "days":
        return f"{title} {_days(op, leaf.value)}"
    value_kind = kind_of_value(kind, leaf.operator)
    if leaf.operator.takes == "period":
        return f"{title}: {value_kind.show(leaf.value, reader.reading)}"
    if isinstance(kind, YesNo) and op == "eq":
        return f"{title}: {kind.show(leaf.value, reader.reading).lower()}"
    start = f"{title} {operator_words(op, kind)}"
    if leaf.operator.takes == "nothing":
        return start
    unit = str(leaf.subject.unit)
    if leaf.operator.takes == "text":
        return f"{start} «{leaf.value}»"
    if isinstance(kind, Choices):
        return f"{start} {value_kind.show(leaf.value, reader.reading)}"
    values = (shown(kind, one, unit, reader, names) for one in _listed(leaf.value))
    return f"{start} {', '.join(values)}"


def _days(op: str, days: int) -> str:
    return {
        "in_last": lambda: ngettext("in the last %(num)s day", "in the last %(num)s days", days),
        "ago": lambda: ngettext("more than %(num)s day ago", "more than %(num)s days ago", days),
        "in_next": lambda: ngettext("in the next %(num)s day", "in the next %(num)s days", days),
    }[op]()


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


__all__ = ["Names", "references_in", "sentence", "shown", "title_of"]
