"""For one client it is said which parts hold, with the values found, in one statement."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from kartoteka.api import (
    Client,
    Filter,
    NotAllowed,
    PluginInfo,
    Purchase,
    Query,
    all_of,
    any_of,
    fact_is,
    fetch,
    field_is,
    hookimpl,
    none_of,
)
from kartoteka.cli.context import Installation
from kartoteka.cli.criteria import criteria as command
from kartoteka.criteria import document
from kartoteka.fields.units import with_unit
from kartoteka.i18n import gettext, in_language
from kartoteka.services import criteria
from kartoteka.testing import Firm, statements

TODAY = date(2026, 6, 15)
TREE = all_of(
    any_of(field_is("size_class", "eq", "A"), fact_is("purchases", "ge", 3, days=30)),
    none_of(field_is("owner_id", "mine"), fact_is("decider_known", "eq", True)),
    fact_is("bought", "gt", 100, days=30),
    fact_is("cadence", "le", 7),
    fact_is("days_since_purchase", "le", 2),
)


def buyer(firm: Firm, who: str = "manager1") -> int:
    """Return the id of a client that bought on each of the last four days."""
    with firm.session() as session:
        client = Client(
            name="Ромашка", kind="organisation", size_class="C", owner_id=firm.users[who]
        )
        session.add(client)
        session.flush()
        for days in range(1, 5):
            day = TODAY - timedelta(days=days)
            session.add(Purchase(client_id=client.id, bought_on=day, amount=Decimal(20)))
        session.commit()
        return client.id


def test_each_part_says_whether_it_holds_and_what_was_found(firm: Firm) -> None:
    number, entity = buyer(firm), firm.made.registry.entity("client")
    with firm.session("curator1") as session:
        found = criteria.explain(session, entity, TREE, number, TODAY)

    assert not found.holds
    either, neither, bought, cadence, last = found.parts
    assert (either.how, either.holds, [part.holds for part in either.parts]) == (
        "any", True, [False, True],
    )  # fmt: skip
    assert [part.found for part in either.parts] == ["C: small", "4"]
    assert neither.holds
    assert [part.found for part in neither.parts] == ["Manager1 Test", "No"]
    assert (bought.holds, bought.found, bought.value) == (False, "80", "80.00")
    assert (cadence.holds, cadence.found) == (True, "1 day")
    assert (last.holds, last.value, last.path) == (True, 1, "tree.all[4]")
    assert either.parts[1].words == "purchases in the last 30 days at least 3"


def test_all_values_are_found_in_one_statement_and_all_names_in_another(firm: Firm) -> None:
    number, entity = buyer(firm), firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        with statements(session) as sent:
            criteria.explain_all(session, entity, [TREE, TREE.parts[0]], number, TODAY)
        assert len(sent) == 2
        with statements(session) as sent:
            criteria.holds(session, entity, TREE, number, TODAY)
        assert len(sent) == 1
        with statements(session) as sent:
            criteria.sentences(session, entity, [TREE, field_is("owner_id", "eq", 1)])
        assert len(sent) == 1


def test_a_broken_part_is_shown_as_such_and_does_not_hold(firm: Firm) -> None:
    number, entity = buyer(firm), firm.made.registry.entity("client")
    tree = all_of(field_is("name", "filled"), field_is("gone", "eq", 1))
    with firm.session("manager1") as session:
        found = criteria.explain(session, entity, tree, number)

    assert [(part.how, part.holds) for part in found.parts] == [
        ("condition", True), ("broken", False),
    ]  # fmt: skip
    assert "There is no field 'gone'" in found.parts[1].words


@pytest.mark.parametrize("number", [0, -1, 2**40, None])
def test_nothing_is_said_about_a_client_out_of_sight(firm: Firm, number: int | None) -> None:
    theirs, entity = buyer(firm, "manager3"), firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for tree in (TREE, all_of()):
            with pytest.raises(NotAllowed):
                criteria.explain(session, entity, tree, theirs if number is None else number)


def narrowing_plugin() -> Any:
    """Return a plugin that hides cheap purchases from managers."""

    def visible(actor: Any, entity: Any) -> Any:
        return Purchase.amount > 20 if entity is Purchase and "manager" in actor.roles else None

    info = PluginInfo(name="narrow", title="N", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, visible=hookimpl(visible))


def test_a_fact_counts_only_what_its_reader_may_see(make: Callable[..., Firm]) -> None:
    firm = make(narrowing_plugin())
    number, entity = buyer(firm), firm.made.registry.entity("client")
    tree = fact_is("purchases", "ge", 1, days=30)
    for who, count in (("director", 4), ("manager1", 0)):
        with firm.session(who) as session:
            assert criteria.explain(session, entity, tree, number, TODAY).value == count
            for ids in (
                criteria.matching(session, entity, tree, TODAY),
                select(Client.id).where(criteria.condition(session, entity, tree, TODAY)),
            ):
                assert list(session.scalars(ids)) == [number] * bool(count)
            cadence = criteria.explain(session, entity, fact_is("cadence", "filled"), number)
            assert cadence.holds == bool(count)


def test_a_list_takes_criteria_beside_its_filters(firm: Firm) -> None:
    number, entity = buyer(firm), firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        for wanted, found in ((3, [number]), (5, [])):
            fact = fact_is("purchases", "ge", wanted, days=30)
            where = criteria.condition(session, entity, fact, TODAY)
            name = Filter(field="name", op="contains", value="РОМ")
            page = fetch(session, entity, Query(filters=[name], where=[where]))
            assert [record.id for record in page.records] == found


def run(firm: Firm, *words: str, text: str = "") -> Any:
    """Run the command on the firm's database."""
    installation = Installation(firm.made.config.folder)
    installation.__dict__["made"] = firm.made
    return CliRunner().invoke(command, ["explain", *words], obj=installation, input=text)


