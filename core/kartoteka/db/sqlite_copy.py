"""Copy a SQLite database that is in use."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kartoteka.errors import KartotekaError


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy with SQLite's own backup: it takes what is committed, all or nothing.

    A plain copy of the file would miss what is still in the write-ahead log, or catch a write
    half done.

    Raises:
        KartotekaError: the source can not be read, or the target not be written.
    """
    read = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    written = sqlite3.connect(target, timeout=30)
    try:
        read.backup(written)
        written.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise KartotekaError(f"{source} can not be copied to {target}: {error}.") from error
    finally:
        written.close()
        read.close()
