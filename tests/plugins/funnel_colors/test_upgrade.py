"""Older answers about mailings are lost by no upgrade, and become no consents either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import inspect, text

from kartoteka.api import create
from kartoteka.testing import Firm, fresh
from kartoteka_funnel_colors.recolor import recolor_all

SAID = {"Yes": True, "No": False, "Never": None}
NOTES = ("SELECT c.name, a.kind, a.subject, a.owner_id FROM activity a "
         "JOIN client c ON c.id = a.client_id ORDER BY c.name")  # fmt: skip


def test_what_cards_said_of_mailings_is_a_note_and_comes_back(
    empty_url: str, tmp_path: Path
) -> None:
    app = fresh(tmp_path, empty_url, ("wholesale", "funnel_colors"))
    firm = Firm(app=app, made=app.extensions["kartoteka"])
    config: Any = firm.made.migrations._config("funnel_colors")  # pyright: ignore[reportPrivateUsage]
    with firm.session() as session:
        for name in SAID:
            create(session, firm.made.registry.entity("client"), {"name": name})
        session.commit()
    command.downgrade(config, "3d0c9b7e5a21")
    with firm.made.engine.begin() as connection:
        for name, said in SAID.items():
            connection.execute(
                text("UPDATE client SET funnel_colors_mailings = :said WHERE name = :name"),
                {"said": said, "name": name},
            )

    firm.made.migrations.upgrade()

    columns = {column["name"] for column in inspect(firm.made.engine).get_columns("client")}
    assert "funnel_colors_mailings" not in columns
    assert firm.made.migrations.differences() == {}
    with firm.made.engine.connect() as connection:
        notes = connection.execute(text(NOTES)).all()
        assert connection.scalar(text("SELECT count(*) FROM consent")) == 0
    assert [(note.name, note.kind) for note in notes] == [("No", "note"), ("Yes", "note")]
    assert [("Съгласие за бюлетин: да" in note.subject) for note in notes] == [False, True]
    with firm.session() as session:
        assert recolor_all(session).changed == 0
    command.downgrade(config, "3d0c9b7e5a21")
    with firm.made.engine.connect() as connection:
        told = connection.execute(text("SELECT name, funnel_colors_mailings FROM client")).all()
    assert {name: None if said is None else bool(said) for name, said in told} == SAID
    firm.made.migrations.upgrade()
    with firm.made.engine.connect() as connection:
        assert len(connection.execute(text(NOTES)).all()) == 2
    firm.made.engine.dispose()
