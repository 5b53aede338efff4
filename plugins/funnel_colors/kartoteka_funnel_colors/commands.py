"""The commands of the plugin: recompute, explain, flow."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from kartoteka.api import (
    DateTime,
    Reading,
    gettext,
    ngettext,
    registry_of,
    with_session,
)
from kartoteka_funnel_colors import explanation, flow as movements
from kartoteka_funnel_colors.recolor import recolor_all
from kartoteka_funnel_colors.scheme import scheme_of

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
MOST_NAMES = 1_000_000
_day = click.DateTime(["%Y-%m-%d"])


@click.command(epilog="Example: kartoteka funnel-colors recompute --json")
@_as_json
@with_session
def recompute(session: Session, as_json: bool) -> None:
    """Give every client the colour due to it."""
    found = recolor_all(session)
    if as_json:
        _print({"clients": found.clients, "changed": found.changed, "colors": found.colors})
        return
    words = ngettext("%(num)s client", "%(num)s clients", found.clients)
    changed = ngettext(
        "%(num)s client has another colour now.", "%(num)s clients have another colour now.",
        found.changed,
    )  # fmt: skip
    click.echo(f"{words}. {changed}")
    colors = scheme_of(registry_of(session)).colors
    width = max((len(str(color.title)) for color in colors.values()), default=0)
    for code, color in colors.items():
        click.echo(f"{color.mark} {color.title!s:{width}} {found.colors[code]:>9}")


@click.command(epilog="Example: kartoteka funnel-colors explain 17")
@click.argument("client", type=int)
@_as_json
@with_session
def explain(session: Session, client: int, as_json: bool) -> None:
    """Say why CLIENT (its number) has its colour."""
    found = explanation.explain(session, client)
    scheme = scheme_of(registry_of(session))
    kept: Any = found.client
    due = found.due
    if as_json:
        _print(
            {
                "client": kept.id, "name": kept.name, "color": kept.funnel_colors_color,
                "since": kept.funnel_colors_since and kept.funnel_colors_since.isoformat(),
                "rule": kept.funnel_colors_reason,
                "why": scheme.why(kept.funnel_colors_reason),
                "due": {"rule": due.code, "color": due.color} if due else None,
                "rules": [
                    {"rule": one.rule.code, "color": one.rule.color, "holds": one.part.holds,
                     "words": one.part.words, "values": _values(one.part)}
                    for one in found.judged
                ],
            }
        )  # fmt: skip
        return
    color = scheme.named(kept.funnel_colors_color)
    click.echo(f"{kept.name}: {color.title if color else gettext('no colour')}")
    if color:
        reading = session.info.get("reading") or Reading()
        since = gettext("Since %(day)s", day=DateTime().show(kept.funnel_colors_since, reading))
        why = scheme.why(kept.funnel_colors_reason)
        click.echo(f"{why}. {since}." if why else f"{since}.")
    nothing = gettext("no value")
    for one in found.judged:
        values = ", ".join(f"{v['words']} [{v['found'] or nothing}]" for v in _values(one.part))
        mark = gettext("yes") if one.part.holds else gettext("no")
        title = scheme.colors[one.rule.color].title
        click.echo(f"{mark:3}  {title}: {values or one.part.words}")


@click.command(epilog="Example: kartoteka funnel-colors flow --since 2026-01-01 --json")
@click.option("--since", type=_day, required=True, metavar="DAY", help="First day, 2026-12-31.")
@click.option("--until", type=_day, metavar="DAY", help="Last day; default: today.")
@click.option(
    "--names", type=click.IntRange(0, MOST_NAMES), default=100, show_default=True,
    help="How many clients are named for each stream.",
)  # fmt: skip
@_as_json
@with_session
def flow(
    session: Session, since: datetime, until: datetime | None, names: int, as_json: bool
) -> None:
    """Say who moved from which colour to which."""
    last = until.date() if until else None
    if last is not None and last < since.date():
        raise click.UsageError(gettext("The last day is before the first one."))
    found = movements.flow(session, since.date(), last, names)
    if as_json:
        _print(
            {
                "since": found.since, "until": found.until, "moves": found.total,
                "flow": [
                    {
                        "from": one.old_code, "to": one.new_code, "count": one.count,
                        "clients": [
                            {"id": c.id, "name": c.name, "at": c.at.isoformat()}
                            for c in one.clients
                        ],
                    }
                    for one in found.streams
                ],
            }
        )  # fmt: skip
        return
    for one in found.streams:
        who = ", ".join(client.name for client in one.clients[:5])
        old, new = (color.title if color else gettext("no colour") for color in (one.old, one.new))
        click.echo(f"{one.count:>7}  {old} → {new}: {who}")
    if not found.streams:
        click.echo(gettext("No client changed its colour in these days. Choose a longer period."))


def _values(part: Any) -> list[dict[str, Any]]:
    if part.parts:
        return [value for inner in part.parts for value in _values(inner)]
    if part.how != "condition":
        return []
    return [
        {"words": part.words, "holds": part.holds, "found": part.found, "value": part.value}
    ]  # fmt: skip


def _print(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


COMMANDS = (recompute, explain, flow)
