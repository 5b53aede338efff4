"""The command line: `kartoteka <command>`."""

from __future__ import annotations

import click


@click.group()
def main() -> None:
    """Kartoteka: a framework for client bases."""
