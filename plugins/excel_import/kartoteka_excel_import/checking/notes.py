"""Gather what is wrong with the rows of a chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kartoteka_excel_import.checking.batch import Problem


def ended_once(sentence: str) -> str:
    """Return a sentence with one full stop, also behind a name such as «Petrov A. V.»."""
    is_doubled = sentence.endswith("..") and not sentence.endswith("...")
    return sentence[:-1] if is_doubled else sentence


class Notes:
    """Problems of one chunk, and which of its rows are not written because of them."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self.problems: list[Problem] = []
        self.rejected: set[int] = set()

    def reject(self, place: int, column: str, reason: str) -> None:
        """Say why a row is not written."""
        self.rejected.add(place)
        self._note(place, column, reason, is_rejection=True)

    def reject_all(self, column: str, errors: Mapping[int, str]) -> None:
        """Say why rows are not written, by their places."""
        for place, reason in errors.items():
            self.reject(place, column, reason)

    def remark(self, place: int, column: str, reason: str) -> None:
        """Say something about a row that is written all the same."""
        self._note(place, column, reason, is_rejection=False)

    def _note(self, place: int, column: str, reason: str, *, is_rejection: bool) -> None:
        self.problems.append(
            Problem(row=self.numbers[place], column=column, reason=ended_once(reason),
                    is_rejection=is_rejection)
        )  # fmt: skip

    def in_order(self) -> list[Problem]:
        """Return the problems from the first row to the last."""
        return sorted(self.problems, key=lambda problem: problem.row)


__all__ = ["Notes", "ended_once"]
