"""Keep what a page showed of a file: a workbook of a hundred thousand rows is read for seconds."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from kartoteka_excel_import.reading.shapes import Head, Layout, Sheet, Wish
from kartoteka_excel_import.screens.looking import Look, ShownRow, look


def kept_look(session: Session, path: Path, name: str, wish: Wish) -> Look:
    """Return what a page shows of a file, read at most once for each way to read it.

    `Look.first` is empty when it was kept. Arguments and errors are those of `look`.
    """
    kept = _place(path, session, wish)
    try:
        return _look_of(json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return fresh_look(session, path, name, wish)


def fresh_look(session: Session, path: Path, name: str, wish: Wish) -> Look:
    """Return what a page shows of a file, with its first rows, and keep it.

    Raises:
        Unreadable: as `look`.
    """
    seen = look(session, path, name, wish)
    told = {
        "layout": asdict(seen.layout), "rows": [asdict(row) for row in seen.rows],
        "letters": seen.letters, "hidden": seen.hidden, "samples": seen.samples,
    }  # fmt: skip
    for asked in {wish, said(wish, seen.layout)}:
        place = _place(path, session, asked)
        draft = place.with_suffix(".new")
        draft.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        os.replace(draft, place)
    return seen


def said(wish: Wish, layout: Layout) -> Wish:
    """Return the wish with the sheet and the row of heads as they were found.

    So the import reads what the person saw, whatever is guessed on another day.
    """
    sheet = layout.sheet if len(layout.sheets) > 1 else ""
    return Wish(
        sheet=sheet, header_row=layout.header_row, encoding=wish.encoding,
        delimiter=wish.delimiter,
    )  # fmt: skip


def _place(path: Path, session: Session, wish: Wish) -> Path:
    """Return where a look lies: beside the file, and gone with the files that nobody needs."""
    reading = session.info.get("reading")
    told = json.dumps([asdict(wish), getattr(reading, "locale", "")], default=list)
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    return path.with_name(f"{path.name}-{digest}.look")


def _look_of(told: dict[str, Any]) -> Look:
    layout = told.pop("layout")
    sheets = tuple(Sheet(**sheet) for sheet in layout.pop("sheets"))
    heads = tuple(Head(**head) for head in layout.pop("heads"))
    notes = tuple(layout.pop("notes"))
    rows = [ShownRow(**row) for row in told.pop("rows")]
    return Look(
        layout=Layout(**layout, sheets=sheets, heads=heads, notes=notes), first=(), rows=rows,
        **told,
    )  # fmt: skip


__all__ = ["fresh_look", "kept_look", "said"]
