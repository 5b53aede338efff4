"""By what clients are compared beside name, address, phones and keys of the core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kartoteka.i18n import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Matcher:
    """A column by which clients are compared.

    Either a `field` of clients, or functions that read set-wise what the plugin keeps elsewhere.

    Args:
        code: stable; starts with the plugin's name.
        field: name of a field of clients; whoever does not see it does not compare by it.
        values: returns texts of clients by id; of all clients for None. Several values of one
            client are separated by `;`.
        holders: returns which clients have a value; demanded of a key without a `field`.
        is_key: an equal value names a client whatever else differs, and clients are found by it;
            else it only speaks for or against those found by name, phone or another key.
        is_text: words are compared one by one; otherwise a whole value is equal or not.
        speaks_for: how much an equal value that nobody else has speaks for one client; 1 is enough.
        speaks_against: how much quite different values speak against.
    """

    code: str
    title: Text
    field: str = ""
    values: Callable[[Session, Sequence[int] | None], Mapping[int, str]] | None = None
    holders: Callable[[Session, Sequence[str]], Mapping[str, Sequence[int]]] | None = None
    is_key: bool = False
    is_text: bool = False
    speaks_for: float = 1.0
    speaks_against: float = 0.1


__all__ = ["Matcher"]
