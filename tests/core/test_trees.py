"""Departments and regions are trees: no ring can be made, whichever way it is written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update as sql_update

from kartoteka.api import Department, Region, Rejected, create, update
from kartoteka.testing import Firm

SENTENCE = "Nothing is part of itself or of what belongs to it. Choose another one."


def chain(firm: Firm, code: str) -> list[int]:
    """Return three records, each part of the one before."""
    entity = firm.made.registry.entity(code)
    made: list[int] = []
    with firm.session() as session:
        for name in ("a", "b", "c"):
            values: dict[str, Any] = {"name": name, "parent_id": made[-1] if made else None}
            made.append(create(session, entity, values).id)
        session.commit()
    return made


@pytest.mark.parametrize("code", ["department", "region"])
@pytest.mark.parametrize("below", [0, 1, 2])
def test_a_ring_is_refused_by_rest_and_on_screen(firm: Firm, code: str, below: int) -> None:
    numbers = chain(firm, code)
    parent = {"parent_id": numbers[below]}
    response = firm.program("director").put(f"/api/v1/{code}/{numbers[0]}", json=parent)
    assert (response.status_code, response.json["errors"]) == (422, {"parent_id": SENTENCE})
    page = firm.browser("director").post(
        f"/{code}/edit/{numbers[0]}",
        data={"name": "a", "kind": "region", "version": "1", **parent},
    )
    assert page.status_code == 400
    assert SENTENCE in page.text
    model = {"department": Department, "region": Region}[code]
    with firm.session() as session:
        assert session.get_one(model, numbers[0]).parent_id is None


def test_a_branch_may_be_moved_elsewhere(firm: Firm) -> None:
    first, second, third = chain(firm, "department")
    with firm.session() as session:
        entity = firm.made.registry.entity("department")
        update(session, entity, session.get_one(Department, third), {"parent_id": first})
        update(session, entity, session.get_one(Department, second), {"parent_id": third})
        session.commit()
        tree = dict(session.execute(select(Department.id, Department.parent_id)).all())
    assert (tree[first], tree[second], tree[third]) == (None, third, first)


def test_two_changes_of_one_flush_that_make_a_ring_are_refused(firm: Firm) -> None:
    with firm.session() as session:
        session.add_all(made := [Region(name="x", kind="region"), Region(name="y", kind="region")])
        session.commit()
        made[0].parent_id, made[1].parent_id = made[1].id, made[0].id
        with pytest.raises(Rejected, match="part of itself") as refused:
            session.flush()
        assert refused.value.field == "parent_id"


@pytest.mark.parametrize("who", [None, "director"])
def test_a_statement_that_makes_a_ring_is_undone(firm: Firm, who: str | None) -> None:
    first, second, third = chain(firm, "region")
    with firm.session(who) as session:
        with pytest.raises(Rejected, match="part of itself"):
            session.execute(
                sql_update(Region).where(Region.id.in_([first, second])).values(parent_id=third)
            )
        session.commit()
        assert session.scalar(select(Region.parent_id).where(Region.id == first)) is None
