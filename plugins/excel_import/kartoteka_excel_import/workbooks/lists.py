"""Know which ready workbooks there are: one for each segment of clients the business declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kartoteka.api import Choice, Field, PluginError, _

#: Targets of every list of clients, beside the fields that the business expects of such a client.
REACHED = ("client.phone", "client.email")
PEOPLE = (
    "contact.name", "employment.position", "contact.phone", "contact.email", "dmu_member.roles",
)  # fmt: skip
LAST = ("client.source", "client.note")
#: Asked of those who give clients to others.
OWNER = "client.owner_id"
_NATURAL_PERSON = {"kind": "person"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientList:
    """A ready workbook for clients of one segment; what the hook `templates` returns.

    Args:
        code: stable code: name of the file and of the command's argument.
        title: what the clients in it are called, in the plural or not.
        values: fields of a client and the code they all have there: `{"acme_kind": "shop"}`.
            Fields whose steps hang on them become columns, and so do these fields themselves.
        columns: further targets, such as `deal.title`; they stand behind the others.
        without: targets that are not asked for.
        has_people: whether somebody works there whom we know by name.
        about: a sentence about whom it is for.
    """

    code: str
    title: Any
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    columns: Sequence[str] = ()
    without: Sequence[str] = ()
    has_people: bool = True
    about: Any = ""


def lists_of(registry: Any) -> dict[str, ClientList]:
    """Return the ready workbooks of an application, by code.

    Args:
        registry: of the application.

    Raises:
        PluginError: a plugin gave something else, or a field that no client has.
    """
    fields = registry.fields("client")
    found = {one.code: one for one in _declared(fields)}
    for plugin, answers in registry.plugins.each("templates"):
        for one in answers:
            if not isinstance(one, ClientList):
                raise PluginError(
                    plugin, f"templates() must return ClientList, got {one!r}. Mend it."
                )
            if unknown := [name for name in one.values if name not in fields]:
                raise PluginError(
                    plugin,
                    f"the list {one.code!r} names the field {unknown[0]!r}, which no client has. "
                    "Correct its values.",
                )
            found[one.code] = one
    return found


def _declared(fields: Mapping[str, Field[Any]]) -> Iterator[ClientList]:
    """Yield the lists that the declarations of fields speak of."""
    yield ClientList(
        code="organisation", title=_("Organisations"), values={"kind": "organisation"},
        about=_("Firms, shops, institutions: whoever pays as a legal entity"),
    )  # fmt: skip
    for name, value in _segments(fields):
        kind = fields[name].kind
        assert isinstance(kind, Choice)
        yield ClientList(code=value, title=kind.options[value], values={name: value})
    yield ClientList(
        code="person", title=_("Natural persons"), values=_NATURAL_PERSON, has_people=False,
        about=_("People who buy for themselves"),
    )  # fmt: skip


def _segments(fields: Mapping[str, Field[Any]]) -> list[tuple[str, str]]:
    """Return fields and values that steps of other fields hang on, in the order of the choice."""
    asked = {
        (name, str(value))
        for item in fields.values()
        for name, values in item.step_for.items()
        for value in values
    }
    return [
        (name, code)
        for name, item in fields.items()
        if isinstance(item.kind, Choice)
        for code in item.kind.options
        if (name, code) in asked and name != "kind"
    ]


__all__ = ["LAST", "OWNER", "PEOPLE", "REACHED", "ClientList", "lists_of"]
