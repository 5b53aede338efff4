"""How wide are the columns of a list? By the texts they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reference, Text_
from kartoteka.screens.cells import Cell

#: Shares of the row are whole numbers of these percents: one style for each.
_STEP = 5
#: A word up to the first fits every column of texts; a longer one than the second is no word.
_USUAL_WORD, _LONGEST_WORD = 13, 20
#: The names that lead the rows are set in bold.
_BOLD = 1.15


@dataclass(frozen=True, kw_only=True, slots=True)
class Width:
    """How much room a column takes.

    Args:
        share: of what columns of values leave of the row, in percent; 0: as wide as its values.
        word: letters of its longest word, 14 to 20; 0: no word needs more room than usual.
    """

    share: int = 0
    word: int = 0


#: As wide as the values are.
BY_VALUES = Width()


def widths(
    label: str, fields: Mapping[str, Field[Any]], cells: Sequence[Mapping[str, Cell]]
) -> dict[str, Width]:
    """Return the widths of columns; those of texts share the row, all of it, by their lengths.

    Args:
        label: the field that leads the rows.
        fields: the columns.
        cells: the rows of the page.
    """
    texts = {
        name: [row[name].text for row in cells]
        for name, item in fields.items()
        if cells and isinstance(item.kind, Text_ | Reference)
    }
    wanted = {name: _usual(found, name == label) for name, found in texts.items()}
    shares = _percents(wanted)
    return {
        name: Width(share=shares[name], word=_word(texts[name], name == label))
        if name in texts
        else BY_VALUES
        for name in fields
    }


def _usual(texts: Sequence[str], is_bold: bool) -> float:
    """Return the length that four texts of five keep to."""
    lengths = sorted(map(len, texts))
    usual = lengths[(len(lengths) - 1) * 4 // 5]
    return max(6, min(40, (usual + 3) * (_BOLD if is_bold else 1)))


def _percents(wanted: Mapping[str, float]) -> dict[str, int]:
    """Divide a hundred in steps; each takes one at least."""
    total, so_far, given = sum(wanted.values()), 0.0, 0
    found: dict[str, int] = {}
    for name, length in wanted.items():
        so_far += length
        steps = max(1, round(so_far / total * 100 / _STEP) - given)
        given += steps
        found[name] = min(100, steps * _STEP)
    return found


def _word(texts: Sequence[str], is_bold: bool) -> int:
    longest = max((len(word) for text in texts for word in re.split(r"[\s-]", text)), default=0)
    letters = min(_LONGEST_WORD, ceil(longest * (_BOLD if is_bold else 1)))
    return letters if letters > _USUAL_WORD else 0


__all__ = ["BY_VALUES", "Width", "widths"]
