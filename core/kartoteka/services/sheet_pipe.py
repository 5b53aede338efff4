"""Have a sheet of Excel written by a process of its own, while this one reads the next rows.

The writer keeps the interpreter to itself; in this process it would also hold up all other work.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress

from kartoteka.services import sheet_file
from kartoteka.services.sheet_file import Cell, Sheet, send

Columns = Sequence[Sequence[Cell]]


def write(sheet: Sheet, chunks: Iterable[Columns]) -> None:
    """Write chunks of rows as they come; each chunk is its columns.

    Memory stays the same however many there are: this process waits where the writer is slower.

    Raises:
        OSError: the file can not be written, with the reason. What the chunks raise goes through.
    """
    places = os.pathsep.join(os.path.abspath(place) for place in sys.path)
    with tempfile.TemporaryFile() as said:
        writer = subprocess.Popen(
            [sys.executable, "-P", "-m", sheet_file.__name__],
            stdin=subprocess.PIPE, stderr=said, env={**os.environ, "PYTHONPATH": places},
        )  # fmt: skip
        try:
            assert writer.stdin is not None
            # What the writer says tells more than that it does not listen any longer.
            with suppress(BrokenPipeError), writer.stdin as pipe:
                send(pipe, sheet)  # pyright: ignore[reportArgumentType]
                for columns in chunks:
                    send(pipe, columns)  # pyright: ignore[reportArgumentType]
                send(pipe, None)  # pyright: ignore[reportArgumentType]
            code = writer.wait()
        finally:
            writer.kill()
            writer.wait()
        if code in errno.errorcode:
            raise OSError(code, os.strerror(code), sheet.path)
        if code:
            said.seek(0)
            why = said.read().decode(errors="replace").strip()[-500:]
            raise OSError(f"{sheet.path} was not written: {why or 'the writer was ended.'}")


__all__ = ["Columns", "write"]
