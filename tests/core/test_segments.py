"""Segments of plugins and of staff are counted, listed and explained on the card."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import (
    PluginError,
    PluginInfo,
    Segment,
    all_of,
    any_of,
    create,
    fact_is,
    field_is,
    hookimpl,
    none_of,
)
from kartoteka.services import segments, views
from kartoteka.services.views import Sharing, Wish
from kartoteka.testing import Firm, statements
from tests.conftest import SALE, sale_plugin
from tests.core.test_screens_lists import clients, names_on
from tests.starts import lasting


def tasting(**given: Any) -> Any:
    values: dict[str, Any] = {
        "code": "tasting_large", "title": "Large ones", "description": "Visit them",
        "criteria": all_of(
            any_of(field_is("important", "eq", True), fact_is("purchases", "ge", 2)),
            none_of(field_is("bankrupt", "eq", True)),
        ),
        **given,
    }  # fmt: skip
    found = Segment(**values)
    return SimpleNamespace(
        PLUGIN=PluginInfo(name="tasting", title="Tasting", version="1", requires_core=">=0.1,<1"),
        segments=hookimpl(lambda: [found]),
    )


TASTING = lasting(tasting())


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return make(SALE, TASTING)


def staff_made(firm: Firm, who: str, name: str, tree: Any, shared: str = "nobody") -> int:
    with firm.session(who) as session:
        view = views.create(session, firm.made.registry.entity("client"), name, Wish(criteria=tree))
        views.describe(
            session, view, name=name, sharing=Sharing(shared_with=shared), is_segment=True
        )
        session.commit()
        return view.id


def test_segments_are_counted_among_the_rows_of_the_reader(firm: Firm) -> None:
    clients(firm, "manager1", "A", "B", important=True)
    clients(firm, "manager3", "C", important=True)
    staff_made(firm, "manager1", "Starts with A", field_is("name", "starts", "a"), "everybody")

    counts: dict[str, dict[str, int | None]] = {}
    for who in ("manager1", "manager3", "director"):
        with firm.session(who) as session:
            found = segments.counted(session, segments.segments(session))
            counts[who] = {str(one.title): one.count for one in found}

    assert counts == {
        "manager1": {"Large ones": 2, "Starts with A": 1},
        "manager3": {"Large ones": 1, "Starts with A": 0},
        "director": {"Large ones": 3, "Starts with A": 1},
    }
    page = firm.browser("manager1").get("/segments/").text
    assert "Large ones" in page
    assert "Visit them" in page
    assert "not so: (Bankrupt: yes)" in page


def test_a_count_stops_at_its_bound(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_COUNTED", 2)
    clients(firm, "manager1", "A", "B", "C", important=True)
    assert "more than 2" in firm.browser("manager1").get("/segments/").text


def test_the_list_of_a_segment_is_the_list_with_its_criteria(firm: Firm) -> None:
    clients(firm, "manager1", "Big", important=True)
    clients(firm, "manager1", "Small")
    number = staff_made(firm, "manager1", "The small", none_of(field_is("important", "eq", True)))
    browser = firm.browser("manager1")

    assert names_on(browser.get("/client/list/?view=tasting_large")) == ["Big"]
    assert names_on(browser.get(f"/client/list/?view={number}")) == ["Small"]


def block(browser: Any, number: int) -> str:
    """Return the block of segments as the page of a client fetches it."""
    found = re.search(r'data-late="([^"]+)"', browser.get(f"/client/show/{number}").text)
    assert found
    return browser.get(found[1]).text


def test_the_card_names_segments_with_reasons_in_few_statements(firm: Firm) -> None:
    (number,) = clients(firm, "manager1", "Big", important=True)
    browser = firm.browser("manager1")
    for page in (block(browser, number), browser.get(f"/client/show/{number}?panels=all").text):
        assert "Belongs to segments" in page
        assert "Important: yes" in page
        assert "purchases in the last 365 days at least 2" not in page
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session, statements(firm) as sent:
        assert len(segments.of_record(session, entity, number)) == 1
    assert len(sent) <= 3
    for place in range(8):
        staff_made(firm, "manager1", f"S{place}", field_is("name", "starts", "b"))
    with firm.session("manager1") as session, statements(firm) as many:
        assert len(segments.of_record(session, entity, number)) == 9
    assert len(many) == len(sent)


def test_a_card_outside_all_segments_has_no_block(firm: Firm) -> None:
    (number,) = clients(firm, "manager1", "Small")
    browser = firm.browser("manager1")
    assert block(browser, number) == ""
    page = browser.get(f"/client/show/{number}?panels=all").text
    assert "Belongs to segments" not in page


def test_the_page_of_a_client_does_not_wait_for_its_segments(firm: Firm) -> None:
    (number,) = clients(firm, "manager1", "Big", important=True)
    browser = firm.browser("manager1")
    with statements(firm) as sent:
        page = browser.get(f"/client/show/{number}").text
    assert "Important: yes" not in page
    assert not [text for text in sent if "saved_view" in text]


def test_a_block_is_for_who_sees_the_record(firm: Firm) -> None:
    (number,) = clients(firm, "manager1", "Big", important=True)
    own, foreign = firm.browser("manager1"), firm.browser("manager3")
    assert foreign.get(f"/client/panel/{number}/segments").status_code == 403
    for code in ("nosuch", "day.tasks"):
        assert own.get(f"/client/panel/{number}/{code}").status_code == 403


def test_a_segment_hidden_criteria_or_gone_plugin_is_shown_as_broken(firm: Firm) -> None:
    clients(firm, "manager1", "Big", important=True)
    number = staff_made(firm, "manager1", "Was tasted", field_is("important", "eq", True))
    with firm.session("manager1") as session:
        view = views.get(session, number)
        view.criteria = '{"version":1,"tree":{"fact":"gone_score","op":"ge","value":5}}'
        session.commit()

    page = firm.browser("manager1").get("/segments/").text

    assert "Was tasted" in page
    assert "There is no fact &#39;gone_score&#39;." in page
    assert "Large ones" in page


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"code": "large"}, "must start with 'tasting_'"),
        ({"entity": "planet"}, "which is no entity"),
        ({"criteria": field_is("floor", "eq", 1)}, "There is no field 'floor'"),
    ],
)
def test_a_plugin_is_told_what_is_wrong_with_its_segment(
    make: Callable[..., Firm], given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(PluginError, match=sentence):
        make(sale_plugin(), tasting(**given))


def test_members_of_other_entities_have_segments_too(make: Callable[..., Firm]) -> None:
    plugin = tasting(entity="deal", criteria=field_is("amount", "filled"))
    firm = make(sale_plugin(), plugin)
    (number,) = clients(firm, "manager1", "Shop")
    entity = firm.made.registry.entity("deal")
    with firm.session("manager1") as session:
        create(session, entity, {"client_id": number, "title": "Toys", "pipeline": "sale",
                                 "amount": "10"})  # fmt: skip
        session.commit()
    assert names_on(firm.browser("manager1").get("/deal/list/?view=tasting_large")) == ["Toys"]


def test_what_is_many_is_counted_exactly_a_moment_later(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients(firm, "manager1", *(f"C {place}" for place in range(4)), important=True)
    clients(firm, "manager3", "Theirs", important=True)
    monkeypatch.setattr(segments, "MOST_COUNTED", 2)
    browser = firm.browser("manager1")
    address = "/segments/count/client/tasting_large"

    assert f'data-late="{address}"' in browser.get("/segments/").text
    with statements(firm) as sent:
        assert browser.get(address).text == "<span>4</span>"
    assert len([one for one in sent if "limit" in one.lower() and "count(" in one.lower()]) == 1
    monkeypatch.setattr(segments, "MOST_COUNTED_ALONE", 3)
    assert browser.get(address).text == "<span>more than 3</span>"
    private = staff_made(firm, "manager3", "Private", field_is("important", "eq", True))
    for wrong in (f"/segments/count/client/{private}", "/segments/count/floor/tasting_large",
                  "/segments/count/deal/tasting_large"):  # fmt: skip
        assert browser.get(wrong).status_code == 404
