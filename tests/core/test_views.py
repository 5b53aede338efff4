"""Views of lists are kept, shared and used; nobody sees by them more than without."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import (
    Invalid,
    NotAllowed,
    all_of,
    fact_is,
    field_is,
)
from kartoteka.models import DefaultView, SavedView
from kartoteka.services import views
from kartoteka.services.views import Sharing, Wish
from kartoteka.testing import Firm, statements
from tests.core.test_screens_lists import clients, names_on

LARGE = all_of(field_is("important", "eq", True))


def kept(firm: Firm, who: str, name: str = "Large", **share: Any) -> int:
    """Return the id of a view a person keeps of the list of clients."""
    entity = firm.made.registry.entity("client")
    with firm.session(who) as session:
        wish = Wish(criteria=LARGE, columns=("name", "region_id"), order="-name")
        view = views.create(session, entity, name, wish)
        if share:
            if share.get("department_id"):
                share["department_id"] = firm.departments[share["department_id"]]
            views.describe(session, view, name=name, sharing=Sharing(**share))
        session.commit()
        return view.id


def seen_by(firm: Firm, who: str) -> set[str]:
    with firm.session(who) as session:
        return {
            one.view.name for one in views.offered(session, firm.made.registry.entity("client"))
        }


@pytest.mark.parametrize(
    ("share", "people"),
    [
        ({}, {"manager1"}),
        ({"shared_with": "everybody"}, {"manager1", "manager2", "manager3", "curator1",
                                        "curator2", "assistant1"}),
        ({"shared_with": "role", "role": "curator"}, {"manager1", "curator1", "curator2"}),
        ({"shared_with": "department", "department_id": "North"},
         {"manager1", "manager2", "curator1", "assistant1"}),
    ],
)  # fmt: skip
def test_a_view_is_offered_to_whom_it_is_shared_with(
    firm: Firm, share: dict[str, Any], people: set[str]
) -> None:
    kept(firm, "manager1", **share)

    staff = ("manager1", "manager2", "manager3", "curator1", "curator2", "assistant1")
    assert {who for who in staff if seen_by(firm, who)} == people
    assert seen_by(firm, "director") == {"Large"}


def test_only_the_owner_and_the_director_change_a_shared_view(firm: Firm) -> None:
    number = kept(firm, "manager1", shared_with="everybody")
    for who in ("manager2", "curator1", "assistant1"):
        with firm.session(who) as session:
            view = views.get(session, number)
            with pytest.raises(NotAllowed, match="Only the owner"):
                views.describe(session, view, name="Mine now")
            with pytest.raises(NotAllowed, match="Only the owner"):
                views.delete(session, view)
            view.name = "By the back door"
            with pytest.raises(NotAllowed, match="Only the owner"):
                session.flush()
            session.rollback()
            view = views.get(session, number)
            view.owner_id = firm.users[who]
            with pytest.raises(NotAllowed, match="Only the owner"):
                session.flush()
        browser = firm.browser(who)
        assert browser.get(f"/saved_view/edit/{number}").status_code == 403
        assert browser.post(f"/saved_view/delete/{number}").status_code == 403
        assert firm.program(who).put(
            f"/api/v1/saved_view/{number}", json={"name": "Mine"}
        ).status_code in (403, 404, 405)  # fmt: skip
    with firm.session("director") as session:
        views.describe(session, views.get(session, number), name="Large clients")
        session.commit()
    assert seen_by(firm, "manager1") == {"Large clients"}


def test_a_shared_view_shows_each_reader_their_own_rows(firm: Firm) -> None:
    clients(firm, "manager1", "Mine", important=True)
    clients(firm, "manager3", "Theirs", important=True)
    number = kept(firm, "manager1", shared_with="everybody")

    page = firm.browser("manager3").get(f"/client/list/?view={number}")

    assert names_on(page) == ["Theirs"]


def test_a_view_brings_its_criteria_columns_and_order(firm: Firm) -> None:
    clients(firm, "manager1", "Alpha", "Omega", important=True)
    clients(firm, "manager1", "Small")
    number = kept(firm, "manager1")
    browser = firm.browser("manager1")

    page = browser.get(f"/client/list/?view={number}")

    assert names_on(page) == ["Omega", "Alpha"]
    assert page.text.count('<th scope="col"') == 2
    assert "Important: yes" in page.text
    changed = browser.get(f"/client/list/?view={number}&sort=name&q=alpha")
    assert names_on(changed) == ["Alpha"]
    assert "Save the changes of" in changed.text


def test_a_private_view_answers_others_with_a_sentence(firm: Firm) -> None:
    number = kept(firm, "manager1")
    for address in (number, 999_999, "99999999999999999999", "gone_segment", "x" * 500):
        page = firm.browser("manager2").get(f"/client/list/?view={address}")
        assert page.status_code == 400
        assert "There is no s" in page.text
        assert names_on(page) == []
    assert firm.browser("manager1").get(f"/deal/list/?view={number}").status_code == 400


def test_a_list_is_saved_opened_renamed_and_deleted_on_screen(firm: Firm) -> None:
    clients(firm, "manager1", "Big", important=True)
    clients(firm, "manager1", "Small")
    browser = firm.browser("manager1")
    saved = browser.post(
        "/saved_view/save",
        data={"entity": "client", "name": "Big ones", "default": "1", "shown": "name.important",
              "order": "-name", "address": "/client/list/?f=important:eq:1"},
    )  # fmt: skip
    with firm.session() as session:
        view = session.scalars(select(SavedView)).one()
        number = view.id
        assert json.loads(view.criteria or "")["tree"]["all"][0]["value"] is True
        assert (view.columns, view.sort, view.shared_with) == ("name.important", "-name", "nobody")
    assert saved.location == f"/client/list/?view={number}"

    assert names_on(browser.get("/client/list/")) == ["Big"]  # the default opens
    assert names_on(browser.get("/client/list/?view=0")) == ["Big", "Small"]
    assert names_on(firm.browser("curator1").get("/client/list/")) == ["Big", "Small"]
    browser.post("/saved_view/save", data={
        "entity": "client", "over": "1", "order": "name", "shown": "name",
        "address": f"/client/list/?view={number}&f=name:contains:b",
    })  # fmt: skip
    with firm.session() as session:
        whole = json.loads(session.get_one(SavedView, number).criteria or "")["tree"]["all"]
        assert [part["field"] for part in whole] == ["name", "important"]
    browser.post(f"/saved_view/edit/{number}", data={"name": "Giants", "shared_with": "everybody"})
    assert "Giants" in firm.browser("manager3").get("/client/list/").text
    wrong = browser.post(f"/saved_view/edit/{number}", data={"name": "", "shared_with": "role"})
    assert (wrong.status_code, "Choose a role." in wrong.text) == (400, True)
    browser.post("/saved_view/default", data={"entity": "client"})
    assert names_on(browser.get("/client/list/")) == ["Big", "Small"]
    browser.post("/saved_view/default", data={"entity": "client", "view": str(number)})
    assert "Giants" in browser.get(f"/saved_view/delete/{number}").text
    browser.post(f"/saved_view/delete/{number}")
    assert names_on(browser.get("/client/list/")) == ["Big", "Small"]
    with firm.session() as session:
        assert session.scalars(select(DefaultView)).all() == []


def test_columns_chosen_under_a_view_go_into_the_address(firm: Firm) -> None:
    clients(firm, "manager1", "Big", important=True)
    number = kept(firm, "manager1")
    browser = firm.browser("manager1")
    chosen = browser.post("/client/columns", data={
        "column": ["name", "important"], "view": str(number),
        "next": f"/client/list/?view={number}",
    })  # fmt: skip
    assert chosen.location == f"/client/list/?view={number}&cols=name.important"
    page = browser.get(chosen.location)
    assert "Important</a>" in page.text
    assert "cols=name.important" in page.text


def test_a_view_whose_plugin_is_gone_says_why_and_can_be_deleted(firm: Firm) -> None:
    clients(firm, "manager1", "Shop")
    with firm.session("manager1") as session:
        view = SavedView(
            entity="client", name="High score", owner_id=firm.users["manager1"],
            shared_with="nobody", is_segment=False,
            criteria='{"version":1,"tree":{"fact":"tasting_score","op":"ge","value":5}}',
        )  # fmt: skip
        session.add(view)
        session.commit()
        number = view.id
    browser = firm.browser("manager1")

    page = browser.get(f"/client/list/?view={number}")
    assert page.status_code == 400
    assert "There is no fact &#39;tasting_score&#39;." in page.text
    assert names_on(page) == []
    card = browser.get(f"/saved_view/show/{number}")
    assert "This view is broken:" in card.text
    assert browser.get("/saved_view/list/").status_code == 200
    browser.post(f"/saved_view/delete/{number}")
    assert browser.get(f"/saved_view/show/{number}").status_code == 403


def test_what_a_list_does_not_have_is_refused(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for name, wish in (
            ("", Wish()),
            ("x" * 121, Wish()),
            ("Order", Wish(order="floor")),
            ("Criteria", Wish(criteria=fact_is("tasting_score", "ge", 5))),
        ):
            with pytest.raises(Invalid):
                views.create(session, entity, name, wish)
        view = views.create(session, entity, "All", Wish(columns=("name", "floor")))
        assert (view.criteria, view.columns) == (None, "name")
        with pytest.raises(Invalid, match="A segment needs criteria"):
            views.describe(session, view, name="All", is_segment=True)


def test_nobody_chooses_the_default_view_of_another(firm: Firm) -> None:
    number = kept(firm, "manager1", shared_with="everybody")
    with firm.session("manager2") as session:
        row = DefaultView(user_id=firm.users["manager1"], entity="client", view_id=number)
        session.add(row)
        with pytest.raises(NotAllowed, match="Everybody chooses their own"):
            session.flush()


def test_programs_read_views_within_the_rights(firm: Firm) -> None:
    mine, shared = kept(firm, "manager1"), kept(firm, "manager2", "Ours", shared_with="everybody")
    found = firm.program("manager1").get("/api/v1/saved_view/").json["result"]
    assert {row["id"] for row in found} == {mine, shared}
    one = firm.program("manager3").get(f"/api/v1/saved_view/{shared}").json["result"]
    assert json.loads(one["criteria"])["tree"] == {
        "all": [{"field": "important", "op": "eq", "value": True}]
    }
    assert firm.program("manager3").get(f"/api/v1/saved_view/{mine}").status_code == 404


def test_many_views_cost_a_list_no_further_statement(firm: Firm) -> None:
    clients(firm, "manager1", "Shop", important=True)
    number = kept(firm, "manager1")
    browser = firm.browser("manager1")
    browser.get("/client/list/")
    with statements(firm) as few:
        browser.get(f"/client/list/?view={number}")
    for place in range(12):
        kept(firm, "manager1", f"View {place}", shared_with="everybody")
    with statements(firm) as many:
        browser.get(f"/client/list/?view={number}")
    assert len(many) == len(few) <= 12


def test_the_words_of_the_search_are_kept_in_a_view(firm: Firm) -> None:
    clients(firm, "manager1", "Красный мак", "Белый мак", "Красный лён")
    browser = firm.browser("manager1")
    browser.post("/saved_view/save", data={
        "entity": "client", "name": "Маки", "order": "name", "shown": "name",
        "address": "/client/list/?q=мак",
    })  # fmt: skip
    with firm.session() as session:
        view = session.scalars(select(SavedView)).one()
        number = view.id
        assert (view.search_words, view.criteria) == ("мак", None)
    address = f"/client/list/?view={number}"
    page = browser.get(address)
    assert names_on(page) == ["Белый мак", "Красный мак"]
    assert 'name="q" value="мак"' in page.text
    assert "Save the changes of" not in page.text
    assert "мак" in browser.get(f"/saved_view/show/{number}").text
    # What is typed goes over the view; an emptied field takes its words away.
    other = browser.get(f"{address}&q=красный")
    assert names_on(other) == ["Красный лён", "Красный мак"]
    assert "Save the changes of" in other.text
    everything = browser.get(f"{address}&q=")
    assert len(names_on(everything)) == 3
    assert f"view={number}&amp;q=&amp;" in everything.text  # and the links of the page keep it so
    assert "Search: мак" in browser.get(f"/client/totals?view={number}").text
    browser.post("/saved_view/save", data={
        "entity": "client", "over": "1", "order": "name", "shown": "name",
        "address": f"{address}&q=",
    })  # fmt: skip
    assert len(names_on(browser.get(address))) == 3


def test_an_address_for_colleagues_brings_the_words_along(firm: Firm) -> None:
    clients(firm, "manager1", "Красный мак", "Белый лён")
    with firm.session("manager1") as session:
        entity = firm.made.registry.entity("client")
        number = views.create(session, entity, "Маки", Wish(search="мак")).id
        session.commit()
    page = firm.browser("manager1").get(f"/client/list/?view={number}").text
    (sent,) = re.findall(r'href="([^"]+)"[^>]*><i[^>]*></i> Address for colleagues', page)
    shown = firm.browser("curator1").get(html.unescape(sent))
    assert names_on(shown) == ["Красный мак"]


def test_a_segment_is_made_of_criteria_alone(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        view = views.create(session, entity, "Large", Wish(criteria=LARGE, search="мак"))
        with pytest.raises(Invalid, match="criteria alone"):
            views.describe(session, view, name="Large", is_segment=True)
        views.change(session, view, Wish(criteria=LARGE))
        views.describe(session, view, name="Large", is_segment=True)
        with pytest.raises(Invalid, match="criteria alone"):
            views.change(session, view, Wish(criteria=LARGE, search="мак"))


def test_a_default_view_opens_however_many_views_a_person_keeps(firm: Firm) -> None:
    clients(firm, "manager1", "Shop", important=True)
    clients(firm, "manager1", "Small")
    shared = kept(firm, "director", "Zz of everybody", shared_with="everybody")
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for place in range(views.MOST_OFFERED):
            views.create(session, entity, f"Own {place}", Wish(order="name"))
        views.set_default(session, entity, views.get(session, shared))
        session.commit()
        offered = views.offered(session, entity)
    assert len(offered) == views.MOST_OFFERED
    assert [one.view.id for one in offered if one.is_default] == [shared]
    assert offered[-1].view.id == shared

    assert names_on(firm.browser("manager1").get("/client/list/")) == ["Shop"]


def test_the_second_of_two_who_edit_a_view_is_told(make: Any) -> None:
    firm = make("wholesale")
    with firm.session("manager1") as session:
        view = views.create(session, firm.made.registry.entity("client"), "Mine", Wish())
        session.commit()
        number, version = view.id, view.version
    browser, address = firm.browser("manager1"), f"/saved_view/edit/{number}"
    assert f'name="version" value="{version}"' in browser.get(address).text
    sent = {"version": version, "shared_with": "nobody"}
    assert browser.post(address, data=sent | {"name": "First"}).status_code == 302

    late = browser.post(address, data=sent | {"name": "Second"})
    assert late.status_code == 400
    assert "it is called &#39;First&#39; now" in late.text
    assert 'value="Second"' in late.text
    newer = {"version": version + 1, "name": "Second"}
    assert browser.post(address, data=sent | newer).status_code == 302
    with firm.session("manager1") as session:
        assert views.get(session, number).name == "Second"
