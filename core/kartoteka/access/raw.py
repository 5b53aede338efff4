"""Refuse statements that name tables or SQL text: nothing limits them to the rows a person sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakSet

from sqlalchemy import Join, Select, Table, TextClause
from sqlalchemy.orm import FromStatement, ORMExecuteState
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import SelectBase, TableClause, UpdateBase
from sqlalchemy.sql.selectable import AliasedReturnsRows

from kartoteka.errors import NotAllowed

_ENTITY = "parententity"
#: Marks the search index: it yields ids alone, and `db.search` looks only for rows by them.
SEARCH_INDEX = "kartoteka_search_index"
#: They tell of records of everybody.
_CLOSED = frozenset({"change", "removal", "stored_file"})


def touches_records(state: ORMExecuteState) -> bool:
    """Leave Flask-AppBuilder's own tables (accounts, roles) alone."""
    from kartoteka.models.record import Base

    mappers = state.all_mappers
    if state.is_orm_statement and mappers:
        return any(issubclass(mapper.class_, Base) for mapper in mappers)
    return _first_bare(state.statement, False) is not None


#: Statements that were let pass: one that is made once and asked often is looked through once.
#: By identity: what is derived from such a statement is another one, and is looked through itself.
_passed: WeakSet[Any] = WeakSet()


def refuse_unsafe(statement: Any, is_orm: bool) -> None:
    """Let a statement pass that names mapped classes only, and neither history nor files.

    Raises:
        NotAllowed: see `refuse_bare_tables` and `refuse_history`.
    """
    if statement in _passed:
        return
    refuse_bare_tables(statement, is_orm)
    refuse_history(statement)
    _passed.add(statement)


def refuse_bare_tables(statement: Any, is_orm: bool) -> None:
    """Let a statement pass when every table of records in it stands there as a mapped class.

    Raises:
        NotAllowed: a table without its class, or text, which may name any table.
    """
    bare = _first_bare(statement, is_orm)
    if bare is not None:
        raise NotAllowed(
            f"A statement on {bare!r} without mapped classes can not be limited to the rows a "
            "person may see. Write it with classes, or inside unscoped(session, why)."
        )


def refuse_history(statement: Any) -> None:
    """Keep the history closed: its rows tell of all records, `history.log.changes_of` of one.

    The same goes for the contents of files, which belong to no client by themselves.

    Raises:
        NotAllowed: the statement reads or writes the history or files.
    """
    for node in visitors.iterate(statement):
        if isinstance(node, TableClause) and node.name in _CLOSED:
            raise NotAllowed(
                "Read the history of a record with changes_of(), a file through its version, "
                "or inside unscoped()."
            )


def _first_bare(statement: Any, is_orm: bool) -> str | None:
    closed = _closed()
    for node in visitors.iterate(statement):
        if isinstance(node, TextClause | FromStatement):
            return "text"
        if (
            isinstance(node, TableClause)
            and not isinstance(node, Table)
            and node.name in closed
            and SEARCH_INDEX not in _marks(node)
        ):
            return node.name
        if isinstance(node, Select | UpdateBase) or not is_orm:
            for source in _sources(node, is_orm):
                if source.name in closed:
                    return source.name
    return None


def _closed() -> set[str]:
    from kartoteka.models.record import Base

    names = set(Base.metadata.tables)
    return names | {f"{name}_search" for name in names}


def _sources(node: Any, is_orm: bool) -> Iterator[Table]:
    """Yield the tables one SELECT, UPDATE or DELETE reads that no mapped class in it stands for."""
    if not is_orm:
        if isinstance(node, Table):
            yield node
        elif isinstance(getattr(node, "table", None), Table):
            yield node.table
        return
    parts = list(_own_parts(node))
    entities = {hash(_marks(part)[_ENTITY].selectable) for part in parts if _ENTITY in _marks(part)}
    for part in parts:
        source = (
            getattr(part, "table", None)
            if not isinstance(part, Table | AliasedReturnsRows)
            else part
        )
        if source is None or hash(source) in entities:
            continue
        while isinstance(source, AliasedReturnsRows):
            source = source.element
        if isinstance(source, Table) and _ENTITY not in _marks(part):
            yield source


def _own_parts(node: Any) -> Iterator[Any]:
    """Yield all elements of a statement without those of the statements nested in it."""
    waiting = list(node.get_children())
    waiting.extend(target for target, *_ in getattr(node, "_setup_joins", ()))
    if isinstance(node, UpdateBase):
        waiting.append(node.table)
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, SelectBase):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, Join):
            waiting.extend((part.left, part.right))
        if not isinstance(part, Table | AliasedReturnsRows):
            waiting.extend(part.get_children())


def _marks(element: Any) -> Mapping[str, Any]:
    """Return what SQLAlchemy noted on an element: of which class it speaks."""
    return element._annotations
