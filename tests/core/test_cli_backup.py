"""Backups come back whole; a database is not overwritten by mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from kartoteka.api import Client
from kartoteka.errors import KartotekaError, Unreadable
from kartoteka.services.backup import backup, restore
from kartoteka.testing import Firm


@pytest.fixture(autouse=True)
def _programs(dialect: str) -> None:
    if dialect == "postgresql" and shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed here.")


def _add(firm: Firm, name: str) -> None:
    with firm.session() as session:
        session.add(Client(name=name))
        session.commit()


def _names(firm: Firm) -> list[str]:
    with firm.session() as session:
        return list(session.scalars(select(Client.name).order_by(Client.id)))


def test_backup_brings_back_what_was_there(firm: Firm, tmp_path: Path) -> None:
    _add(firm, "Before")
    (tmp_path / "copies").mkdir()
    backup(firm.made.engine, tmp_path / "copies" / "one")
    _add(firm, "After")
    with pytest.raises(KartotekaError, match="not empty"):
        restore(firm.made.engine, tmp_path / "copies" / "one")
    assert _names(firm) == ["Before", "After"]
    restore(firm.made.engine, tmp_path / "copies" / "one", overwrite=True)
    assert _names(firm) == ["Before"]
    _add(firm, "Later")
    assert _names(firm) == ["Before", "Later"]


def test_backup_fills_an_empty_database(firm: Firm, empty_url: str, tmp_path: Path) -> None:
    _add(firm, "Before")
    backup(firm.made.engine, tmp_path / "one")
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    restore(engine, tmp_path / "one")
    with engine.connect() as connection:
        assert connection.scalar(select(Client.__table__.c.name)) == "Before"
    engine.dispose()


def test_backup_never_replaces_a_file(firm: Firm, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("mine")
    with pytest.raises(KartotekaError, match="exists already"):
        backup(firm.made.engine, tmp_path / "one")
    assert (tmp_path / "one").read_text() == "mine"


def test_backup_makes_no_folder_for_a_mistyped_path(firm: Firm, tmp_path: Path) -> None:
    with pytest.raises(KartotekaError, match=r"no folder .*backups\. Make it first"):
        backup(firm.made.engine, tmp_path / "backups" / "one")
    assert not (tmp_path / "backups").exists()


def test_what_is_no_backup_is_refused_before_anything_is_touched(
    firm: Firm, tmp_path: Path
) -> None:
    _add(firm, "Mine")
    backup(firm.made.engine, tmp_path / "good")
    whole = (tmp_path / "good").read_bytes()
    other = b"PGDMP" if firm.made.engine.dialect.name == "sqlite" else b"SQLite format 3\0"
    for content, said in (
        (b"", "not a backup"),
        (b"name,phone\n", "not a backup"),
        (other + b"x" * 100, "this installation uses"),
    ):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(Unreadable, match=said):
            restore(firm.made.engine, tmp_path / "bad", overwrite=True)
    (tmp_path / "bad").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(KartotekaError):
        restore(firm.made.engine, tmp_path / "bad", overwrite=True)
    assert _names(firm) == ["Mine"]
