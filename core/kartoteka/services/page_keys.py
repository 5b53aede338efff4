"""What does the address of a page say about the row it follows?"""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kartoteka.errors import Invalid
from kartoteka.fields.text import unkeepable
from kartoteka.fields.types import CodeSet
from kartoteka.i18n import gettext


def key_of(record: Any, column: Any) -> str:
    """Return the key of a row in an order, as addresses carry it."""
    value = None if column.key == "id" else getattr(record, column.key)
    packed = json.dumps([_plain(value), record.id], ensure_ascii=False)
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _fits(column: Any, value: Any) -> bool:
    """Say whether a value from an address can be compared with a column."""
    if isinstance(value, tuple):
        return isinstance(column.type, CodeSet)
    if type(value) is not column.type.python_type:
        return False
    if isinstance(value, str):
        return not unkeepable(value)
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < 10**18
    return not isinstance(value, int) or abs(value) < 2**31


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool):
        return value
    if hasattr(value, "isoformat"):
        return {"at": value.isoformat()}
    if isinstance(value, tuple):
        return {"codes": list(value)}  # pyright: ignore[reportUnknownArgumentType]
    return {"number": str(value)}


def read_key(text: str, column: Any, name: str) -> tuple[Any, int]:
    """Return the value and the id a key holds.

    Raises:
        Invalid: by `name`: the key is damaged, or of another order.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        value, number = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if isinstance(value, dict):
            if "at" in value:
                stamp = str(value["at"])
                value = datetime.fromisoformat(stamp) if "T" in stamp else date.fromisoformat(stamp)
            elif "codes" in value:
                value = tuple(map(str, value["codes"]))
            else:
                value = Decimal(str(value["number"]))
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**31:
            raise ValueError
        if column.key != "id" and value is not None and not _fits(column, value):
            raise ValueError
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        text = gettext("This page address is damaged. Start at the first page.")
        raise Invalid({name: text}) from error
    return value, number


__all__ = ["key_of", "read_key"]
