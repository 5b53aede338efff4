"""A new person is written down with job, phone and address in one save, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from kartoteka.api import Client, Contact, ContactPoint, Employment
from kartoteka.testing import Firm


def new_client(firm: Firm, who: str = "manager1") -> int:
    with firm.session(who) as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.commit()
        return client.id


def sent(client: int | str, **more: Any) -> dict[str, Any]:
    return {
        "name": "Анна Петрова", "note": "Звонить утром", "client_id": str(client),
        "position": "Закупщик", "unit": "Снабжение", "is_main": "1",
        "point_kind": ["mobile", "phone", "email"],
        "point": ["8 912 111-22-33", "", "anna@example.org"], **more,
    }  # fmt: skip


def counted(firm: Firm) -> tuple[int, ...]:
    with firm.session() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Contact, Employment, ContactPoint)
        )


def test_one_save_keeps_person_job_phone_and_address(firm: Firm) -> None:
    client = new_client(firm)

    answer = firm.browser("manager1").post("/contact/add", data=sent(client))

    with firm.session("manager1") as session:
        person = session.scalars(select(Contact)).one()
        assert answer.location == f"/contact/show/{person.id}"
        assert (person.name, person.note) == ("Анна Петрова", "Звонить утром")
        job = session.scalars(select(Employment)).one()
        assert (job.client_id, job.contact_id, job.position, job.unit, job.is_main) == (
            client, person.id, "Закупщик", "Снабжение", True,
        )  # fmt: skip
        points = session.scalars(select(ContactPoint).order_by(ContactPoint.id)).all()
        assert [(point.kind, point.normalised, point.is_main) for point in points] == [
            ("mobile", "+79121112233", True),
            ("email", "anna@example.org", True),
        ]


def test_a_person_without_a_client_is_kept_too(firm: Firm) -> None:
    firm.browser("manager1").post(
        "/contact/add", data=sent("", position="", unit="", is_main="", note="")
    )
    assert counted(firm) == (1, 0, 2)


def test_all_that_is_wrong_is_named_and_nothing_is_kept(firm: Firm) -> None:
    client = new_client(firm, "manager3")

    answer = firm.browser("manager1").post(
        "/contact/add", data=sent(client, name=" ", point=["12", "", "no address"])
    )

    assert answer.status_code == 400
    for name in ("name", "client_id", "point_0", "point_2"):
        assert f'<a href="#in-{name}" data-to-input>' in answer.text
        assert f'id="in-{name}"' in answer.text
    assert 'value="no address"' in answer.text
    assert 'value="Закупщик"' in answer.text
    assert counted(firm) == (0, 0, 0)


def test_a_position_wants_a_client(firm: Firm) -> None:
    answer = firm.browser("manager1").post("/contact/add", data=sent(""))
    assert answer.status_code == 400
    assert "Name the client the person works for." in answer.text
    assert counted(firm) == (0, 0, 0)


def test_the_form_knows_the_client_it_was_opened_for(firm: Firm) -> None:
    client = new_client(firm)
    page = firm.browser("manager1").get(f"/contact/add?client_id={client}").text
    assert f'name="client_id" value="{client}"' in page
    assert 'value="Ромашка"' in page


def test_a_known_person_is_edited_without_the_job(firm: Firm) -> None:
    browser = firm.browser("manager1")
    browser.post("/contact/add", data=sent(new_client(firm)))
    page = browser.get("/contact/edit/1").text
    assert 'name="point"' not in page
    assert 'name="position"' not in page


@pytest.mark.parametrize(
    ("entity", "values"),
    [
        ("contact_point", {"contact_id": "1", "kind": "phone", "value": "+7 495 111-22-33"}),
        ("employment", {"contact_id": "1", "client_id": "{client}"}),
    ],
)
def test_a_record_of_a_person_leads_back_to_the_page_it_was_added_from(
    firm: Firm, entity: str, values: dict[str, str]
) -> None:
    client = new_client(firm)
    browser = firm.browser("manager1")
    browser.post("/contact/add", data=sent(client))
    values = {name: text.format(client=client) for name, text in values.items()}

    form = browser.get(f"/{entity}/add?contact_id=1").text
    answer = browser.post(f"/{entity}/add?contact_id=1", data=values)

    assert '<a class="btn" href="/contact/show/1">Cancel</a>' in form
    assert answer.location == "/contact/show/1"


def test_what_belongs_to_a_client_leads_back_to_the_client(firm: Firm) -> None:
    client = new_client(firm)
    browser = firm.browser("manager1")
    browser.post("/contact/add", data=sent(client))
    home = f"/client/show/{client}"
    for entity, values in (
        ("contact_point", {"client_id": str(client), "kind": "phone", "value": "+74951112233"}),
        ("employment", {"client_id": str(client), "contact_id": "1"}),
        ("dmu", {"client_id": str(client), "title": "Board"}),
        (
            "dmu_member",
            {"client_id": str(client), "dmu_id": "1", "contact_id": "1", "roles": "user"},
        ),
    ):
        assert browser.post(f"/{entity}/add", data=values).location == home, entity
    assert browser.post("/dmu_member/delete/1").location == home
    deal = browser.post("/deal/add", data={"client_id": str(client), "title": "Paper"})
    assert deal.location == "/deal/show/1"
    asked = browser.post(f"/dmu/add?next=/deal/show/1&client_id={client}",
                         data={"client_id": str(client), "title": "Second"})  # fmt: skip
    assert asked.location == "/deal/show/1"
