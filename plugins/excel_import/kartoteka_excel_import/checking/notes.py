"""Gather what is wrong with the rows of a chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kartoteka_excel_import.checking.batch import Problem


def ended_once(sentence: str) -> str:
    """Return a sentence with one full stop, also behind a name such as «Petrov A. V.»."""
    is_doubled = sentence.endswith("..") and not sentence.endswith("...")
    return sentence[:-1] if is_doubled else sentence


class Notes:
    """Problems of one chunk, and which of its rows are not written because of them.

    Args:
        numbers: of the rows.
        leaves_cells: a cell that does not pass is left out; else it rejects its row.
    """

    def __init__(self, numbers: Sequence[int], *, leaves_cells: bool = False) -> None:
        self.numbers = numbers
        self.problems: list[Problem] = []
        self.rejected: set[int] = set()
        #: Places of rows with cells that are left out, or could be.
        self.spoilt: set[int] = set()
        self._leaves_cells = leaves_cells
        self._beyond_cells: set[int] = set()

    def reject(self, place: int, column: str, reason: str) -> None:
        """Say why a row is not written."""
        self.rejected.add(place)
        self._beyond_cells.add(place)
        self._note(place, column, reason, is_rejection=True)

    def refuse_cells(self, column: str, errors: Mapping[int, str], *, is_needed: bool) -> None:
        """Say which cells do not pass, by their places.

        Args:
            is_needed: their field must be filled, so that the row can not do without.
        """
        for place, reason in errors.items():
            if is_needed:
                self.reject(place, column, reason)
                continue
            self.spoilt.add(place)
            if not self._leaves_cells:
                self.rejected.add(place)
            is_left_out = self._leaves_cells
            self._note(place, column, reason, is_rejection=not is_left_out, is_left_out=is_left_out)

    def remark(self, place: int, column: str, reason: str) -> None:
        """Say something about a row that is written all the same."""
        self._note(place, column, reason, is_rejection=False)

    def _note(
        self, place: int, column: str, reason: str, *, is_rejection: bool,
        is_left_out: bool = False,
    ) -> None:  # fmt: skip
        self.problems.append(
            Problem(row=self.numbers[place], column=column, reason=ended_once(reason),
                    is_rejection=is_rejection, is_left_out=is_left_out)
        )  # fmt: skip

    def left_out(self) -> frozenset[int]:
        """Return the places of rows that are taken without a cell."""
        return frozenset(self.spoilt - self.rejected if self._leaves_cells else ())

    def only_spoilt(self) -> frozenset[int]:
        """Return the places of rows that are rejected for nothing but cells."""
        return frozenset((self.spoilt & self.rejected) - self._beyond_cells)

    def in_order(self) -> list[Problem]:
        """Return the problems from the first row to the last."""
        return sorted(self.problems, key=lambda problem: problem.row)


__all__ = ["Notes", "ended_once"]
