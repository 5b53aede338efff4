"""Forms from the registry: groups of inputs, what people typed, and what of it is a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kartoteka.errors import Invalid, NotAllowed, Refused, Rejected
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import (
    Choice,
    Choices,
    Currency,
    LongText,
    Money,
    Reading,
    Reference,
    YesNo,
)
from kartoteka.hooks.contributions import Entity
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext
from kartoteka.services import records
from kartoteka.services.records import editable_fields, registry_of

#: Marks in a form that an input was shown, and what stood in it.
BASE = "base."


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One input of a form.

    Args:
        text: what stands in it; codes of several choices are joined by commas.
        base: what stood in it when the form was opened.
        label: name of the record a lookup points to.
        lookup: address that answers a lookup's questions.
        currency: the input beside an amount.
        when: texts of other inputs with which this one is asked for; empty: always.
        is_off: it is not asked for now.
    """

    name: str
    title: str
    widget: str
    text: str = ""
    base: str = ""
    help: str = ""
    unit: str = ""
    error: str = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    label: str = ""
    lookup: str = ""
    max_length: int | None = None
    kind: str = "text"
    currency: Input | None = None
    when: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    is_off: bool = False

    @property
    def chosen(self) -> set[str]:
        """Codes that are chosen among several."""
        return {part for part in self.text.split(",") if part}

    @property
    def is_empty(self) -> bool:
        """Say whether nothing stands in it that could be lost."""
        return not self.text.strip() or (self.widget == "checkbox" and self.text == "0")

    @property
    def is_wide(self) -> bool:
        """Say whether the input takes the whole width of the form."""
        return self.widget in ("textarea", "checkboxes")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A block of inputs under one heading."""

    code: str
    title: str
    inputs: Sequence[Input]

    @property
    def is_off(self) -> bool:
        """Say whether nothing of the block is asked for now, and nothing stands in it."""
        return all(one.is_off and one.is_empty and not one.error for one in self.inputs)

    @property
    def is_conditional(self) -> bool:
        """Say whether what else is chosen decides on parts of the block."""
        return any(one.when for one in self.inputs)

    @property
    def is_kept(self) -> bool:
        """Say whether something stands in it that is not asked for now."""
        return any(one.is_off and not one.is_empty for one in self.inputs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrong:
    """One thing that is wrong in a form: the input, when there is one, its title, a sentence."""

    name: str
    title: str
    text: str


def groups(
    session: Session,
    entity: Entity,
    texts: Mapping[str, str],
    base: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Group]:
    """Return the form of an entity for the person served.

    Args:
        session: fields hidden from its actor do not exist.
        entity: kind of record.
        texts: what stands in the inputs, by field name.
        base: what stood there when the form was opened; default: the same.
        errors: a sentence for each field that did not pass.
    """
    fields = editable_fields(session, entity)
    if entity.parent in fields:  # whose record it is comes first; much below depends on it
        fields = {entity.parent: fields[entity.parent], **fields}
    before, wrong = texts if base is None else base, errors or {}
    labels = _labels(session, fields, texts)
    inputs = {
        name: _input(item, texts.get(name, ""), before.get(name, ""), wrong.get(name, ""), labels)
        for name, item in fields.items()
    }
    for name, when in _conditions(session, fields).items():
        is_met = all(texts.get(other, "") in wanted for other, wanted in when.items())
        inputs[name] = replace(inputs[name], when=when, is_off=not is_met)
    companions = currency_companions(fields)
    for money, currency in companions.items():
        inputs[money] = replace(inputs[money], currency=inputs.pop(currency))
    return [
        Group(code=code, title=title, inputs=[inputs[n] for n in names if n in inputs])
        for code, title, names in grouped(registry_of(session), fields)
        if any(n in inputs for n in names)
    ]


def wrong(inputs: Iterable[Input | tuple[str, str]], errors: Mapping[str, str]) -> list[Wrong]:
    """Return all that is wrong in a form, in the order of its inputs; what names none goes first.

    Args:
        inputs: the inputs shown; of one that is not described by `Input`, its name and title.
        errors: sentences by the name of the field.
    """
    shown: dict[str, str] = {}
    for one in inputs:
        name, title = (one.name, one.title) if isinstance(one, Input) else one
        shown[name] = title
        if isinstance(one, Input) and one.currency is not None:
            shown[one.currency.name] = f"{title}, {one.currency.title.lower()}"
    others = [Wrong(name="", title="", text=errors[name]) for name in errors if name not in shown]
    return others + [
        Wrong(name=name, title=title, text=errors[name])
        for name, title in shown.items()
        if name in errors
    ]


def grouped(
    registry: Registry, fields: Mapping[str, Field[Any]]
) -> list[tuple[str, str, list[str]]]:
    """Return the groups of these fields in their order: code, title, names of fields."""
    found: dict[str, list[str]] = {}
    for name, item in fields.items():
        found.setdefault(item.group, []).append(name)
    declared = sorted(registry.field_groups.values(), key=lambda group: group.weight)
    order = [group.code for group in declared]
    order += [code for code in found if code not in order]
    titles = {group.code: str(group.title) for group in declared}
    return [(c, titles.get(c, c.capitalize()), found[c]) for c in order if c in found]


def currency_companions(fields: Mapping[str, Field[Any]]) -> dict[str, str]:
    """Return for each money field with a currency of its own the name of the currency's field."""
    return {
        name: companion
        for name, item in fields.items()
        if isinstance(item.kind, Money)
        and item.kind.has_own_currency
        and (companion := item.kind.currency_column(name)) in fields
    }


