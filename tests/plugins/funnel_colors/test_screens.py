"""Pages, lists, cards, REST and commands show the colours of the clients the reader sees."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from kartoteka.api import Client, LostReason, Staff
from kartoteka.cli import context
from kartoteka.testing import Firm, statements
from kartoteka_funnel_colors import plugin as colors_plugin
from kartoteka_funnel_colors.flow import flow
from kartoteka_funnel_colors.funnel import by_field, funnel, losses
from tests.plugins.funnel_colors.making import buy, new_client, request_of

PAGES = ("", "flow", "red", "managers", "regions")


@pytest.fixture
def busy(colored: Firm) -> Firm:
    """A firm where manager1 has three clients, manager3 one."""
    with colored.session() as session:
        mine, other = colored.users["manager1"], colored.users["manager3"]
        new_client(session, "Only there", owner_id=mine)
        buy(session, new_client(session, "Buyer", owner_id=mine), 1)
        lost = new_client(session, "Lost", owner_id=mine)
        buy(session, lost, 300, 301)
        reason = session.scalars(select(LostReason.id).limit(1)).one()
        lost.left_on, lost.lost_reason_id = lost.last_purchase_on, reason
        session.flush()
        request_of(session, new_client(session, "Strange", owner_id=other))
        session.commit()
    return colored


def page(firm: Firm, who: str, address: str) -> str:
    answer = firm.browser(who).get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_funnel_counts_who_came_so_far_and_the_conversion(busy: Firm) -> None:
    with busy.session("director") as session, statements(busy) as sent:
        found = funnel(session)
    assert len(sent) == 1
    steps = {step.color.code: (step.count, step.reached) for step in found.steps}
    assert steps == {
        "white": (1, 4), "grey": (0, 3), "green": (0, 3), "yellow": (0, 3),
        "green_gold": (1, 3), "gold": (1, 2), "platinum": (0, 0),
    }  # fmt: skip
    conversion = {step.color.code: step.conversion for step in found.steps}
    assert conversion["white"] is None
    assert conversion["grey"] == 75
    assert conversion["platinum"] == 0
    assert {color.code: count for color, count in found.red}["red_gold"] == 1


def test_whoever_was_lost_counts_as_far_as_they_ever_came(busy: Firm) -> None:
    with busy.session() as session:
        for name, deals in (("Asked once", 1), ("Never asked", 0)):
            client = new_client(session, name)
            for _number in range(deals):
                request_of(session, client)
            session.commit()
            reason = session.scalars(select(LostReason.id).limit(1)).one()
            client.left_on, client.lost_reason_id = date(2026, 1, 1), reason
            session.commit()
            assert client.funnel_colors_color == "red_green"  # pyright: ignore[reportAttributeAccessIssue]
    with busy.session("director") as session:
        steps = {step.color.code: step.reached for step in funnel(session).steps}
    assert steps == {
        "white": 6, "grey": 5, "green": 5, "yellow": 4, "green_gold": 4, "gold": 2, "platinum": 0,
    }  # fmt: skip


def test_each_reader_counts_the_clients_they_see(busy: Firm) -> None:
    for who, total in (("director", 4), ("manager1", 3), ("assistant1", 3), ("manager3", 1),
                       ("curator1", 3), ("manager2", 0)):  # fmt: skip
        with busy.session(who) as session:
            assert funnel(session).total == total
            assert sum(line.total for line in by_field(session, "owner_id")) == total
            assert sum(line.total for line in by_field(session, "region_id")) == total
    for address in PAGES:
        assert "Strange" not in page(busy, "manager1", f"/funnel-colors/{address}")


def test_the_flow_names_clients_behind_each_number(busy: Firm) -> None:
    with busy.session("director") as session, statements(busy) as sent:
        found = flow(session, date(2020, 1, 1))
    assert len(sent) == 2
    streams = {
        (one.old_code, one.new_code): sorted(c.name for c in one.clients) for one in found.streams
    }
    assert streams[("white", "gold")] == ["Buyer"]
    assert streams[("white", "red_gold")] == ["Lost"]
    assert streams[("white", "green_gold")] == ["Strange"]
    shown = page(busy, "manager1", "/funnel-colors/flow")
    assert "Buyer" in shown
    assert "/funnel_colors_move/list/" in shown
    nothing = page(busy, "director", "/funnel-colors/flow?since=2001-01-01&until=2001-01-02")
    assert "No client changed its colour" in nothing
    assert "The last day is before" in page(
        busy, "director", "/funnel-colors/flow?since=2002-01-01&until=2001-01-02"
    )
    half = page(busy, "director", "/funnel-colors/flow?since=2001-01-01&until=nonsense")
    assert 'value="2001-01-01"' in half
    for ends in ("since=0001-01-01", "until=9999-12-31"):
        assert page(busy, "director", f"/funnel-colors/flow?{ends}")


def test_a_number_of_the_flow_leads_to_those_clients(busy: Firm) -> None:
    shown = page(busy, "director", "/funnel-colors/flow")
    links = [
        html.unescape(one) for one in re.findall(r'href="(/funnel_colors_move/list/[^"]+)', shown)
    ]
    (link,) = [one for one in links if "white" in one and "green_gold" in one]
    listed = page(busy, "director", link)
    assert "Strange" in listed
    assert "Buyer" not in listed


def test_the_red_spectrum_tells_the_reason_said(busy: Firm) -> None:
    with busy.session("director") as session:
        (loss,) = losses(session)
        assert (loss.color.code, loss.rule, loss.count) == ("red_gold", "few_left", 1)
        assert loss.reason
    assert "We have lost nobody" in page(busy, "manager3", "/funnel-colors/red")


def test_empty_pages_say_what_to_do(colored: Firm) -> None:
    for address in PAGES:
        assert 'class="empty"' in page(colored, "manager1", f"/funnel-colors/{address}")


def test_the_number_of_statements_of_a_page_does_not_grow(busy: Firm) -> None:
    browser = busy.browser("director")
    for address in PAGES:
        browser.get(f"/funnel-colors/{address}")
        with statements(busy) as few:
            browser.get(f"/funnel-colors/{address}")
        with busy.session() as session:
            for number in range(5):
                buy(session, new_client(session, f"More {number}"), 1, 2)
            session.commit()
        with statements(busy) as many:
            browser.get(f"/funnel-colors/{address}")
        assert len(many) == len(few)


def test_list_and_card_show_name_and_sign_beside_the_paint(busy: Firm) -> None:
    listed = page(busy, "manager1", "/client/list/")
    assert 'class="mark"' in listed
    assert "⬢" in listed
    assert "Gold" in listed
    with busy.session("manager1") as session:
        number = session.scalars(select(Client.id).where(Client.name == "Buyer")).one()
    card = page(busy, "manager1", f"/client/show/{number}?panels=all")
    assert "fc-swatch" in card
    assert "Has bought" in card


def test_rest_gives_the_colour_and_takes_none(busy: Firm) -> None:
    program = busy.program("manager1")
    rows = program.get("/api/v1/client/?filter.funnel_colors_color.eq=gold").get_json()
    text = json.dumps(rows, ensure_ascii=False)
    assert "Buyer" in text
    assert "Only there" not in text
    assert program.get("/api/v1/funnel_colors_move/").status_code == 200
    assert program.post("/api/v1/funnel_colors_move/", json={}).status_code in (403, 404, 405)


def test_only_the_director_starts_a_recolouring(busy: Firm) -> None:
    assert "Recolour all clients" in page(busy, "director", "/funnel-colors/")
    assert "Recolour all clients" not in page(busy, "manager1", "/funnel-colors/")
    assert busy.browser("manager1").post("/funnel-colors/recolor").status_code == 403
    browser = busy.browser("director")
    first = browser.post("/funnel-colors/recolor")
    assert first.status_code == 302
    again = browser.post("/funnel-colors/recolor")
    assert (again.status_code, again.location) == (302, first.location)


def command(firm: Firm, *words: str, **settings: Any) -> Any:
    """Run a command of the plugin on the firm's database."""
    group = {command.name: command for command in colors_plugin.commands()}
    installation = context.Installation(firm.made.config.folder)
    config = replace(firm.made.config, **settings)
    installation.__dict__["made"] = replace(firm.made, config=config)
    return CliRunner().invoke(group[words[0]], words[1:], obj=installation)


