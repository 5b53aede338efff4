"""Keep the files that are imported: outside what is served, under names of our own."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kartoteka.api import Config, NotAllowed, Rejected, actor_of, gettext, holds, now, settings_of
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.reading.sentences import shown_name

RIGHT = "excel_import.run"
#: Who may import from the start; what a list holds is written with the person's own rights.
ROLES = ("director", "curator", "manager", "assistant")
_MB = 1024 * 1024
_LONGEST_NAME = 255


def folder_of(config: Config) -> Path:
    """Return the folder of uploads; with many machines all of them share it."""
    return config.job_files / "imports"


def most_bytes(session: Session) -> int:
    """Return how large a file may be."""
    return int(settings_of(session, "excel_import")["most_megabytes"]) * _MB


def demand_right(session: Session) -> None:
    """Refuse whoever may not import lists.

    Raises:
        NotAllowed: the roles of the person do not give the right.
    """
    if not holds(session, RIGHT):
        raise NotAllowed(gettext("You have no right to import lists."))


def keep(session: Session, folder: Path, name: str, source: BinaryIO) -> ImportRun:
    """Keep a file and return its run, which is in the session.

    Args:
        folder: what `folder_of` gives.
        name: as the person calls the file; it is shown and never opened.
        source: what is uploaded; read piece by piece, once.

    Raises:
        NotAllowed: the person may not import.
        Rejected: the file is empty or too large.
    """
    demand_right(session)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stored = secrets.token_hex(16)
    path = folder / stored
    try:
        size, digest = _copied(source, path, most_bytes(session), shown_name(name))
        run = ImportRun(
            asked_by_id=actor_of(session).user_id, file_name=shown_name(name)[:_LONGEST_NAME],
            file_size=size, sha256=digest, stored_file=stored, state="uploaded", mode="both",
            rows_done=0, created=0, updated=0, unchanged=0, duplicate=0, possible=0, rejected=0,
        )  # fmt: skip
        session.add(run)
        session.flush()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return run


def path_of(folder: Path, run: ImportRun) -> Path:
    """Return where the file of a run lies.

    Raises:
        Rejected: it is not there any more.
    """
    path = folder / Path(run.stored_file or "-").name
    if not run.stored_file or not path.is_file():
        raise Rejected(gettext("The file is not kept any more. Upload it again."))
    return path


def imported_before(session: Session, run: ImportRun) -> ImportRun | None:
    """Return the latest earlier run of the same file that the person sees, if it wrote anything."""
    return session.scalar(
        select(ImportRun)
        .where(
            ImportRun.sha256 == run.sha256, ImportRun.id != run.id,
            ImportRun.state.in_(("running", "done", "cancelled", "failed")),
            ImportRun.created + ImportRun.updated > 0,
        )
        .order_by(ImportRun.id.desc())
        .limit(1)
    )  # fmt: skip


def forget_old(session: Session, folder: Path, days: int) -> int:
    """Remove files of runs that were not touched for so many days, and files without a run.

    The account of a run stays: it can be undone without its file. A list whose import was never
    begun goes whole.

    Returns:
        how many files went.
    """
    last = now() - timedelta(days=days)
    untouched = (
        ImportRun.updated_at < last,
        ImportRun.state.not_in(("checking", "deciding", "running")),
    )
    session.execute(delete(ImportRun).where(ImportRun.batch.is_(None), *untouched))
    old: Sequence[ImportRun] = session.scalars(
        select(ImportRun).where(ImportRun.stored_file.is_not(None), *untouched)
    ).all()
    for run in old:
        run.stored_file = None
    session.flush()
    if not folder.is_dir():
        return 0
    kept = set(session.scalars(select(ImportRun.stored_file)))
    gone = 0
    for path in folder.iterdir():
        # One that is just being uploaded has no run yet.
        if path.name not in kept and path.stat().st_mtime < last.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _copied(source: BinaryIO, path: Path, most: int, name: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        while piece := source.read(_MB):
            size += len(piece)
            if size > most:
                raise Rejected(
                    gettext(
                        "%(file)s is larger than %(most)s MB. Split the list, or have the limit "
                        "raised: most_megabytes of excel_import in kartoteka.toml.",
                        file=name, most=most // _MB,
                    )
                )  # fmt: skip
            digest.update(piece)
            target.write(piece)
    if not size:
        raise Rejected(gettext("%(file)s is empty.", file=name))
    return size, digest.hexdigest()


__all__ = [
    "RIGHT", "ROLES", "demand_right", "folder_of", "forget_old", "imported_before", "keep",
    "most_bytes", "path_of",
]  # fmt: skip