def texts_of(session: Session, entity: Entity, record: Any) -> dict[str, str]:
    """Return what a form for a record holds."""
    reading = _reading(session)
    return {
        name: text_of(item, item.get(record), reading)
        for name, item in editable_fields(session, entity).items()
    }


def text_of(item: Field[Any], value: Any, reading: Reading) -> str:
    """Return a value as an input holds it."""
    if isinstance(item.kind, Choices):
        return ",".join(value or ())
    if isinstance(item.kind, YesNo):
        return "" if value is None else "1" if value else "0"
    return item.kind.edit(value, reading)


def texts_of_new(session: Session, entity: Entity, given: Mapping[str, str]) -> dict[str, str]:
    """Return what the form of a new record holds: defaults, over them what the address gives."""
    reading = _reading(session)
    fields = editable_fields(session, entity)
    texts: dict[str, str] = {}
    for name, item in fields.items():
        default = item.default() if callable(item.default) else item.default
        texts[name] = text_of(item, default, reading)
        if isinstance(item.kind, Choice) and item.required and not texts[name]:
            codes = list(item.kind.options)
            texts[name] = codes[0] if len(codes) == 1 else ""
        if isinstance(item.kind, Currency) and not texts[name]:
            texts[name] = str(session.info.get("currency", ""))
    texts.update({name: text for name, text in given.items() if name in fields})
    return texts


