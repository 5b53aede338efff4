"""Keep what jobs made for download: outside what is served, one folder for each attempt."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from kartoteka.errors import KartotekaError

_UNFIT = re.compile(r"[^\w.() -]+")


def place_for(folder: Path, job_id: int, attempt: int, name: str) -> Path:
    """Return the path at which an attempt of a job may write a file.

    A worker that lost its job and does not know it yet writes into the folder of its own attempt,
    and so spoils nothing.

    Args:
        name: as a person gets it; what does not fit into names of files is replaced.
    """
    fit = _UNFIT.sub("_", Path(name).name).strip(". ")[-120:] or "result"
    place = folder / f"{job_id}-{attempt}"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place / fit


def kept_name(folder: Path, path: Path) -> str:
    """Return how the ledger remembers a file.

    Raises:
        KartotekaError: the file is not there, or lies elsewhere.
    """
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise KartotekaError(f"{path} is no file of this job. Ask JobContext.file for a path.")
    return str(path.resolve().relative_to(folder.resolve()))


def find(folder: Path, kept: str | None) -> Path | None:
    """Return the path of a remembered file; None when it is gone."""
    if not kept:
        return None
    path = (folder / kept).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def folder_of(kept: str | None, job_id: int, attempt: int) -> str:
    """Return the name of the folder a job has: that of its file, else that of its attempt."""
    return Path(kept).parts[0] if kept else f"{job_id}-{attempt}"


def folders(folder: Path) -> set[str]:
    """Return the names of the folders of attempts that are there."""
    if not folder.is_dir():
        return set()
    return {place.name for place in folder.iterdir() if re.fullmatch(r"\d+-\d+", place.name)}


def remove(folder: Path, names: Iterable[str]) -> int:
    """Remove folders of attempts with what is in them; return how many files went."""
    gone = 0
    for name in names:
        gone += sum(1 for path in (folder / name).rglob("*") if path.is_file())
        shutil.rmtree(folder / name, ignore_errors=True)
    return gone
