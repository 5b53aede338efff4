"""What is said of rows reads as a person would write it."""

from __future__ import annotations

import pytest

from kartoteka_excel_import.checking.notes import Notes


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("It may be the client Petrov A. V..", "It may be the client Petrov A. V."),
        ("It may be the client Petrov.", "It may be the client Petrov."),
        ("It goes on...", "It goes on..."),
    ],
)
def test_a_sentence_that_ends_with_initials_has_one_full_stop(said: str, read: str) -> None:
    notes = Notes([2])
    notes.remark(0, "", said)
    assert notes.problems[0].reason == read
