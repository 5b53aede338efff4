"""Import a file of records: strictly, set-wise, with every row accounted for.

Rows go through in chunks: read, look up, check, write, one flush for the records of a chunk and
one for what hangs on them. The flush keeps all rules; when it refuses a chunk, or a plugin fails in
it, halves of the chunk are tried until the rows concerned are alone. The caller commits, so a file
is written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid, NotAllowed, Rejected, Unreadable
from kartoteka.fields.kinds import Reference
from kartoteka.fields.text import fold
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import import_children, import_links, import_regions
from kartoteka.services.import_alike import Alike
from kartoteka.services.import_file import Row, Table
from kartoteka.services.import_halves import Halves
from kartoteka.services.import_mapping import (
    Mapped,
    Target,
    by_header,
    by_order,
    constants,
    target_for,
    targets_of,
)
from kartoteka.services.import_rows import Draft, Problem, Report, draft_of
from kartoteka.services.numbering import number_all
from kartoteka.services.records import (
    build,
    editable_fields,
    left_empty,
    may,
    registry_of,
)
from kartoteka.services.region_names import RegionNames

CHUNK = 500
Progress = Callable[[int], None]
Pairs = Sequence[tuple[str, str]]


def import_table(
    session: Session,
    table: Table,
    entity: Entity,
    *,
    columns: Pairs = (),
    values: Pairs = (),
    key: Sequence[str] = (),
    progress: Progress | None = None,
) -> Report:
    """Write the rows of a file as records.

    Args:
        session: its actor signs the records and sees those that are updated.
        table: the file.
        entity: kind of record.
        columns: column and what it fills; without any, columns are matched by their header.
        values: what to fill for every row, and with what.
        key: fields that tell which record a row is; without them every row is a new record.
        progress: told how many rows are finished.

    Returns:
        the account: each row created, updated, unchanged or rejected with its reasons.

    Raises:
        Unreadable: the file or the mapping can not be used as it is.
        NotAllowed: the actor may not add or change such records.
    """
    for act in ("add", "edit") if key else ("add",):
        if not may(session, entity, act) or not entity.addable:
            raise NotAllowed(
                gettext("You have no right to import: %(title)s.", title=str(entity.plural))
            )
    targets = targets_for(session, entity)
    if columns:
        mapped, ignored = by_order(table.header, columns, targets)
    else:
        mapped, ignored = by_header(table.header, targets)
    if not mapped:
        raise Unreadable(
            gettext(
                "No column of %(path)s is known: %(header)s. "
                "Does the file have a header? Name the columns with --map.",
                path=table.path, header=", ".join(table.header)[:200],
            )
        )  # fmt: skip
    fixed = constants(values, targets)
    mapped = [item for item in mapped if item.target.code not in {f.target.code for f in fixed}]
    keys = [_key_target(word, targets, [*mapped, *fixed]) for word in key]
    if not keys:
        _demand_required(session, entity, [*mapped, *fixed])
    report = Report(
        entity=entity.code, batch=actor_of(session).batch, ignored=ignored,
        mapping={item.column: item.target.code for item in mapped},
    )  # fmt: skip
    work = _Import(session, entity, table, [*mapped, *fixed], keys, report)
    for chunk in _chunks(table.rows()):
        work.write(chunk)
        if progress is not None:
            progress(report.rows_total)
    work.finish()
    report.problems.sort(key=lambda problem: problem.row)
    return report


def targets_for(session: Session, entity: Entity) -> dict[str, Target]:
    """Return everything a file may fill of an entity, for the person who imports it."""
    return targets_of(
        editable_fields(session, entity),
        entity.code in import_children.HOLDERS,
        import_children.LINKS.get(entity.code, {}),
    )


class _Import:
    """One file on its way into the base."""

    def __init__(
        self, session: Session, entity: Entity, table: Table, mapped: Sequence[Mapped],
        keys: Sequence[Target], report: Report,
    ) -> None:  # fmt: skip
        self.session = session
        self.entity = entity
        self.width = len(table.header)
        self.mapped = mapped
        self.keys = [target.code for target in keys]
        self.report = report
        self.fields = registry_of(session).fields(entity)
        self.regions = RegionNames.of(session) if self._needs_regions() else RegionNames()
        self.seen: dict[tuple[Any, ...], int] = {}
        self.taken: dict[tuple[str, Any], int] = {}
        self.alike = Alike(session, entity)
        self.halves = Halves(session, entity.model.__table__)
        #: Regions that are part of a region which may stand further down in the file.
        self.later: list[Draft] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Bring a chunk of rows into the base and account for each."""
        self._write(
            [draft_of(self.session, self.entity, row, self.width, self.mapped) for row in rows],
            may_wait=self.entity.code == "region",
        )

    def finish(self) -> None:
        """Write the rows that waited for others, as long as that brings any of them in."""
        while self.later:
            waiting, self.later = self.later, []
            count = len(waiting)
            for start in range(0, count, CHUNK):
                self._write(waiting[start : start + CHUNK], may_wait=True)
            if len(self.later) == count:
                waiting, self.later = self.later, []
                self._write(waiting, may_wait=False)

    def _write(self, drafts: Sequence[Draft], *, may_wait: bool) -> None:
        drafts = self._linked(drafts, may_wait=may_wait)
        found = import_children.find_links(self.session, drafts)
        if self.entity.code == "region":
            import_regions.place(self.session, drafts, self.regions, self.report, self.halves)
        self._find_records(drafts)
        self._prepare(drafts)
        self._check_unique(drafts)
        if not self.keys:
            self.report.alike += self.alike.count(drafts)
        self.halves.write(
            [draft for draft in drafts if not draft.problems],
            lambda some, again: self._put(some, found, again=again),
            Draft.refuse,
        )
        if self.entity.code == "region":
            import_regions.learn([d for d in drafts if not d.problems], self.regions)
        self.report.settle(drafts)

    def _needs_regions(self) -> bool:
        return self.entity.code == "region" or any(
            item.target.field is not None and _table_of(item.target) == "region"
            for item in self.mapped
        )

    def _linked(self, drafts: Sequence[Draft], *, may_wait: bool) -> list[Draft]:
        """Replace texts of references by ids: one look-up for each field, not for each row."""
        waiting: set[int] = set()
        for item in self.mapped:
            name, table = item.target.code, _table_of(item.target)
            texts = {draft.labels[name] for draft in drafts if name in draft.labels}
            if not table or not texts:
                continue
            found = import_links.find(self.session, table, texts, self.regions)
            for draft in drafts:
                text = draft.labels.get(name)
                if text in found.ids:
                    draft.values[name] = found.ids[text]
                elif text is not None and may_wait and name == "parent_id":
                    waiting.add(draft.row)
                elif text is not None:
                    draft.blame(name, found.problems[text])
        self.later.extend(d for d in drafts if d.row in waiting and not d.problems)
        return [d for d in drafts if d.row not in waiting or d.problems]

    def _find_records(self, drafts: Sequence[Draft]) -> None:
        """Find by its key the record each row is; a key that is not one record rejects the row."""
        if not self.keys:
            return
        for draft in drafts:
            self._check_key(draft)
        good = [draft for draft in drafts if not draft.problems]
        by_key: dict[tuple[Any, ...], list[Any]] = {}
        if good:
            first = self.fields[self.keys[0]]
            wanted = {self._key_value(self.keys[0], draft.values[self.keys[0]]) for draft in good}
            model = self.entity.model
            for record in self.session.scalars(
                select(model).where(first.order_column().in_(sorted(wanted)))
            ):
                values = {name: getattr(record, name) for name in self.keys}
                by_key.setdefault(self._key_of(values), []).append(record)
        for draft in good:
            records = by_key.get(self._key_of(draft.values), [])
            if len(records) > 1:
                draft.blame(
                    self.keys[0],
                    gettext("%(count)s records have this value.", count=len(records)),
                )
            elif records:
                draft.record, draft.is_new = records[0], False

    def _check_key(self, draft: Draft) -> None:
        missing = [name for name in self.keys if draft.values.get(name) is None]
        if draft.problems:
            return
        for name in missing:
            draft.blame(name, gettext("This is the key: fill it in."))
        if not missing:
            other = self.seen.setdefault(self._key_of(draft.values), draft.row)
            if other != draft.row:
                draft.blame(
                    self.keys[0], gettext("Row %(row)s has the same value already.", row=other)
                )

    def _key_of(self, values: Any) -> tuple[Any, ...]:
        return tuple(self._key_value(name, values.get(name)) for name in self.keys)

    def _key_value(self, name: str, value: Any) -> Any:
        is_folded = self.fields[name].sort_key and isinstance(value, str)
        return fold(value)[:255] if is_folded else value

    def _prepare(self, drafts: Sequence[Draft]) -> None:
        """Make the new records, so that a missing value is found before anything is written."""
        for draft in drafts:
            if not draft.is_new:
                continue
            if draft.problems:
                self._name_empty(draft)
                continue
            try:
                draft.record = build(self.session, self.entity, draft.values)
            except (Invalid, Rejected) as error:
                draft.refuse(error)

    def _name_empty(self, draft: Draft) -> None:
        """Name what is missing in a row that is rejected anyway: it is corrected in one go."""
        blamed = {problem.column for problem in draft.problems}
        if "" in blamed:
            return  # the cells do not fit the header: nobody knows what they are
        given = {**draft.labels, **draft.values}
        for name, reason in left_empty(self.session, self.entity, given).items():
            if draft.columns.get(name, name) not in blamed:
                draft.blame(name, reason)

    def _check_unique(self, drafts: Sequence[Draft]) -> None:
        """Reject rows whose value another record or row has, where there may be only one."""
        model = self.entity.model
        for name, item in self.fields.items():
            good = [d for d in drafts if not d.problems and d.values.get(name) is not None]
            if not item.unique or not good:
                continue
            column = getattr(model, name)
            rows = self.session.execute(
                select(column, model.id).where(column.in_([d.values[name] for d in good]))
            )
            holders: dict[Any, int] = dict(rows.all())
            for draft in good:
                value = draft.values[name]
                mine = None if draft.is_new else draft.record.id
                other = self.taken.setdefault((name, value), draft.row)
                if other != draft.row:
                    draft.blame(name, gettext("Row %(row)s has the same value already.", row=other))
                elif value in holders and holders[value] != mine:
                    draft.blame(name, gettext("Another record has this value already."))

    def _put(self, drafts: Sequence[Draft], found: dict[str, int], *, again: bool) -> None:
        if again:
            self._renew(drafts)
        new = [draft.record for draft in drafts if draft.is_new]
        number_all(self.session, new)
        self.session.add_all(new)
        changed: set[int] = set()
        for draft in drafts:
            if draft.is_new:
                continue
            for name, value in draft.values.items():
                if getattr(draft.record, name) != value:
                    setattr(draft.record, name, value)
                    changed.add(draft.row)
        self.session.flush()
        changed |= import_children.add(self.session, self.entity.code, drafts, found)
        self.session.flush()
        for draft in drafts:
            if not draft.is_new:
                draft.outcome = "updated" if draft.row in changed else "unchanged"

    def _renew(self, drafts: Sequence[Draft]) -> None:
        """Make records anew that went with a savepoint, and read again those that were changed."""
        model = self.entity.model
        old = [draft.record.id for draft in drafts if not draft.is_new]
        if old:
            self.session.scalars(
                select(model).where(model.id.in_(old)).execution_options(populate_existing=True)
            ).all()
        for draft in drafts:
            if draft.is_new:
                draft.record = build(self.session, self.entity, draft.values)


def _table_of(target: Target) -> str:
    kind = target.field.kind if target.field is not None else None
    return kind.table if isinstance(kind, Reference) else ""


def _key_target(word: str, targets: dict[str, Target], mapped: Sequence[Mapped]) -> Target:
    target = target_for(word, targets)
    if target.field is None or target not in [item.target for item in mapped]:
        raise Unreadable(
            gettext(
                "The key %(word)r must be a field that a column fills. Filled are: %(known)s.",
                word=word, known=", ".join(i.target.code for i in mapped if i.target.field),
            )
        )  # fmt: skip
    return target


def _demand_required(session: Session, entity: Entity, mapped: Sequence[Mapped]) -> None:
    """Stop before the first row when no column fills what every record must have."""
    filled = {item.target.code for item in mapped}
    for name, item in editable_fields(session, entity).items():
        if item.required and item.default is None and name not in filled:
            raise Unreadable(
                gettext(
                    "No column fills %(name)r, which every record must have. "
                    "Say which one with --map COLUMN=%(name)s.",
                    name=name,
                )
            )


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


__all__ = ["Problem", "Report", "import_table", "targets_for"]