def typed(
    session: Session, entity: Entity, form: MultiDict[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Read a sent form: what was typed, and what stood there when it was opened.

    A tick that was taken away sends nothing, so an input counts as shown when its mark came.
    """
    texts: dict[str, str] = {}
    base: dict[str, str] = {}
    for name, item in editable_fields(session, entity).items():
        shown = f"{BASE}{name}" in form
        if not shown and name not in form:
            continue
        base[name] = form.get(f"{BASE}{name}", "")
        if isinstance(item.kind, Choices):
            texts[name] = ",".join(form.getlist(name))
        elif isinstance(item.kind, YesNo) and item.required:
            texts[name] = "1" if form.get(name) in ("1", "on") else "0"
        else:
            texts[name] = form.get(name, "").replace("\r\n", "\n")
            base[name] = base[name].replace("\r\n", "\n")
    return texts, base


def changed(texts: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
    """Return only what the person changed; the rest is nobody's business."""
    return {name: text for name, text in texts.items() if text != base.get(name, "")}


def errors_of(error: Refused | None) -> dict[str, str]:
    """Return the sentence for each field of a refusal; one that names no field stands under ""."""
    if isinstance(error, Invalid):
        return error.errors
    if isinstance(error, Rejected | NotAllowed):
        return {error.field: str(error)}
    return {} if error is None else {"": str(error)}


def without_lone_currency(
    session: Session,
    entity: Entity,
    texts: Mapping[str, str],
    base: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Drop the currency of an amount that was not typed: no amount, no currency.

    Args:
        base: what the record had; a currency it had can be changed and taken away.
    """
    companions = currency_companions(editable_fields(session, entity))
    had = base or {}
    lone = {
        currency
        for money, currency in companions.items()
        if not texts.get(money, "").strip() and not had.get(currency)
    }
    return {name: text for name, text in texts.items() if name not in lone}


def with_currencies(
    session: Session, entity: Entity, record: Any, texts: Mapping[str, str]
) -> dict[str, str]:
    """Propose a currency for each amount a record does not have yet: its account's, else ours."""
    companions = currency_companions(editable_fields(session, entity))
    proposed = str(getattr(record, "currency", None) or session.info.get("currency", ""))
    lone = {
        currency: proposed
        for money, currency in companions.items()
        if not texts.get(money) and not texts.get(currency)
    }
    return {**texts, **lone}


def _input(
    item: Field[Any], text: str, base: str, error: str, labels: Mapping[str, Mapping[int, str]]
) -> Input:
    kind = item.kind
    widget: str = kind.widget
    options: list[tuple[str, str]] = []
    if isinstance(kind, Choice | Choices):
        options = [(code, str(title)) for code, title in kind.options.items()]
        if text and isinstance(kind, Choice) and text not in kind.options:
            options.append((text, text))  # of a plugin that is switched off: kept, not lost
    if isinstance(kind, YesNo) and not item.required:
        widget, options = "select", [("1", gettext("Yes")), ("0", gettext("No"))]
    if widget == "number" and kind.code != "integer":
        widget = "decimal"
    if isinstance(kind, Currency):
        widget = "currency"
    if widget == "text" and "\n" in text:
        widget = "textarea"  # an input of one line would drop the line breaks
    lookup = label = ""
    if isinstance(kind, Reference):
        people = kind.table == User.__tablename__
        lookup = "/people/lookup" if people else f"/{kind.table}/lookup"
        label = labels.get(kind.table, {}).get(_id(text), "")
        if not label and _id(text):
            label = gettext("hidden")
    return Input(
        name=item.name, title=str(item.title), widget=widget, text=text, base=base,
        help=str(item.help), unit="%" if kind.code == "percent" else str(item.unit), error=error,
        required=item.required, options=options, label=label, lookup=lookup,
        max_length=kind.max_length if not isinstance(kind, LongText) else None, kind=kind.code,
    )  # fmt: skip


def _conditions(
    session: Session, fields: Mapping[str, Field[Any]]
) -> dict[str, dict[str, list[str]]]:
    """Return by field with which texts of other inputs it is asked for (`Field.step_for`).

    Where the person has no input for the other field nothing could bring this one up: it stays.
    """
    reading = _reading(session)
    return {
        name: {
            other: [text_of(fields[other], value, reading) for value in values]
            for other, values in item.step_for.items()
        }
        for name, item in fields.items()
        if item.step_for and all(other in fields for other in item.step_for)
    }


def _labels(
    session: Session, fields: Mapping[str, Field[Any]], texts: Mapping[str, str]
) -> dict[str, dict[int, str]]:
    wanted: dict[str, set[int]] = {}
    for name, item in fields.items():
        if isinstance(item.kind, Reference) and (number := _id(texts.get(name, ""))):
            wanted.setdefault(item.kind.table, set()).add(number)
    return records.labels_of_tables(session, wanted)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _reading(session: Session) -> Reading:
    return session.info.get("reading") or Reading()


__all__ = [
    "BASE", "Group", "Input", "Wrong", "changed", "currency_companions", "errors_of", "grouped",
    "groups", "text_of", "texts_of", "texts_of_new", "typed", "with_currencies",
    "without_lone_currency", "wrong",
]  # fmt: skip
