"""Criteria are read strictly, kept in a stable form, said in words; what is broken says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import flask_babel
import pytest
from sqlalchemy import select

from kartoteka.api import (
    Client,
    Fact,
    Integer,
    Invalid,
    LostReason,
    PluginError,
    PluginInfo,
    Tally,
    all_of,
    any_of,
    fact_is,
    field_is,
    hookimpl,
    none_of,
)
from kartoteka.criteria import document
from kartoteka.criteria.operators import OPERATORS, operator_words
from kartoteka.criteria.tree import Tree
from kartoteka.fields import kinds
from kartoteka.services import criteria
from kartoteka.testing import Firm

TREE = all_of(
    field_is("name", "contains", "ёж"),
    any_of(fact_is("purchases", "ge", 3, days=365), field_is("size_class", "in", ["A", "B"])),
    none_of(field_is("bankrupt", "eq", True)),
)
TEXT = (
    '{"version":1,"tree":{"all":[{"field":"name","op":"contains","value":"ёж"},{"any":['
    '{"fact":"purchases","with":{"days":365},"op":"ge","value":3},'
    '{"field":"size_class","op":"in","value":["A","B"]}]},'
    '{"none":[{"field":"bankrupt","op":"eq","value":true}]}]}}'
)


def test_the_form_in_which_criteria_are_kept_never_changes() -> None:
    assert document.text_of(TREE) == TEXT
    assert document.read(TEXT) == TREE
    assert document.read(json.loads(TEXT)) == TREE


def _one(part: Any) -> dict[str, Any]:
    return {"version": 1, "tree": part}


def _deep(levels: int) -> Any:
    part: Any = {"field": "name", "op": "filled"}
    for _level in range(levels):
        part = {"all": [part]}
    return part


def _cyclic() -> Any:
    part: dict[str, Any] = {"all": []}
    part["all"].append(part)
    return part


FILLED = {"field": "name", "op": "filled"}


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        ("", "criteria", "not JSON"),
        ("[" * 100_000, "criteria", "too deep"),
        ('{"version": 1, "tree": NaN}', "criteria", "not JSON"),
        ("9" * 5_000, "criteria", "not JSON"),
        (" " * 300_000, "criteria", "too long"),
        ("null", "criteria", "are an object"),
        ("[1]", "criteria", "are an object"),
        ({"tree": FILLED}, "version", "Give the version"),
        ({"version": True, "tree": FILLED}, "version", "Give the version"),
        ({"version": 2, "tree": FILLED}, "version", "have the form 2"),
        ({"version": 1}, "tree", "missing"),
        ({"version": 1, "tree": FILLED, "sql": "1=1"}, "criteria", "no 'sql' here"),
        (_one([FILLED]), "tree", "A part is a group or a condition"),
        (_one({}), "tree", "exactly one of"),
        (_one({"all": [], "any": []}), "tree", "exactly one of"),
        (_one({"all": FILLED}), "tree.all", "list of parts"),
        (_one({"all": [FILLED, {"any": [5]}]}), "tree.all[1].any[0]", "A part is a group"),
        (_one({**FILLED, "regex": "(a+)+$"}), "tree", "no 'regex' here"),
        (_one({"field": "name"}), "tree.op", "Give a code"),
        (_one({"field": 5, "op": "eq"}), "tree.field", "Give a code"),
        (_one({"field": "name; drop", "op": "eq"}), "tree.field", "Give a code"),
        (_one({"field": "name", "op": "eq", "value": {"a": 1}}), "tree.value", "A value is"),
        (_one({"field": "name", "op": "eq", "value": [["a"]]}), "tree.value", "A value is"),
        (_one({"field": "name", "op": "eq", "value": "a" * 501}), "tree.value", "A value is"),
        (_one({"field": "name", "op": "eq", "value": "a\0"}), "tree.value", "A value is"),
        (_one({"field": "name", "op": "eq", "value": 10**400}), "tree.value", "A value is"),
        (_one({"field": "x", "with": {}, "op": "eq"}), "tree", "no 'with' here"),
        (_one({"fact": "x", "with": [1], "op": "eq"}), "tree.with", "are an object"),
        (_one({"all": [FILLED] * 10_000}), "tree", "at most 300 parts"),
        (_one({"all": [{"fact": "refused", "op": "eq"}] * 41}), "tree", "at most 40 facts"),
        (_one({"field": "id", "op": "in", "value": [1] * 2_001}), "tree", "at most 2000 values"),
        (_one(_deep(13)), "tree" + ".all[0]" * 12, "at most 12 deep"),
        (_one(_deep(5_000)), "tree" + ".all[0]" * 12, "at most 12 deep"),
        (_one(_cyclic()), "tree" + ".all[0]" * 12, "at most 12 deep"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else "",
)
def test_bad_input_is_refused_with_a_sentence_that_says_where(
    given: Any, path: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        document.read(given)
    ((where, text),) = refused.value.errors.items()
    assert where == path
    assert said in text
    assert text.endswith(".") or "…" in text


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (field_is("gone", "filled"), "There is no field 'gone'"),
        (field_is("search_text", "filled"), "There is no field 'search_text'"),
        (fact_is("gone", "filled"), "There is no fact 'gone'"),
        (field_is("name", "matches", "(a+)+$"), "Operator 'matches' does not fit"),
        (field_is("name", "gt", "a"), "Operator 'gt' does not fit"),
        (field_is("completeness", "contains", "1"), "Operator 'contains' does not fit"),
        (fact_is("purchases", "empty"), "Operator 'empty' does not fit"),
        (field_is("region_id", "mine"), "Operator 'mine' does not fit"),
        (field_is("completeness", "eq", "many"), "'many' is not a number"),
        (field_is("completeness", "eq", [1, 2]), "one value, not a list"),
        (field_is("completeness", "eq"), "Give a value"),
        (field_is("completeness", "in", []), "Give a value"),
        (field_is("name", "contains", "  "), "Give a value"),
        (field_is("name", "filled", "x"), "takes no value"),
        (field_is("size_class", "eq", "Z"), "'Z' is not one of"),
        (field_is("last_purchase_on", "in_last", -1), "out of range"),
        (field_is("last_purchase_on", "in_last", 10**9), "out of range"),
        (field_is("last_purchase_on", "period", "this_decade"), "is not one of"),
        (fact_is("purchases", "ge", 1, days=0), "out of range"),
        (fact_is("purchases", "ge", 1, weeks=1), "no parameter 'weeks'"),
        (fact_is("stage_reached", "eq", True), "Fill in: Stage"),
        (fact_is("stage_reached", "eq", True, stage="nowhere"), "is not one of"),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_is_broken_with_its_reason_and_never_compiled(
    firm: Firm, part: Tree, said: str
) -> None:
    tree = all_of(field_is("name", "filled"), any_of(part))
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        (problem,) = criteria.problems(session, entity, tree)
        assert problem.path == "tree.all[1].any[0]"
        assert said in problem.reason
        assert document.read(document.text_of(tree)) == tree
        assert problem.reason in criteria.words(session, entity, tree)
        for use in (criteria.condition, criteria.matching):
            with pytest.raises(Invalid, match="tree"):
                use(session, entity, tree)
        with pytest.raises(Invalid):
            criteria.read(session, entity, document.text_of(tree))


def test_a_saved_tree_survives_the_plugin_it_names(make: Callable[..., Firm]) -> None:
    tree = all_of(field_is("acme_nickname", "contains", "bee"))
    from acme_dummy import plugin as acme

    for firm, reasons in ((make(acme), []), (make(), ["There is no field 'acme_nickname'."])):
        with firm.session() as session:
            entity = firm.made.registry.entity("client")
            found = criteria.problems(session, entity, tree)
            assert [problem.reason for problem in found] == reasons


def secretive_plugin() -> Any:
    """Return a plugin with a fact that managers do not have."""
    fact = Fact(
        code="secretive_score", title="Score", kind=Integer(), missing=0,
        hidden_from=("manager",), statement=lambda ask: Tally(of=Client.id),
    )  # fmt: skip
    info = PluginInfo(name="secretive", title="S", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, facts=hookimpl(lambda: [fact]))


def test_what_is_hidden_from_a_role_is_unknown_to_it(make: Callable[..., Firm]) -> None:
    firm = make("wholesale", secretive_plugin())
    entity = firm.made.registry.entity("client")
    with firm.session("director") as director, firm.session("manager1") as manager:
        for asked in (
            fact_is("secretive_score", "eq", 1),
            field_is("wholesale_problem_note", "contains", "debt"),
        ):
            assert criteria.problems(director, entity, asked) == []
            (problem,) = criteria.problems(manager, entity, asked)
            assert problem.reason.startswith("There is no f")
        mine = {one.operand.code for one in criteria.operands(manager, entity)}
        theirs = {one.operand.code for one in criteria.operands(director, entity)}
        assert theirs - mine == {"secretive_score", "wholesale_problem_note"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"code": "score"}, "must start with 'broken_'"),
        ({"entity": "star"}, "which is no entity"),
        ({"hidden_from": ["cook"]}, "which is no role"),
    ],
)
def test_a_plugin_s_fact_is_checked_at_the_start(
    make: Callable[..., Firm], options: dict[str, Any], said: str
) -> None:
    given: dict[str, Any] = {"code": "broken_score", "title": "S", "kind": Integer(), **options}
    fact = Fact(statement=lambda ask: Tally(of=Client.id), **given)
    info = PluginInfo(name="broken", title="B", version="1", requires_core=">=0.1,<1")
    with pytest.raises(PluginError, match=said):
        make(SimpleNamespace(PLUGIN=info, facts=hookimpl(lambda: [fact])))


def test_typed_values_are_kept_in_a_form_that_means_the_same_to_everybody(firm: Firm) -> None:
    typed = all_of(
        field_is("last_purchase_on", "gt", "31.12.2025"),
        field_is("purchase_total", "ge", "1 000,50"),
        field_is("size_class", "in", ["a: large"]),
        field_is("last_contact_at", "lt", "2026-01-01T03:00"),
        fact_is("purchases", "ge", "2"),
    )
    with firm.session("manager1") as session:
        entity = firm.made.registry.entity("client")
        kept = criteria.read(session, entity, document.text_of(typed))
    assert kept == all_of(
        field_is("last_purchase_on", "gt", "2025-12-31"),
        field_is("purchase_total", "ge", "1000.50"),
        field_is("size_class", "in", ["A"]),
        field_is("last_contact_at", "lt", "2026-01-01T00:00:00+00:00"),
        fact_is("purchases", "ge", 2, days=365),
    )


def test_mine_and_my_department_speak_of_the_reader(firm: Firm) -> None:
    with firm.session() as session:
        for who in ("manager1", "manager2", "manager3"):
            session.add(Client(name=who, kind="organisation", owner_id=firm.users[who]))
        session.add(Client(name="nobody", kind="organisation"))
        session.commit()
    entity = firm.made.registry.entity("client")
    mine, ours = field_is("owner_id", "mine"), field_is("department_id", "my_department")
    for who, own, near in [
        ("manager1", ["manager1"], ["manager1"]),
        ("assistant1", ["manager1"], ["manager1"]),
        ("curator1", [], ["manager1", "manager2"]),
        ("director", [], []),
        (None, [], []),
    ]:
        with firm.session(who) as session:
            for tree, expected in ((mine, own), (ours, near)):
                condition = criteria.condition(session, entity, tree)
                names = session.scalars(select(Client.name).where(condition))
                assert sorted(names) == expected, (who, tree)


WORDS = {
    "en": "Name contains «ёж» and (purchases in the last 365 days at least 3 or Size is "
    "one of A: large, B: middle) and not so: (Bankrupt: yes)",
    "ru": "Название содержит «ёж» и (",
    "bg": "и не е така: (",
}


@pytest.mark.parametrize("language", ["en", "ru", "bg"])
def test_criteria_are_said_in_the_language_of_the_reader(firm: Firm, language: str) -> None:
    entity = firm.made.registry.entity("client")
    with (
        firm.app.test_request_context(),
        flask_babel.force_locale(language),
        firm.session() as session,
    ):
        said = criteria.words(session, entity, TREE)
    assert WORDS[language] in said
    assert language == "en" or "365" in said


def test_days_periods_people_and_names_are_said_in_plain_words(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        client = Client(name="x", kind="organisation")
        session.add(client)
        session.flush()

        def said(tree: Tree) -> str:
            return criteria.words(session, entity, tree)

        owner = client.owner_id
        assert said(field_is("owner_id", "eq", owner)) == "Responsible manager is Manager1 Test"
        assert said(field_is("owner_id", "mine")) == "Responsible manager is me"
        assert said(field_is("region_id", "eq", 999)) == "Region is hidden"
        assert said(field_is("last_purchase_on", "in_last", 1)) == "Last purchase in the last 1 day"
        assert said(field_is("last_purchase_on", "ago", 30)) == (
            "Last purchase more than 30 days ago"
        )
        assert said(field_is("last_purchase_on", "period", "this_month")) == (
            "Last purchase: this month"
        )
        assert said(field_is("completeness", "lt", 50)) == "Card filled less than 50 %"
        assert said(all_of()) == "everything"
        assert said(any_of()) == "nothing"


def test_every_operator_has_words_and_every_kind_offers_only_known_ones() -> None:
    said = [operator_words(code, kinds.Integer()) for code in OPERATORS]
    assert len(set(said)) == len(said)
    assert not set(said) & (set(OPERATORS) - {"contains", "has"})
    for name in kinds.__all__:
        kind = getattr(kinds, name)
        if isinstance(kind, type) and issubclass(kind, kinds.Kind):
            assert set(kind.operators) <= set(OPERATORS), name
    assert not {"regex", "matches", "like"} & set(OPERATORS)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("this_week", date(2026, 6, 15), date(2026, 6, 21)),
        ("last_week", date(2026, 6, 8), date(2026, 6, 14)),
        ("next_month", date(2026, 7, 1), date(2026, 7, 31)),
        ("last_quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("this_quarter", date(2026, 4, 1), date(2026, 6, 30)),
        ("last_year", date(2025, 1, 1), date(2025, 12, 31)),
        ("tomorrow", date(2026, 6, 22), date(2026, 6, 22)),
    ],
)
def test_periods_are_those_of_the_calendar(period: str, first: date, last: date) -> None:
    from kartoteka.criteria.periods import days_of

    assert days_of(period, date(2026, 6, 21)) == (first, last)


@pytest.mark.parametrize(
    ("op", "days", "found"),
    [
        ("in_last", 0, [0]),
        ("in_last", 1, [-1, 0]),
        ("ago", 0, [-2, -1]),
        ("ago", 1, [-2]),
        ("in_next", 0, [0]),
        ("in_next", 1, [0, 1]),
    ],
)
def test_days_relative_to_today_have_exact_bounds(
    firm: Firm, op: str, days: int, found: list[int]
) -> None:
    entity, today = firm.made.registry.entity("client"), date(2026, 6, 15)
    with firm.session() as session:
        for away in range(-2, 3):
            day = today + timedelta(days=away)
            # The last minute of the day in Moscow, where the firm is.
            moment = datetime(day.year, day.month, day.day, 20, 59, tzinfo=UTC)
            session.add(
                Client(
                    name=f"{away}", kind="organisation", left_on=day, last_contact_at=moment,
                    lost_reason_id=session.scalar(select(LostReason.id).limit(1)),
                )
            )  # fmt: skip
        session.add(Client(name="never", kind="organisation"))
        session.flush()
        for name in ("left_on", "last_contact_at"):
            wanted = criteria.condition(session, entity, field_is(name, op, days), today)
            names = session.scalars(select(Client.name).where(wanted))
            assert sorted(int(name) for name in names) == found, name
