"""Uploaded files are kept under names of our own, within a limit, and for a time."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from kartoteka.api import NotAllowed, Rejected, now
from kartoteka.testing import Firm
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.uploads import forget_old, imported_before, keep, path_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "imports"


def test_a_file_is_kept_with_its_size_and_digest(lists: Firm, folder: Path) -> None:
    with lists.session("manager1") as session:
        run = keep(session, folder, "../../etc/Clients\u202e.csv", io.BytesIO(b"name\nA\n"))
        path = path_of(folder, run)
        assert path.read_bytes() == b"name\nA\n"
        assert path.parent == folder
        assert path.stat().st_mode & 0o077 == 0
        assert (run.file_name, run.file_size) == ("Clients.csv", 7)
        assert run.sha256 == hashlib.sha256(b"name\nA\n").hexdigest()


def test_a_file_that_is_too_large_leaves_nothing(lists: Firm, folder: Path) -> None:
    with lists.session("manager1") as session:
        known = session.info["settings"]["excel_import"]
        session.info["settings"] = {"excel_import": {**known, "most_megabytes": 1}}
        with pytest.raises(Rejected, match="larger than"):
            keep(session, folder, "a.csv", io.BytesIO(b"x" * (1024 * 1024 + 1)))
        with pytest.raises(Rejected, match="is empty"):
            keep(session, folder, "a.csv", io.BytesIO(b""))
    assert list(folder.iterdir()) == []


def test_a_file_that_is_gone_is_asked_for_again(lists: Firm, folder: Path) -> None:
    with lists.session("manager1") as session:
        run = keep(session, folder, "a.csv", io.BytesIO(b"x"))
        path_of(folder, run).unlink()
        with pytest.raises(Rejected, match="Upload it again"):
            path_of(folder, run)


def test_the_same_file_is_noticed(lists: Firm, folder: Path) -> None:
    with lists.session("manager1") as session:
        first = keep(session, folder, "a.csv", io.BytesIO(b"x"))
        second = keep(session, folder, "b.csv", io.BytesIO(b"x"))
        assert imported_before(session, second) is None
        first.state, first.created = "done", 3
        session.flush()
        assert imported_before(session, second) is first


def test_old_files_are_forgotten_and_their_account_stays(lists: Firm, folder: Path) -> None:
    with lists.session("manager1") as session:
        old = keep(session, folder, "old.csv", io.BytesIO(b"x"))
        old.batch, old.state = "import-1", "done"
        new = keep(session, folder, "new.csv", io.BytesIO(b"y"))
        session.commit()
        names = old.stored_file, new.stored_file
        long_ago = now().replace(year=2020)
        (folder / "stray").write_bytes(b"")
    with lists.session() as session:
        session.execute(update(ImportRun).where(ImportRun.id == old.id).values(updated_at=long_ago))
        session.commit()
        for name in (names[0], "stray"):
            os.utime(folder / str(name), (0, 0))
        assert forget_old(session, folder, 30) == 2
        session.commit()
        assert session.get_one(ImportRun, old.id).stored_file is None
        assert [path.name for path in folder.iterdir()] == [names[1]]


def test_a_list_that_was_never_begun_goes_whole(lists: Firm, folder: Path) -> None:
    with lists.session("manager1") as session:
        old, checking, new = (
            keep(session, folder, f"{n}.csv", io.BytesIO(b"x")).id for n in range(3)
        )
        session.commit()
    long_ago = now().replace(year=2020)
    with lists.session() as session:
        session.execute(
            update(ImportRun).where(ImportRun.id.in_((old, checking))).values(updated_at=long_ago)
        )
        state = update(ImportRun).where(ImportRun.id == checking).values(state="checking")
        session.execute(state)
        session.commit()
        forget_old(session, folder, 30)
        session.commit()
        assert set(session.scalars(select(ImportRun.id))) == {checking, new}


def test_a_list_that_was_never_begun_is_no_import(lists: Firm) -> None:
    browser = lists.browser("manager1")
    sent = {"file": (io.BytesIO(b"Name\nRomashka\n"), "waiting.csv")}
    browser.post("/import/upload", data=sent)
    page = browser.get("/import/").text
    begun, _mark, imports = page.partition("Latest imports")
    assert "waiting.csv" in begun
    assert "After 30 days they are removed." in begun
    assert "Nothing was imported yet." in imports


def test_who_has_no_right_uploads_nothing(lists: Firm, folder: Path) -> None:
    with lists.session("manager1") as session:
        session.info["actor"] = replace(session.info["actor"], roles=frozenset({"nobody"}))
        with pytest.raises(NotAllowed, match="import lists"):
            keep(session, folder, "a.csv", io.BytesIO(b"x"))
