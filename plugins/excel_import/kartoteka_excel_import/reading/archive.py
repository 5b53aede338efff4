"""Look through the parts of a packed workbook before they are read: what they really hold."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kartoteka_excel_import.reading.book import Refusal
from kartoteka_excel_import.reading.limits import MB, Limits

_BLOCK = 1 << 20
#: Below this a part is harmless whatever its ratio.
_SMALL = 8 * MB
_MOST_PARTS = 10_000
#: A definition of own entities can hold a file that grows without end when it is read.
_DEFINITIONS = (b"<!DOCTYPE", b"<!ENTITY")
_OVERLAP = 256
#: What a sheet with errors, or with merged cells of an open document, is known by.
_MARKED = (b't="e"', b'value-type="error"', b"columns-spanned=", b"rows-spanned=")
_NOT_READ = ("xl/media/", "xl/printersettings/", "xl/drawings/", "xl/charts/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The parts of a workbook that its reader opens.

    Args:
        kind: `xlsx`, `xlsb` or `ods`.
        names: of all parts.
        marked: parts with what calamine does not tell, such as errors in cells.
        content: bytes of the largest sheet and of what all sheets share, unpacked.
    """

    kind: str
    names: frozenset[str]
    marked: frozenset[str]
    content: int


def parts_of(path: Path, limits: Limits) -> Parts:
    """Unpack what a reader would read, keeping nothing, and refuse what is built to harm.

    Raises:
        Refusal: damaged, not a workbook, too large, or hostile.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_PARTS:
                raise Refusal("bomb")
            names = frozenset(entry.filename.replace("\\", "/") for entry in entries)
            kind = _kind(archive, names)
            read = [entry for entry in entries if _is_read(entry.filename.replace("\\", "/"), kind)]
            if sum(entry.file_size for entry in read) > limits.most_content:
                raise Refusal("bomb")
            sizes: dict[str, int] = {}
            wrong: set[str] = set()
            for entry in read:
                sizes[entry.filename], has_errors = _unpacked(archive, entry, limits)
                if has_errors:
                    wrong.add(entry.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Refusal("damaged") from error
    except RuntimeError as error:  # so zipfile says that a part has a password
        raise Refusal("password") from error
    shared = sum(size for name, size in sizes.items() if not _is_sheet(name))
    largest = max((size for name, size in sizes.items() if _is_sheet(name)), default=0)
    return Parts(kind=kind, names=names, marked=frozenset(wrong), content=shared + largest)


def blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part piece by piece; each begins with the end of the one before."""
    tail = b""
    with archive.open(name) as part:
        while block := part.read(_BLOCK):
            yield tail + block
            tail = (tail + block)[-_OVERLAP:]


def _kind(archive: zipfile.ZipFile, names: frozenset[str]) -> str:
    lower = {name.lower() for name in names}
    if "content.xml" in lower:
        if "meta-inf/manifest.xml" in lower:
            manifest = next(name for name in names if name.lower() == "meta-inf/manifest.xml")
            with archive.open(manifest) as part:
                if b"encryption-data" in part.read(_BLOCK):
                    raise Refusal("password")
        if "mimetype" in names and b"spreadsheet" not in archive.open("mimetype").read(200):
            raise Refusal("other_kind", kind="document")
        return "ods"
    if "xl/workbook.bin" in lower:
        return "xlsb"
    if any(name.startswith("xl/") for name in lower):
        return "xlsx"
    if any(name.startswith(("word/", "ppt/")) for name in lower):
        raise Refusal("other_kind", kind="document")
    if "index/document.iwa" in lower or any(name.endswith(".iwa") for name in lower):
        raise Refusal("other_kind", kind="numbers")
    if "[content_types].xml" in lower or "_rels/.rels" in lower:
        return "xlsx"
    raise Refusal("other_kind", kind="archive")


def _is_read(name: str, kind: str) -> bool:
    name = name.lower()
    if kind == "ods":
        return name == "content.xml"
    if name.startswith(_NOT_READ) or not name.endswith((".xml", ".rels", ".bin")):
        return False
    return name.startswith(("xl/", "_rels/")) or "/" not in name


def _is_sheet(name: str) -> bool:
    return "worksheets/" in name.lower().replace("\\", "/")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> tuple[int, bool]:
    """Return how large a part is, whatever it says of itself, and whether errors are in it."""
    if entry.file_size > _SMALL and entry.file_size > limits.most_ratio * entry.compress_size:
        raise Refusal("bomb")
    is_text = not entry.filename.lower().endswith(".bin")
    size, tail, has_errors = 0, b"", False
    with archive.open(entry) as part:
        while block := part.read(_BLOCK):
            size += len(block)
            if size > _SMALL and size > limits.most_ratio * max(entry.compress_size, 1):
                raise Refusal("bomb")
            if is_text:
                seen = tail + block
                if b"<!" in seen and any(one in seen for one in _DEFINITIONS):
                    raise Refusal("definitions")
                has_errors = has_errors or any(mark in seen for mark in _MARKED)
                tail = block[-16:]
    return size, has_errors


__all__ = ["Parts", "blocks", "parts_of"]
