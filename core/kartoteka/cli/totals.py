"""Prove that the totals kept on clients equal the ledger of their purchases."""

from __future__ import annotations

from dataclasses import asdict

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import as_json, print_json, print_table


@click.command("check-totals", epilog="Example: kartoteka check-totals --repair")
@click.option(
    "--repair",
    is_flag=True,
    help="Write the totals anew from the ledger, and how much of each card is filled.",
)
@click.option("--most", default=100, show_default=True, help="Print at most so many clients.")
@as_json
@pass_installation
def check_totals(installation: Installation, repair: bool, most: int, as_json: bool) -> None:
    """Compare kept totals with the ledger; exit code 1 when they differ."""
    from kartoteka.services import totals
    from kartoteka.services.derived_bulk import refresh_completeness

    cards = 0
    with installation.session() as session:
        found = totals.check(session.connection(), most)
        if repair:
            kinds = installation.made.registry.activity_kinds
            totals.refresh_purchases(session.connection())
            totals.refresh_contacts(
                session.connection(), None, [code for code, k in kinds.items() if k.is_contact]
            )
            cards = refresh_completeness(session)
    if as_json:
        print_json(
            {"equal": not found, "repaired": repair, "cards": cards,
             "differences": [asdict(d) for d in found]}
        )  # fmt: skip
    elif found:
        rows = [(d.client_id, d.column, d.kept, d.ledger) for d in found]
        print_table(("client", "total", "kept", "ledger"), rows)
        click.echo("Repaired." if repair else "Mend them with: kartoteka check-totals --repair")
    else:
        click.echo("All totals equal their ledger.")
    if repair and not as_json:
        click.echo(f"Cards with another share filled than was kept: {cards}.")
    if found and not repair:
        raise SystemExit(1)
