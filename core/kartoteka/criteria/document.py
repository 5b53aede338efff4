"""Read and write criteria as JSON: strict, bounded, with a version.

    {"version": 1, "tree": {"all": [
        {"field": "region_id", "op": "eq", "value": 3},
        {"fact": "purchases", "with": {"days": 365}, "op": "ge", "value": 3},
        {"none": [{"field": "bankrupt", "op": "eq", "value": true}]}]}}

Reading needs no application: what a tree names may have gone with its plugin, and the tree is
still read (see `binding.problems`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from kartoteka.criteria.tree import Condition, Group, How, Operand, Tree, Value
from kartoteka.errors import Invalid
from kartoteka.fields.text import unkeepable
from kartoteka.i18n import gettext

VERSION = 1
MOST_PARTS = 300
MOST_FACTS = 40
MOST_VALUES = 2_000
DEEPEST = 12
LONGEST = 200_000
LONGEST_TEXT = 500
_CODE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}")
_GROUPS = ("all", "any", "none")


def read(given: Any) -> Tree:
    """Return the tree that a JSON text, or what was read from one, holds.

    Raises:
        Invalid: a sentence that says what is wrong, under the path where it is.
    """
    document = _parsed(given) if isinstance(given, str | bytes) else given
    if not isinstance(document, dict):
        raise _wrong("", gettext('Criteria are an object: {"version": 1, "tree": …}.'))
    found = cast("dict[Any, Any]", document)
    _only(found, ("version", "tree"), "")
    version = found.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise _wrong("version", gettext("Give the version of the form: %(v)s.", v=VERSION))
    if version != VERSION:
        text = gettext("These criteria have the form %(v)s, this program reads %(mine)s.",
                       v=str(version)[:20], mine=VERSION)  # fmt: skip
        raise _wrong("version", text)
    if "tree" not in found:
        raise _wrong("tree", gettext("The tree is missing."))
    return _Reading().tree(found["tree"], "tree", 1)


def write(tree: Tree) -> dict[str, Any]:
    """Return a tree as plain values for JSON."""
    return {"version": VERSION, "tree": _written(tree)}


def text_of(tree: Tree) -> str:
    """Return a tree as one line of JSON; equal trees give equal texts."""
    return json.dumps(write(tree), ensure_ascii=False, separators=(",", ":"))


class _Reading:
    """One reading of a document, with the counts that bound it."""

    def __init__(self) -> None:
        self.parts = self.values = self.facts = 0

    def tree(self, given: Any, path: str, depth: int) -> Tree:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise _wrong("tree", gettext("Criteria have at most %(most)s parts.", most=MOST_PARTS))
        if depth > DEEPEST:
            text = gettext("Groups stand at most %(most)s deep in each other.", most=DEEPEST)
            raise _wrong(_short(path), text)
        if not isinstance(given, dict):
            raise _wrong(path, gettext("A part is a group or a condition, written as an object."))
        part = cast("dict[Any, Any]", given)
        kinds = [name for name in (*_GROUPS, "field", "fact") if name in part]
        if len(kinds) != 1:
            text = gettext("A part has exactly one of: all, any, none, field, fact.")
            raise _wrong(path, text)
        if kinds[0] in _GROUPS:
            return self.group(part, kinds[0], path, depth)
        return self.condition(part, kinds[0], path)

    def group(self, part: dict[Any, Any], how: str, path: str, depth: int) -> Group:
        _only(part, (how,), path)
        inner = part[how]
        if not isinstance(inner, list):
            raise _wrong(f"{path}.{how}", gettext("A group holds a list of parts."))
        parts = tuple(
            self.tree(one, f"{path}.{how}[{place}]", depth + 1)
            for place, one in enumerate(cast("list[Any]", inner))
        )
        return Group(how=cast("How", how), parts=parts)

    def condition(self, part: dict[Any, Any], source: str, path: str) -> Condition:
        is_fact = source == "fact"
        _only(part, (source, "op", "value", *(("with",) if is_fact else ())), path)
        given: tuple[tuple[str, Value], ...] = ()
        if is_fact:
            self.facts += 1
            if self.facts > MOST_FACTS:
                text = gettext("Criteria ask for at most %(most)s facts.", most=MOST_FACTS)
                raise _wrong("tree", text)
            given = self.parameters(part.get("with", {}), f"{path}.with")
        operand = Operand(
            source="fact" if is_fact else "field",
            code=_code(part[source], f"{path}.{source}"),
            given=given,
        )
        op = _code(part.get("op"), f"{path}.op")
        return Condition(
            operand=operand, op=op, value=self.value(part.get("value"), f"{path}.value")
        )

    def parameters(self, given: Any, path: str) -> tuple[tuple[str, Value], ...]:
        if not isinstance(given, dict):
            raise _wrong(path, gettext("Parameters of a fact are an object."))
        found = cast("dict[Any, Any]", given)
        return tuple(
            sorted((_code(name, path), self.value(one, f"{path}.{name}"))
                   for name, one in found.items())
        )  # fmt: skip

    def value(self, given: Any, path: str) -> Value:
        if isinstance(given, list):
            return tuple(self.scalar(one, path) for one in cast("list[Any]", given))
        return self.scalar(given, path)

    def scalar(self, given: Any, path: str) -> str | int | bool | None:
        self.values += 1
        if self.values > MOST_VALUES:
            text = gettext("Criteria hold at most %(most)s values.", most=MOST_VALUES)
            raise _wrong("tree", text)
        if given is None or isinstance(given, bool):
            return given
        if isinstance(given, int) and abs(given) < 10**18:
            return given
        text = repr(given) if isinstance(given, float) else given
        if not isinstance(text, str) or len(text) > LONGEST_TEXT or unkeepable(text):
            raise _wrong(path, gettext("A value is a short text, a number, yes or no, or a list."))
        return text


def _parsed(text: str | bytes) -> Any:
    if len(text) > LONGEST:
        raise _wrong("", gettext("This text is too long to be criteria."))
    try:
        return json.loads(text, parse_float=str, parse_constant=_no_constant)
    except RecursionError as error:
        raise _wrong("", gettext("These criteria are nested too deep.")) from error
    except ValueError as error:
        raise _wrong("", gettext("This is not JSON.")) from error


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _written(tree: Tree) -> dict[str, Any]:
    if isinstance(tree, Group):
        return {tree.how: [_written(part) for part in tree.parts]}
    found: dict[str, Any] = {tree.operand.source: tree.operand.code}
    if tree.operand.given:
        found["with"] = {name: _listed(value) for name, value in tree.operand.given}
    found["op"] = tree.op
    if tree.value is not None:
        found["value"] = _listed(tree.value)
    return found


def _listed(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _code(given: Any, path: str) -> str:
    if not isinstance(given, str) or not _CODE.fullmatch(given):
        raise _wrong(path, gettext("Give a code: letters, digits and _."))
    return given


def _only(part: Mapping[Any, Any], allowed: tuple[str, ...], path: str) -> None:
    unknown = [str(name)[:60] for name in part if name not in allowed]
    if unknown:
        raise _wrong(path, gettext("There is no %(name)r here.", name=unknown[0]))


def _short(path: str) -> str:
    return path if len(path) < 120 else f"{path[:120]}…"


def _wrong(path: str, text: str) -> Invalid:
    return Invalid({path or "criteria": text})


__all__ = ["VERSION", "read", "text_of", "write"]
