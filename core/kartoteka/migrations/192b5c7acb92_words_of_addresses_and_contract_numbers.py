"""words of addresses and contract numbers"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from kartoteka.db import search

revision = "192b5c7acb92"
down_revision = "d5e19dd8cdb8"
branch_labels = None
depends_on = None

_CHUNK = 1000


def upgrade() -> None:
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_number"), ["number"], unique=False)
    # Quick search also looks into web sites, postal addresses and domains as people write them.
    sites = sa.column("website").is_not(None)
    _add_words("client", sa.column("website"), sites)
    for holder in ("client", "contact"):
        _add_addresses(holder)
        _add_words(holder, sa.column("search_text"), sa.column("search_text").contains("xn--"))


def downgrade() -> None:
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_number"))


def _add_words(name: str, words: sa.ColumnElement[str], which: sa.ColumnElement[bool]) -> None:
    """Add the folded words of a column to the search texts of a table."""
    wide = sa.table(name, sa.column("id"), sa.column("search_text"), sa.column("website"))
    rows = sa.select(wide.c.id, wide.c.search_text, words).select_from(wide).where(which)
    for chunk in _chunks(rows, wide):
        _write(
            wide,
            [{"key": row[0], "text": search.text_of([*_parts(row[1]), row[2]])} for row in chunk],
        )


def _add_addresses(holder: str) -> None:
    """Add the addresses of clients or people to their search texts."""
    owner = f"{holder}_id"
    points = sa.table(
        "contact_point", sa.column("id"), sa.column(owner), sa.column("kind"),
        sa.column("normalised"),
    )  # fmt: skip
    wide = sa.table(holder, sa.column("id"), sa.column("search_text"))
    rows = (
        sa.select(points.c.id, points.c[owner], points.c.normalised)
        .where(points.c.kind == "address", points.c[owner].is_not(None))
    )  # fmt: skip
    bind = op.get_bind()
    for chunk in _chunks(rows, points):
        wanted = sorted({row[1] for row in chunk})
        found = bind.execute(sa.select(wide.c.id, wide.c.search_text).where(wide.c.id.in_(wanted)))
        texts = {row[0]: _parts(row[1]) for row in found}
        for row in chunk:
            texts[row[1]].append(row[2] or "")
        _write(wide, [{"key": key, "text": search.text_of(parts)} for key, parts in texts.items()])


def _parts(text: str | None) -> list[str]:
    return (text or "").split(" \n")


def _chunks(rows: Any, table: sa.TableClause) -> Iterator[list[Any]]:
    bind, last = op.get_bind(), 0
    while True:
        page = rows.where(table.c.id > last).order_by(table.c.id).limit(_CHUNK)
        chunk = list(bind.execute(page))
        if not chunk:
            return
        yield chunk
        last = chunk[-1][0]


def _write(table: sa.TableClause, rows: list[dict[str, object]]) -> None:
    key, text = sa.bindparam("key"), sa.bindparam("text")
    op.get_bind().execute(sa.update(table).where(table.c.id == key).values(search_text=text), rows)
