"""The kind that keeps a link to another record."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ForeignKey, Integer as SqlInteger
from sqlalchemy.types import TypeEngine

from kartoteka.fields.kinds.kind import Kind, Reading
from kartoteka.fields.kinds.typed import MAX_INTEGER, number_of
from kartoteka.i18n import gettext

#: Operators that speak of the reader, by the table referred to.
_RELATIVE = {"ab_user": "mine", "department": "my_department"}


class Reference(Kind[int]):
    """A link to a record of another entity, kept as its id.

    Args:
        target: class or table name.
        on_delete: what becomes of the row when the target is deleted.
        same_client: the target belongs to the client of the row, and when it is given to another
            client, the row goes along; both have a `client_id`.
        tree: the records form a tree: none is part of itself or of its own part.
    """

    code = "reference"
    widget = "lookup"
    operators = ("eq", "ne", "empty", "filled")

    def __init__(
        self,
        target: type[Any] | str,
        on_delete: Literal["CASCADE", "SET NULL", "RESTRICT"] = "SET NULL",
        *,
        same_client: bool = False,
        tree: bool = False,
    ) -> None:
        self._target = target
        self.on_delete = on_delete
        self.same_client = same_client
        self.tree = tree
        if relative := _RELATIVE.get(self.table):
            self.operators = (*type(self).operators, relative)

    @property
    def table(self) -> str:
        """The table that is referred to."""
        return self._target if isinstance(self._target, str) else self._target.__tablename__

    def column_type(self) -> TypeEngine[Any]:
        return SqlInteger()

    def foreign_key(self) -> ForeignKey:
        if isinstance(self._target, str):
            return ForeignKey(f"{self._target}.id", ondelete=self.on_delete)
        # Users live in the metadata of Flask-AppBuilder, where a name would not be found.
        return ForeignKey(self._target.__table__.c.id, ondelete=self.on_delete)

    def read(self, raw: Any, reading: Reading) -> int:
        number = number_of(raw)
        if number != number.to_integral_value() or not 0 < number <= MAX_INTEGER:
            raise ValueError(gettext("Choose a record from the list."))
        return int(number)
