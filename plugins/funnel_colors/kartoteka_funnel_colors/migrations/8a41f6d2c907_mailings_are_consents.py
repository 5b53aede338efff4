"""Whether a client takes mailings is asked of the ledger of consents; what its card said is a note.

A firm's yes is no consent: it does not say who agreed, when, and to which words. So the ledger gets
nothing made up; the answer stays in the history of cooperation, for whoever asks the people anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment, now

revision = "8a41f6d2c907"
down_revision = "3d0c9b7e5a21"
branch_labels = None
depends_on = None

NAME = "funnel_colors_mailings"
#: A migration does not know who will read it: in all languages of the interface.
NOTES = {
    True: "Agreed to receive mailings: yes / Согласие на рассылку: да / Съгласие за бюлетин: да",
    False: "Agreed to receive mailings: no / Согласие на рассылку: нет / Съгласие за бюлетин: не",
}
_CLIENT = sa.table(
    "client", sa.column("id"), sa.column("owner_id"), sa.column("department_id"),
    sa.column(NAME, sa.Boolean()),
)  # fmt: skip
_ACTIVITY = sa.table(
    "activity",
    *map(sa.column, ("client_id", "owner_id", "department_id", "kind", "subject", "version")),
    *(sa.column(name, Moment()) for name in ("happened_at", "created_at", "updated_at")),
)


def upgrade() -> None:
    moment = sa.literal(now(), Moment())
    for said, note in NOTES.items():
        there = sa.select(sa.literal(1)).where(
            _ACTIVITY.c.client_id == _CLIENT.c.id, _ACTIVITY.c.subject == note
        )
        told = sa.select(
            _CLIENT.c.id, _CLIENT.c.owner_id, _CLIENT.c.department_id, sa.literal("note"),
            sa.literal(note), sa.literal(1), moment, moment, moment,
        ).where(_CLIENT.c[NAME] == sa.literal(said, sa.Boolean()), ~there.exists())  # fmt: skip
        op.execute(_ACTIVITY.insert().from_select([c.name for c in _ACTIVITY.c], told))
    op.drop_column("client", NAME)


def downgrade() -> None:
    op.add_column("client", sa.Column(NAME, sa.Boolean(), nullable=True))
    for said, note in NOTES.items():
        told = sa.select(_ACTIVITY.c.client_id).where(_ACTIVITY.c.subject == note)
        op.execute(_CLIENT.update().where(_CLIENT.c.id.in_(told)).values({NAME: said}))
