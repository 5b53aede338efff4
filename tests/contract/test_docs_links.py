"""The pages lead somewhere: their links to files, and the commands and options they name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from kartoteka.cli.main import main
from kartoteka_excel_import import plugin as excel_import
from kartoteka_funnel_colors import plugin as funnel_colors

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)
SPAN = re.compile(r"`(kartoteka [^`]+)`")
#: The command in a line of a shell: at its start, after a path, inside $( ) or after &&.
CALL = re.compile(r"(?:^|[\s(/])kartoteka (.*)")

#: Commands of a plugin are not in the core's tree; `acme` is the plugin that the pages invent.
OF_PLUGINS = ("acme", "<plugin>")
#: Commands of plugins that come along.
BUNDLED = click.Group(
    commands={
        "excel-import": click.Group("excel-import", list(excel_import.commands())),
        "funnel-colors": click.Group("funnel-colors", list(funnel_colors.commands())),
    }
)


def _links(text: str) -> list[str]:
    targets = LINK.findall(FENCE.sub("", text))
    return [target for target in targets if not re.match(r"[a-z]+:|#", target)]


def _calls(text: str) -> list[str]:
    """Return what follows `kartoteka` in inline code and in the shell lines of a page."""
    found = [span.removeprefix("kartoteka ") for span in SPAN.findall(FENCE.sub("", text))]
    for language, block in FENCE.findall(text):
        if language == "sh":
            for line in block.replace("\\\n", " ").splitlines():
                code = re.sub(r"\s#.*", "", line)
                for part in re.split(r"&&|\|", code):
                    found += [call.rstrip(") ") for call in CALL.findall(part)]
    return found


def _fault(call: str) -> str:
    """Say what in a call does not exist; empty when all of it does."""
    words = shlex.split(call)
    command: click.Command = main
    context = click.Context(main, info_name="kartoteka")
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            options = [
                p for p in command.get_params(context) if word in (*p.opts, *p.secondary_opts)
            ]
            if not options:
                return f"{command.name} has no option {word}"
            option = options[0]
            if isinstance(option, click.Option) and not option.is_flag and words:
                words.pop(0)
        elif isinstance(command, click.Group):
            if command is main and word in OF_PLUGINS:
                return ""
            group = BUNDLED if command is main and word in BUNDLED.commands else command
            inner = group.get_command(context, word)
            if inner is None:
                return f"{command.name} has no command {word!r}"
            command = inner
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    links = _links(page.read_text(encoding="utf-8"))
    dead = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    faults = {call: _fault(call) for call in _calls(page.read_text(encoding="utf-8"))}
    assert {call: fault for call, fault in faults.items() if fault} == {}


def test_dead_links_and_wrong_commands_are_noticed() -> None:
    assert _links("[a](hooks.md) [b](https://example.com) [c](#top)") == ["hooks.md"]
    block = "```sh\n.venv/bin/kartoteka --dir x run --prot 1 && kartoteka demo\n```\n"
    page = f"`kartoteka db mend`\n{block}"
    calls = _calls(page)
    assert calls == ["db mend", "--dir x run --prot 1", "demo"]
    assert [_fault(call) for call in calls] == [
        "db has no command 'mend'", "run has no option --prot", "",
    ]  # fmt: skip


def test_readme_leads_to_every_page() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")
    assert set(_links(readme)) >= {f"docs/{page.name}" for page in PAGES[1:]}
