"""Hold rows of one class by columns while what a flush derives is derived for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any

from kartoteka.errors import Invalid, Refused
from kartoteka.fields.field import fields_of
from kartoteka.i18n import gettext
from kartoteka.models.record import Record

_EMPTY = (None, "", ())
_MAY_BE_EMPTY = (str, tuple)


def are_filled(values: Sequence[Any]) -> list[bool]:
    """Say of each value whether it is more than nothing: not None, no empty text, no empty set."""
    if any(issubclass(one, _MAY_BE_EMPTY) for one in set(map(type, values))):
        return [value not in _EMPTY for value in values]
    # Amounts take long to be compared with texts.
    return [value is not None for value in values]


class Rows:
    """Rows of one class, by columns of equal length; a column that is not there is empty.

    `set_for` says of fields that were set for some rows only for which; of those in `columns` and
    not there, all rows were set.
    """

    def __init__(self, model: type[Record], columns: Mapping[str, Sequence[Any]]) -> None:
        """Take columns.

        Raises:
            Invalid: a column is no field of the record.
            ValueError: columns of different lengths.
        """
        fields = fields_of(model)
        if unknown := [name for name in columns if name not in fields]:
            raise Invalid({name: gettext("There is no such field.") for name in unknown})
        self.model = model
        self.columns: dict[str, list[Any]] = {name: list(v) for name, v in columns.items()}
        lengths = {len(values) for values in self.columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"Columns of {model.__name__} differ in length: {sorted(lengths)}.")
        self.count = lengths.pop() if lengths else 0
        self.set_for: dict[str, list[bool]] = {}
        self._wrong: list[tuple[int, int, int, Refused]] = []

    def get(self, name: str) -> list[Any]:
        """Return the values of a field, one for each row."""
        values = self.columns.get(name)
        return [None] * self.count if values is None else values

    def set(self, name: str, values: list[Any]) -> None:
        """Set a field of all rows."""
        self.columns[name] = values
        self.set_for.pop(name, None)

    def fill(self, name: str, value: Any) -> None:
        """Set a field of all rows to one value."""
        self.set(name, [value] * self.count)

    def set_some(self, name: str, values: list[Any], which: list[bool]) -> None:
        """Set a field of some rows; the others keep what they have."""
        if all(which):
            self.set(name, values)
        elif any(which):
            old = self.get(name)
            if name not in self.columns:
                self.set_for[name] = which
            elif name in self.set_for:
                both = zip(self.set_for[name], which, strict=True)
                self.set_for[name] = [one or other for one, other in both]
            self.columns[name] = [
                new if is_set else kept
                for new, kept, is_set in zip(values, old, which, strict=True)
            ]

    def ids_of(self, name: str, which: Iterable[bool] | None = None) -> set[Any]:
        """Return the different values of a field without None."""
        values = self.get(name)
        return set(values if which is None else compress(values, which)) - {None}

    def blame(self, row: int, step: int, order: int, error: Refused) -> None:
        """Note why a row is refused: the flush would meet the first row first, in its steps."""
        self._wrong.append((row, step, order, error))

    def demand(self) -> None:
        """Refuse the first row that was blamed.

        Raises:
            Refused: what the flush would have said of it.
        """
        if self._wrong:
            raise min(self._wrong, key=lambda one: one[:3])[3]

    def first(self, name: str, is_wrong: Callable[[Any], bool]) -> int | None:
        """Return the first row whose value of a field is wrong."""
        return next((row for row, value in enumerate(self.get(name)) if is_wrong(value)), None)


__all__ = ["Rows", "are_filled"]