def test_commands_speak_the_language_of_the_installation_or_of_the_person(busy: Firm) -> None:
    with busy.session() as session:
        number = session.scalars(select(Client.id).where(Client.name == "Buyer")).one()
        staff = session.get(Staff, busy.users["manager1"])
        assert staff is not None
        staff.language = "bg"
        session.commit()
    said = command(busy, "explain", str(number), language="ru").output
    assert "Buyer: Золотой" in said
    assert "С " in said
    assert "+00:00" not in said
    assert "Покупки не меньше 1" in said
    assert not re.search(r"\b(Since|Gold|yes|no value)\b", said)
    assert "Buyer: Златен" in command(busy, "explain", str(number), "--as", "manager1").output
    told = command(busy, "recompute", language="ru").output
    assert "4 клиента" in told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--since", "0001-01-01", "--json"), 0),
        (("--since", "9999-12-31", "--until", "9999-12-31"), 0),
        (("--since", "0001-01-01", "--until", "0001-01-01"), 0),
        (("--since", "2026-02-30"), 2),
        (("--since", "nonsense"), 2),
        (("--since", "2026-01-01", "--until", "10000-01-01"), 2),
        (("--since", "2026-01-02", "--until", "2026-01-01"), 2),
        (("--since", "2026-01-01", "--names", "9" * 30), 2),
    ],
)
def test_any_day_gives_an_answer_or_a_sentence(
    colored: Firm, words: tuple[str, ...], code: int
) -> None:
    done = command(colored, "flow", *words)
    assert done.exit_code == code, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_commands_print_json(busy: Firm) -> None:
    def run(*words: str) -> Any:
        result = command(busy, *words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    found = run("recompute")
    assert found["clients"] == sum(found["colors"].values()) == 4
    assert found["colors"]["white"] == 1
    assert next(iter(found["colors"])) == "white"
    streams = run("flow", "--since", "2020-01-01")
    found = {(one["from"], one["to"]): (one["count"], one["clients"]) for one in streams["flow"]}
    count, clients = found["white", "green_gold"]
    assert (count, [client["name"] for client in clients]) == (1, ["Strange"])
    mine = run("flow", "--since", "2020-01-01", "--as", "manager3")
    assert mine["moves"] == 1
    with busy.session() as session:
        number = session.scalars(select(Client.id).where(Client.name == "Buyer")).one()
    told = run("explain", str(number))
    assert told["color"] == told["due"]["color"] == "gold"
    assert told["rules"][-1]["holds"] is True


def test_the_commands_stand_under_the_name_with_a_dash(tmp_path: Path) -> None:
    """Run in a process of its own: an installation of its own, as an operator makes it."""
    (tmp_path / "kartoteka.toml").write_text('plugins = ["kartoteka_funnel_colors"]\n')

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "kartoteka", "--dir", str(tmp_path), *words]
        given = {**os.environ, "KARTOTEKA_SECRET_KEY": "s" * 48}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=given)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("db", "upgrade")
    found = json.loads(run("funnel-colors", "recompute", "--json"))
    assert found["clients"] == 0
    assert len(found["colors"]) == 10
    assert "funnel-colors" in run("--help")


def test_without_the_plugin_nothing_is_coloured_and_nothing_fails(
    make: Callable[..., Firm],
) -> None:
    firm = make()
    with firm.session("director") as session:
        client: Any = new_client(session)
        buy(session, client, 1)
        session.commit()
    browser = firm.browser("director")
    assert browser.get("/funnel-colors/").status_code == 404
    listed = browser.get("/client/list/").get_data(as_text=True)
    assert "Colour" not in listed
    assert "Alfa" in listed
