"""How values look in a list: days, stages, the width of columns."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from sqlalchemy import select

from kartoteka.api import create
from kartoteka.models import LostReason, StageSetting
from kartoteka.testing import Firm


def test_days_and_moments_of_a_list_are_written_in_one_style(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "Ёлка"})
        client.last_contact_at = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
        client.lost_reason_id = session.scalars(select(LostReason.id)).first()
        client.left_on = date(2025, 9, 16)
        session.commit()
    browser = firm.browser("manager1")
    browser.post("/client/columns", data={"column": ["name", "left_on", "last_contact_at"]})
    for language, shown in (
        ("ru", (">16.09.2025<", ">04.03.2026, 12:30<")),
        ("bg", (">16.09.2025<", ">04.03.2026, 12:30<")),
        ("en", (">16 Sept 2025<", ">4 Mar 2026, 12:30<")),
    ):
        page = browser.get(f"/client/list/?_l_={language}").text
        for text in shown:
            assert text in page, (language, text)


def test_a_stage_in_a_list_has_its_colour_and_the_name_staff_gave_it(firm: Firm) -> None:
    with firm.session("director") as session:
        session.add(StageSetting(pipeline="sale", stage="new", title="Fresh", color="#123456"))
        session.commit()
    with firm.session("manager1") as session:
        client = create(session, firm.made.registry.entity("client"), {"name": "Ёлка"})
        create(
            session, firm.made.registry.entity("deal"),
            {"client_id": client.id, "title": "Toys", "pipeline": "sale"},
        )  # fmt: skip
        session.commit()
    page = firm.browser("manager1").get("/deal/list/").text
    assert '<span class="badge" data-color="#123456">Fresh</span>' in page


def test_columns_share_the_row_by_the_length_of_their_texts(firm: Firm) -> None:
    with firm.session("director") as session:
        region = create(
            session, firm.made.registry.entity("region"),
            {"name": "Калининградская область с Балтийском", "kind": "region"},
        )  # fmt: skip
        session.commit()
        place = region.id
    with firm.session("manager1") as session:
        entity = firm.made.registry.entity("client")
        create(session, entity, {"name": "Ёлка", "region_id": place})
        session.commit()
    page = firm.browser("manager1").get("/client/list/").text
    found = re.findall(
        r'<th scope="col" class="share-(\d+)( word-\d+)?"[^>]*>(?:<a[^>]*>)?(\w+)', page
    )
    shares = {column: int(share) for share, _word, column in found}
    assert shares["Region"] > shares["Name"]
    # All of the row: what is left over would stand beside the boxes to tick.
    assert sum(shares.values()) == 100
    # A long word has room enough not to be broken.
    words = {column: word.strip() for _share, word, column in found}
    assert (words["Region"], words["Name"]) == ("word-15", "")
