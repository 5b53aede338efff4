"""Explain criteria on the command line: in words, and for one client."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kartoteka.cli.context import in_own_language, with_session
from kartoteka.cli.output import as_json, print_json
from kartoteka.errors import Unreadable
from kartoteka.i18n import gettext

if TYPE_CHECKING:
    from kartoteka.services.criteria import Part


@click.group(epilog="Example: kartoteka criteria explain @regulars.json --json")
def criteria() -> None:
    """Explain criteria: saved filters, segments, rules."""


@criteria.command(epilog="Example: kartoteka criteria explain @regulars.json --client 17")
@click.argument("tree")
@click.option("--client", "record_id", type=int, metavar="N", help="Say why it holds for client N.")
@click.option("--entity", "code", default="client", show_default=True, help="What it is about.")
@as_json
@in_own_language
@with_session
def explain(session: Any, tree: str, record_id: int | None, code: str, as_json: bool) -> None:
    """Say criteria in words.

    Exit code 1 when a part of them can not be asked.

    TREE is JSON text, `@file`, or `-` for the standard input.
    """
    from kartoteka.criteria import document
    from kartoteka.services import criteria as service
    from kartoteka.services.records import registry_of

    registry = registry_of(session)
    if code not in registry.entities:
        raise Unreadable(
            gettext("There is no list “%(name)s”. Choose one of: %(known)s.", name=code,
                    known=", ".join(registry.entities))
        )  # fmt: skip
    entity = registry.entity(code)
    read = document.read(text_of(tree))
    problems = service.problems(session, entity, read)
    found: dict[str, Any] = {
        "words": service.words(session, entity, read),
        "problems": [asdict(problem) for problem in problems],
        "criteria": document.write(read),
    }
    part = None if record_id is None else service.explain(session, entity, read, record_id)
    if part is not None:
        whole = part.holds and not problems
        found.update(entity=code, id=record_id, holds=whole, explanation=asdict(part))
    if as_json:
        print_json(found)
    else:
        click.echo(found["words"])
        for problem in problems:
            click.echo(f"{problem.path}: {problem.reason}", err=True)
        if part is not None:
            _print(part, 0)
    if problems:
        raise SystemExit(1)


def text_of(given: str) -> str:
    """Return JSON that was given as a text, `@file` or `-`."""
    try:
        if given == "-":
            return sys.stdin.read()
        return Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else gettext("it is not UTF-8")
        raise Unreadable(
            gettext("“%(file)s” can not be read: %(why)s.", file=given.removeprefix("@"), why=why)
        ) from error


def _print(part: Part, depth: int) -> None:
    mark = gettext("yes") if part.holds else gettext("no")
    names = {
        "all": gettext("All of these hold"), "any": gettext("At least one of these holds"),
        "none": gettext("None of these holds"),
    }  # fmt: skip
    said = names.get(part.how, part.words)
    found = f"  [{part.found or gettext('no value')}]" if part.how == "condition" else ""
    click.echo(f"{'  ' * depth}{mark:3}  {said}{found}")
    for inner in part.parts:
        _print(inner, depth + 1)