def test_the_command_line_explains_criteria_for_a_client(firm: Firm, tmp_path: Path) -> None:
    number = buyer(firm)
    text = document.text_of(all_of(field_is("name", "contains", "ром"), field_is("note", "filled")))
    file = tmp_path / "tree.json"
    file.write_text(text, "utf-8")
    for given, typed in ((text, ""), ("-", text), (f"@{file}", "")):
        done = run(firm, given, "--client", str(number), "--json", text=typed)
        assert done.exit_code == 0, done.output
        said = json.loads(done.output)
        assert said["words"] == "Name contains «ром» and Note is filled"
        assert said["holds"] is False
        assert [part["holds"] for part in said["explanation"]["parts"]] == [True, False]
        assert said["criteria"] == json.loads(text)
    plain = run(firm, text, "--client", str(number))
    assert "yes  Name contains «ром»  [Ромашка]" in plain.output
    assert "no   Note is filled  [no value]" in plain.output


def test_the_command_line_names_what_is_wrong(firm: Firm) -> None:
    broken = run(firm, document.text_of(field_is("gone", "filled")), "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.output)["problems"] == [
        {"path": "tree", "reason": "There is no field 'gone'."}
    ]
    assert "This is not JSON" in str(run(firm, "{").exception)
    assert "can not be read" in str(run(firm, "@/nowhere/at/all.json").exception)
    hidden = run(firm, document.text_of(all_of()), "--client", "77")
    assert isinstance(hidden.exception, NotAllowed)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1 day", "2 days", "5 days", "21 days"]),
        ("ru", ["1 день", "2 дня", "5 дней", "21 день"]),
        ("bg", ["1 ден", "2 дни", "5 дни", "21 дни"]),
    ],
)
def test_days_are_said_in_the_plural_of_the_language(
    firm: Firm, language: str, said: list[str]
) -> None:
    with firm.app.app_context(), in_language(language):
        unit = gettext("days")
        assert [with_unit(str(n), n, unit) for n in (1, 2, 5, 21)] == said
        assert with_unit("3", 3, "kg") == "3 kg"
