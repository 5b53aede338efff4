"""Check the rows of a file chunk by chunk: what each brings, what it changes, what is wrong.

Nothing is written. Each chunk costs a few statements, however many rows it has.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from kartoteka.api import collector_waits, may, registry_of, use_registry
from kartoteka_excel_import.checking.batch import Batch, Part, Verdict
from kartoteka_excel_import.checking.clients import Clients
from kartoteka_excel_import.checking.deciding import Decision
from kartoteka_excel_import.checking.drafts import Draft, Drafts
from kartoteka_excel_import.checking.hanging import HANGING, Hanging
from kartoteka_excel_import.checking.keeping import Keeping
from kartoteka_excel_import.checking.notes import Notes
from kartoteka_excel_import.checking.people import People
from kartoteka_excel_import.checking.rows import Rows
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.reading.shapes import Chunk, Layout


class Checker:
    """Checks one file by its plan; chunks come in their order, each once.

    Args:
        session: its person sees, adds and changes only what they may.
        layout: of the file.
        plan: which column fills what, and how rows meet the base.
        made_by: batch code of an import that is resumed; what it made counts as rows of the file.
        decisions: by number of the row, what a person decided about rows that were held back.

    Raises:
        Unreadable: the plan does not fit the file.
    """

    def __init__(
        self, session: Session, layout: Layout, plan: Plan, made_by: str = "",
        decisions: Mapping[int, Decision] | None = None,
    ) -> None:  # fmt: skip
        registry = registry_of(session)
        use_registry(registry)
        self._session = session
        self._plan = plan
        self._drafts = Drafts(session, layout, plan)
        self._decisions = decisions or {}
        self._clients = Clients(session, made_by, trusts_names=plan.equal_names == "match")
        self._people = People(session)
        entities = {part: registry.entity(part) for part in self._drafts.parts}
        self._titles = {part: str(entity.title) for part, entity in entities.items()}
        self._may_add = {part: may(session, entity, "add") for part, entity in entities.items()}
        self._keeping = {
            part: Keeping(
                registry.fields(part),
                entity.label,
                may_change=plan.mode != "create" and may(session, entity, "edit"),
                empties=plan.empties_overwrite,
            )
            for part, entity in entities.items()
        }
        self._hanging = {
            part: Hanging(session, part) for part in HANGING if part in self._drafts.parts
        }

    def check(self, chunk: Chunk) -> Batch:
        """Return the rows of a chunk with what becomes of each."""
        use_registry(registry_of(self._session))
        with collector_waits():
            return self._checked(chunk)

    def _checked(self, chunk: Chunk) -> Batch:
        notes = Notes(chunk.numbers, leaves_cells=self._plan.bad_cells == "leave")
        drafts = self._drafts.read(chunk, notes)
        for part, draft in drafts.items():
            self._keeping[part].begin(draft, notes)
        work = Rows(self._session, self._plan, drafts, notes, self._clients, self._people,
                    self._hanging, self._keeping, self._may_add, self._titles,
                    self._drafts.first_title, self._decisions)  # fmt: skip
        verdicts: list[Verdict] = [work.verdict(place) for place in range(len(chunk.numbers))]
        found = {part: self._keeping[part].part for part in drafts}
        self._give_owner(found)
        return Batch(
            numbers=chunk.numbers, parts=found, verdicts=verdicts, problems=notes.in_order(),
            cells=chunk.columns, named=work.named, held=work.held, labels=self._drafts.labels,
            left_out=frozenset(one for one in notes.left_out() if verdicts[one] != "possible"),
            spoilt=_could_come(notes, drafts), added=work.added,
        )  # fmt: skip

    def _give_owner(self, found: Mapping[str, Part]) -> None:
        """Name the responsible manager of new clients and people whose row names none."""
        owner = self._plan.owner_id
        if owner is None:
            return
        for part in (found[code] for code in ("client", "contact") if code in found):
            named = part.columns.get("owner_id") or [None] * len(part.present)
            part.columns["owner_id"] = [
                value if value is not None or record is not None or same is not None else owner
                for value, record, same in zip(named, part.record_ids, part.same_as, strict=True)
            ]


def _could_come(notes: Notes, drafts: Mapping[str, Draft]) -> frozenset[int]:
    """Return the places of rejected rows that have what they need without their bad cells."""
    return frozenset(
        place
        for place in notes.only_spoilt()
        if any(draft.present[place] for draft in drafts.values())
        and not any(place in draft.lacking for draft in drafts.values())
    )


__all__ = ["Checker"]
