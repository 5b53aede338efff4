"""Print what a command found: JSON for programs, lines for people, progress on a terminal."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def print_json(value: Any) -> None:
    """Print a value as JSON; dates and amounts as text."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under a header, each column as wide as it needs."""
    lines = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def say(text: str) -> None:
    """Tell a person what is going on; on the error stream, so that results stay clean."""
    click.echo(text, err=True)


def progress(what: str) -> Callable[[int], None]:
    """Return a function that shows on a terminal how far a long work is."""
    if not sys.stderr.isatty():
        return lambda done: None
    return lambda done: click.echo(f"\r{done:,} {what}", err=True, nl=False)


def new_password() -> str:
    """Return a password that can be read out: 16 letters and digits in four groups."""
    letters = [secrets.choice(_LETTERS) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))
