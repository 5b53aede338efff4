"""What the reader of a workbook says waits in a file, so that the reader need not wait."""

from __future__ import annotations

import time
from pathlib import Path
from queue import SimpleQueue

import pytest

from kartoteka_excel_import.reading.spool import Spool
from kartoteka_excel_import.reading.table import open_table
from tests.plugins.excel_import.making import text_file
from tests.plugins.excel_import.test_process import is_running

ROWS = 90_000


@pytest.mark.parametrize("in_memory", [0, 100, 1 << 20])
def test_pieces_come_in_their_order_wherever_they_waited(in_memory: int) -> None:
    said: SimpleQueue[bytes | None] = SimpleQueue()
    pieces = [bytes([number]) * (number + 1) for number in range(200)]

    def receive() -> bytes:
        piece = said.get(timeout=10)
        if piece is None:
            raise EOFError
        return piece

    spool = Spool(receive, lambda piece: False, in_memory)
    taken: list[bytes] = []
    for begin in range(0, 200, 50):
        for piece in pieces[begin : begin + 50]:
            said.put(piece)
        taken += [spool.take() for _ in range(30 if begin < 150 else 110)]
    assert taken == pieces
    said.put(None)
    with pytest.raises(EOFError):
        spool.take()
    spool.close()


def test_nothing_is_received_behind_the_last_piece() -> None:
    pieces = iter([b"one", b"last", b"never"])
    spool = Spool(lambda: next(pieces), lambda piece: piece == b"last")
    assert [spool.take(), spool.take()] == [b"one", b"last"]
    spool.close()
    assert next(pieces) == b"never"


def test_the_reader_ends_before_its_rows_are_worked_on(tmp_path: Path) -> None:
    lines = (f"Фирма {row};+7 495 {row:07d};{row}" for row in range(1, ROWS + 1))
    path = text_file(tmp_path / "long.csv", "\n".join(["Фирма;Телефон;Номер", *lines]))
    with open_table(path) as table:
        rows = table.chunks()
        numbers = [*next(rows).numbers, *next(rows).numbers]
        until = time.monotonic() + 60
        while is_running(table.pid) and time.monotonic() < until:
            time.sleep(0.05)
        assert not is_running(table.pid), "it still waits for somebody to take its rows"
        assert len(numbers) < ROWS
        for chunk in rows:
            numbers += chunk.numbers
            assert [str(cell) for cell in chunk.columns[2]] == [
                str(number - 1) for number in chunk.numbers
            ]
        assert numbers == list(range(2, ROWS + 2))
        assert table.counts.rows == ROWS
