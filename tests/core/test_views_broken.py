"""A view that a reader can not use whole opens all the same, and says what it lacks."""

from __future__ import annotations

from typing import Any

from kartoteka.api import field_is
from kartoteka.models import SavedView
from kartoteka.services import views
from kartoteka.services.views import Sharing, Wish
from kartoteka.testing import Firm
from tests.core.test_screens_lists import clients, names_on

LARGE = field_is("important", "eq", True)


def test_a_view_ordered_by_a_hidden_field_opens_without_the_order(make: Any) -> None:
    firm = make("wholesale")
    clients(firm, "manager1", "Alpha", "Omega", important=True)
    clients(firm, "manager1", "Small")
    entity = firm.made.registry.entity("client")
    with firm.session("director") as session:
        wish = Wish(
            criteria=LARGE, columns=("name", "wholesale_problem_note"),
            order="-wholesale_problem_note",
        )  # fmt: skip
        view = views.create(session, entity, "Problems", wish)
        views.describe(session, view, name="Problems", sharing=Sharing(shared_with="everybody"))
        session.commit()
        number = view.id
        assert views.problems(session, view) == []
    with firm.session("manager1") as session:
        view = views.get(session, number)
        assert views.problems(session, view) == [
            "This list can not be sorted by 'wholesale_problem_note'.",
            "There are no such columns: wholesale_problem_note.",
        ]
        views.set_default(session, entity, view)
        session.commit()
    browser = firm.browser("manager1")

    for address in (f"/client/list/?view={number}", "/client/list/"):
        page = browser.get(address)
        assert page.status_code == 200
        assert sorted(names_on(page)) == ["Alpha", "Omega"]
        assert "can not be sorted by &#39;wholesale_problem_note&#39;" in page.text
    card = browser.get(f"/saved_view/show/{number}").text
    assert "This view is broken:" in card
    assert "Open the list" in card
    assert firm.browser("director").get(f"/client/list/?view={number}").text.count("broken") == 0
    assert browser.get(f"/client/totals?view={number}").status_code == 200


def test_a_list_whose_default_view_is_broken_opens_whole_and_says_so(firm: Firm) -> None:
    clients(firm, "manager1", "Shop")
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        view = SavedView(
            entity="client", name="High score", owner_id=firm.users["manager1"],
            shared_with="nobody", is_segment=False,
            criteria='{"version":1,"tree":{"fact":"tasting_score","op":"ge","value":5}}',
        )  # fmt: skip
        session.add(view)
        session.flush()
        views.set_default(session, entity, view)
        session.commit()

    page = firm.browser("manager1").get("/client/list/")

    assert page.status_code == 200
    assert names_on(page) == ["Shop"]
    assert "The view “High score”, with which the list opens, is broken" in page.text
    assert "There is no fact &#39;tasting_score&#39;." in page.text
