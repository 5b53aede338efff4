"""Declare a field of a record once: its column, its checks, its place on every screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field, replace
from typing import Any, Generic, Literal, TypeVar, cast

from sqlalchemy import String, inspect as sa_inspect
from sqlalchemy.orm import InstrumentedAttribute, MappedColumn, mapped_column

from kartoteka.errors import FieldConflict
from kartoteka.fields.kinds import Currency, Kind, Money
from kartoteka.i18n import Text, _

T = TypeVar("T")
INFO = "kartoteka.field"


@dataclass(frozen=True, kw_only=True, eq=False)
class Field(Generic[T]):
    """One column on a record and everything the framework must know of it.

    A plugin's field is always nullable: rows are also written by code that has never heard of
    the plugin. The core's own columns are described by the same class, made by `field()`.

    Args:
        on: the mapped class that gets the column.
        name: attribute, column, REST and export code; a plugin's starts with `<plugin>_`.
        kind: storage, reading and showing; see `kartoteka.fields.kinds`.
        title: caption on screens and header in files.
        help: a sentence under the input.
        unit: unit of measure, shown behind the value.
        group: the block of the form and card it stands in; see hook `field_groups`.
        step: the step at which the business expects it (0: never asked for; 1: the minimum).
        step_for: values of other fields with which the step holds: the floor area is expected of
            shops, `{"wholesale_type": ("shop",)}`; empty: of all records. Forms ask for the field
            only then; one that is filled stays in sight.
        required: a record without it is refused.
        readonly: shown, never typed: the framework or a plugin computes it.
        listed: stands in the list until the person chooses other columns.
        searchable: quick search looks into it; `"whole"`: it is found when all of it is typed,
            by its index, which is quick where a table has millions of rows.
        filterable: offered as a filter and as a sort order.
        index: the column gets a database index.
        sort_key: a folded twin `<name>_key` is kept and indexed, so that sorting ignores case.
        hidden_from: roles for which the field does not exist.
        synonyms: further headers an import understands, in any language.
        check: raises ValueError with a sentence when a value is not acceptable.
        default: value of a new record in forms.
        companion_of: title of the amount whose currency this is.
    """

    on: type[Any]
    name: str
    kind: Kind[T]
    title: Text
    help: Text = ""
    unit: Text = ""
    group: str = "main"
    step: int = 0
    step_for: Mapping[str, Sequence[Any]] = dataclass_field(
        default_factory=dict[str, Sequence[Any]]
    )
    required: bool = False
    readonly: bool = False
    listed: bool = False
    searchable: bool | Literal["whole"] = False
    filterable: bool = True
    index: bool = False
    sort_key: bool = False
    unique: bool = False
    hidden_from: Sequence[str] = ()
    synonyms: Sequence[str] = ()
    check: Callable[[T], None] | None = None
    default: T | Callable[[], T] | None = None
    plugin: str = "core"
    companion_of: Text = ""

    @property
    def title_alone(self) -> Text:
        """The title where the field stands without the amount it belongs to."""
        return (
            f"{self.companion_of}, {str(self.title).lower()}" if self.companion_of else self.title
        )

    def is_expected_of(self, record: Any) -> bool:
        """Say whether the business expects this field to be filled on a record.

        Args:
            record: a record, or a row with the columns named in `step_for`.
        """
        return self.step > 0 and all(
            getattr(record, name) in values for name, values in self.step_for.items()
        )

    @property
    def export_name(self) -> str:
        """The stable header in exported files; an import understands it in any language."""
        return self.name

    def column(self) -> InstrumentedAttribute[T]:
        """Return the mapped attribute, for use in queries."""
        return cast("InstrumentedAttribute[T]", getattr(self.on, self.name))

    def order_column(self) -> InstrumentedAttribute[Any]:
        """Return the attribute by which lists sort this field."""
        return getattr(self.on, f"{self.name}_key" if self.sort_key else self.name)

    def get(self, record: Any) -> T | None:
        """Return the value of a record."""
        return cast("T | None", getattr(record, self.name))

    def set(self, record: Any, value: T | None) -> None:
        """Set the value of a record."""
        setattr(record, self.name, value)

    def attach(self, plugin: str) -> list[Field[Any]]:
        """Add the column to the mapped class; return the field signed, with its companions.

        Once attached, a field stays for the life of the process, so doing it again (a second
        application in one process) changes nothing.

        Raises:
            FieldConflict: the name lacks the plugin's prefix, or another field has it.
        """
        added: list[Field[Any]] = []
        for item in _with_companions(replace(self, plugin=plugin)):
            known = _attached.get(self.on, {}).get(item.name)
            if known is not None and known.plugin == plugin and type(known.kind) is type(item.kind):
                _attached[self.on][item.name] = item
            else:
                _check_new(item)
                setattr(self.on, item.name, _column(item))
                if item.sort_key:
                    setattr(self.on, f"{item.name}_key", key_column())
                _attached.setdefault(self.on, {})[item.name] = item
            added.append(item)
        return added


_attached: dict[type[Any], dict[str, Field[Any]]] = {}


def field(kind: Kind[Any], title: Text, **options: Any) -> Any:
    """Declare a column of a record class: `name: Mapped[str] = field(Text(200), _("Name"))`.

    Options are those of `Field`; `nullable` follows `required`. A money field gets its companion
    currency column by declaring `<name>_currency = currency()` beside it.
    """
    column_options: dict[str, Any] = {
        name: options.pop(name) for name in ("server_default", "primary_key") if name in options
    }
    nullable = options.pop("nullable", not options.get("required", False))
    column = mapped_column(
        kind.column_type(),
        *_keys(kind),
        nullable=nullable,
        active_history=True,
        insert_default=options.get("default"),
        index=options.get("index", False) or None,
        unique=options.get("unique", False) or None,
        info={INFO: {"kind": kind, "title": title, **options}},
        **column_options,
    )
    return column


def currency() -> Any:
    """Declare the companion column of a money field; name it `<money field>_currency`."""
    return field(Currency(), _("Currency"), default=None)


def key_column() -> Any:
    """Declare the folded twin of a field with `sort_key`; name it `<field>_key`.

    It is compared by code points on every database and in every locale, so that lists are sorted
    alike and "begins with" is a range of the index.
    """
    by_code = String(255).with_variant(String(255, collation="C"), "postgresql")
    return mapped_column(by_code, nullable=True, index=True)


def fields_of(model: type[Any]) -> dict[str, Field[Any]]:
    """Return the fields of a mapped class by name: its own as declared, then attached ones."""
    own: dict[str, Field[Any]] = _own.get(model) or {}
    if not own:
        for attribute in sa_inspect(model).column_attrs:
            info = attribute.columns[0].info.get(INFO)
            if info is not None and "plugin" not in info:
                own[attribute.key] = Field(on=model, name=attribute.key, **info)
        _own[model] = own
    return {**own, **_attached.get(model, {})}


_own: dict[type[Any], dict[str, Field[Any]]] = {}


def attach_all(fields: Iterable[tuple[str, Field[Any]]]) -> list[Field[Any]]:
    """Attach the fields of plugins in order and return them signed."""
    return [added for plugin, item in fields for added in item.attach(plugin)]


def _keys(kind: Kind[Any]) -> tuple[Any, ...]:
    key = kind.foreign_key()
    return () if key is None else (key,)


def _with_companions(item: Field[Any]) -> Iterable[Field[Any]]:
    yield item
    if isinstance(item.kind, Money) and item.kind.has_own_currency:
        yield replace(
            item,
            name=item.kind.currency_column(item.name),
            kind=Currency(),
            title=_("Currency"),
            help="", unit="", synonyms=(), check=None, default=None, step=0,
            companion_of=item.title, listed=False, searchable=False, index=False, sort_key=False,
        )  # fmt: skip


def _check_new(item: Field[Any]) -> None:
    place = f"{item.on.__name__}.{item.name}"
    if not item.name.startswith(f"{item.plugin}_"):
        raise FieldConflict(
            item.plugin, f"field {item.name!r} must start with '{item.plugin}_'. Rename it."
        )
    if hasattr(item.on, item.name):
        raise FieldConflict(item.plugin, f"field {place} already exists. Choose another name.")
    if item.required:
        raise FieldConflict(
            item.plugin,
            f"field {place} is required, but rows are also written without the plugin. "
            "Give it a step instead.",
        )


def _column(item: Field[Any]) -> MappedColumn[Any]:
    return mapped_column(
        item.kind.column_type(),
        *_keys(item.kind),
        nullable=True,
        active_history=True,
        index=item.index or None,
        unique=item.unique or None,
        info={INFO: {"plugin": item.plugin}},
    )


__all__ = ["Field", "attach_all", "currency", "field", "fields_of", "key_column"]
