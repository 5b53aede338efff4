"""What the builder of criteria needs: everything that may be asked, and a tree ready to edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.criteria import binding, document
from kartoteka.criteria.binding import Bound, Branch, Broken, Subject
from kartoteka.criteria.operators import OPERATORS, operator_words
from kartoteka.criteria.periods import PERIODS
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.tree import Group, Tree
from kartoteka.criteria.words import references_in
from kartoteka.fields.kinds import Choice, Choices, Kind, Reference, YesNo, as_grouped
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.screens.list_address import LONGEST_ADDRESS
from kartoteka.screens.lists import total_in_words
from kartoteka.services import criteria, records
from kartoteka.services.listing import Query, fetch

_INPUTS = {"textarea": "text", "money": "number", "checkbox": "select", "checkboxes": "select"}


def offered(session: Session, entity: Entity, tree: Tree) -> dict[str, Any]:
    """Return what may be asked of an entity, and a tree to begin with.

    One statement finds the names of all records the tree speaks of.
    """
    reader = criteria.reader_of(session)
    bound = binding.bind(tree, entity, reader)
    names = records.labels_of_tables(session, references_in(bound))
    return {
        "operands": [_operand(one, reader) for one in criteria.operands(session, entity)],
        "periods": [[code, str(title)] for code, title in PERIODS.items()],
        "tree": _node(bound, reader, names),
    }


def checked(session: Session, entity: Entity, text: str) -> dict[str, Any]:
    """Return typed criteria as addresses carry them, in words, with the number of records.

    Those too long for an address say so (`is_long`): they are kept in a view.

    Raises:
        Invalid: a sentence for each part that is wrong, under its path.
    """
    tree = criteria.read(session, entity, text)
    kept = document.text_of(tree)
    is_long = len(kept) > LONGEST_ADDRESS
    page = fetch(session, entity, Query(criteria=tree, size=1))
    is_empty = isinstance(tree, Group) and not tree.parts
    return {
        "c": "" if is_empty or is_long else kept,
        "is_long": is_long,
        "words": criteria.words(session, entity, tree),
        "found": total_in_words(page),
    }


def _operand(subject: Subject, reader: Reader) -> dict[str, Any]:
    operand, fact = subject.operand, subject.fact
    return {
        "source": operand.source,
        "code": operand.code,
        "title": str(subject.title),
        "unit": str(subject.unit),
        "help": str(fact.help) if fact is not None else "",
        "operators": [
            [code, operator_words(code, subject.kind), OPERATORS[code].takes]
            for code in subject.operators
        ],
        "begin": _first_operator(subject),
        "input": _input(subject.kind),
        "parameters": [
            {
                "code": one.code,
                "title": str(one.title),
                "input": _input(one.kind),
                "value": as_grouped(one.kind, one.default, reader.reading),
            }
            for one in (fact.parameters if fact is not None else ())
        ],
    }


def _first_operator(subject: Subject) -> str:
    """Return the operator to begin with: of numbers "at least", nobody asks for an exact sum."""
    usual = "ge" if subject.kind.numeric else ""
    return usual if usual in subject.operators else subject.operators[0]


def _input(kind: Kind[Any]) -> dict[str, Any]:
    options: list[list[str]] = []
    if isinstance(kind, Choice | Choices):
        options = [[code, str(title)] for code, title in kind.options.items()]
    elif isinstance(kind, YesNo):
        options = [["1", gettext("Yes")], ["0", gettext("No")]]
    lookup = ""
    if isinstance(kind, Reference):
        is_person = kind.table == User.__tablename__
        lookup = "/people/lookup" if is_person else f"/{kind.table}/lookup"
    widget = _INPUTS.get(kind.widget, kind.widget)
    return {"widget": widget, "options": options, "lookup": lookup}


def _node(bound: Bound, reader: Reader, names: Any) -> dict[str, Any]:
    if isinstance(bound, Branch):
        return {"how": bound.how, "parts": [_node(one, reader, names) for one in bound.parts]}
    condition = bound.condition
    found: dict[str, Any] = {
        "source": condition.operand.source,
        "code": condition.operand.code,
        "op": condition.op,
        "given": _given(bound, condition.operand.given, reader),
        "values": [_text(one) for one in _listed(condition.value)],
        "names": {},
        "problem": "",
    }
    if isinstance(bound, Broken):
        return {**found, "problem": bound.reason}
    if bound.operator.takes != "nothing":
        kind = binding.kind_of_value(bound.subject.kind, bound.operator)
        if isinstance(kind, Choices):
            found["values"] = list(bound.value)
        else:
            found["values"] = [_edited(kind, one, reader) for one in _listed(bound.value)]
        if isinstance(kind, Reference):
            known = names.get(kind.table, {})
            found["names"] = {str(one): known.get(one, gettext("hidden"))
                              for one in _listed(bound.value)}  # fmt: skip
    return found


def _given(bound: Bound, given: Any, reader: Reader) -> dict[str, str]:
    """Return the parameters of a fact as its inputs hold them; of what is broken as they are."""
    fact = None if isinstance(bound, Broken | Branch) else bound.subject.fact
    kinds = {} if fact is None else {one.code: one.kind for one in fact.parameters}
    return {
        name: _edited(kinds[name], kinds[name].parse(value), reader)
        if name in kinds
        else _text(value)
        for name, value in given
    }


def _edited(kind: Kind[Any], value: Any, reader: Reader) -> str:
    if isinstance(kind, YesNo):
        return "1" if value else "0"
    return as_grouped(kind, value, reader.reading)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, tuple) else () if value is None else (value,)  # pyright: ignore[reportUnknownVariableType]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


__all__ = ["checked", "offered"]
