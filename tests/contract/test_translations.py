"""Every text of the core and the plugins is there in Russian, and no translation is damaged."""

from __future__ import annotations

import io
import re
from collections import Counter
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SOURCES = [
    ROOT / "core",
    *sorted(path.parent.parent for path in ROOT.glob("plugins/*/*/plugin.py")),
]
LEAST_BULGARIAN = 0.6
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?([a-zA-Z])|%(%)")
# What a catalogue calls a text: itself, or itself and its plural.
Key = str | tuple[str, ...]


def _key(message: Message) -> Key:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else message.id


def _forms(key: Key | Any) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(key)


@cache
def texts_of(source: Path) -> frozenset[Key]:
    """Return what is marked for translation in a folder."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config)
    found = extract_from_dir(source, methods, options, keywords=DEFAULT_KEYWORDS)
    return frozenset(tuple(text) if isinstance(text, list) else text for _, _, text, _, _ in found)


def po_file(source: Path, language: str) -> Path | None:
    """Return where the texts of a folder are translated, if they are."""
    found = sorted(source.glob(f"*/translations/{language}/LC_MESSAGES/messages.po"))
    return found[0] if found else None


@cache
def catalogue(file: Path) -> Catalog:
    """Return what a file translates."""
    with file.open("rb") as opened:
        return read_po(opened, locale=file.parents[1].name)


def _po_files() -> list[Path]:
    found = (po_file(source, language) for source in SOURCES for language in ("ru", "bg"))
    return [file for file in found if file]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _is_done(message: Message | None, plurals: int) -> bool:
    if message is None or message.fuzzy or not message.string:
        return False
    expected = plurals if message.pluralizable else 1
    return len(_forms(message.string)) == expected and all(_forms(message.string))


def _translated(file: Path) -> set[Key]:
    known = catalogue(file)
    return {_key(one) for one in known if one.id and _is_done(one, known.num_plurals)}


def _list(texts: set[Key] | frozenset[Key]) -> str:
    return "\n".join(sorted(f"  {text!r}" for text in texts))


def test_plugins_are_found() -> None:
    """The checks below say nothing of a folder that is not looked at."""
    assert ROOT / "plugins" / "wholesale" in SOURCES
    assert all(len(texts_of(source)) > 10 for source in SOURCES)


@pytest.mark.parametrize("source", SOURCES, ids=_name)
def test_russian_is_complete(source: Path) -> None:
    file = po_file(source, "ru")
    assert file is not None, f"{_name(source)} has no Russian"
    missing = texts_of(source) - _translated(file)
    assert not missing, f"Not in {_name(file)}:\n{_list(missing)}"


@pytest.mark.parametrize("source", SOURCES, ids=_name)
def test_bulgarian_covers_most(source: Path) -> None:
    file = po_file(source, "bg")
    if file is None:
        pytest.skip("there is no Bulgarian yet")
    texts = texts_of(source)
    missing = texts - _translated(file)
    share = 1 - len(missing) / len(texts)
    assert share >= LEAST_BULGARIAN, f"{share:.0%} in {_name(file)}:\n{_list(missing)}"


def _placeholders(text: str) -> Counter[str]:
    return Counter(name or percent for name, _, percent in PLACEHOLDER.findall(text))


def _damage(message: Message) -> list[str]:
    """Return how a translation differs from its text in what is put into it."""
    source = _forms(message.id)
    kinds = {name: kind for text in source for name, kind, _ in PLACEHOLDER.findall(text)}
    found: list[str] = []
    for form in filter(None, _forms(message.string)):
        if _placeholders(form) != _placeholders(source[-1]):
            found.append(f"  {source[0]!r}: {form!r}")
        found += [
            f"  {source[0]!r}: %({name}){kind} would fail in {form!r}"
            for name, kind, _ in PLACEHOLDER.findall(form)
            if name and kind not in {"s", "r", kinds.get(name)}
        ]
    return found


@pytest.mark.parametrize("file", _po_files(), ids=_name)
def test_placeholders_are_kept(file: Path) -> None:
    damaged = [line for message in catalogue(file) if message.id for line in _damage(message)]
    assert not damaged, "\n".join(damaged)


def _compiled(catalog: Catalog) -> GNUTranslations:
    target = io.BytesIO()
    write_mo(target, catalog)
    return GNUTranslations(io.BytesIO(target.getvalue()))


def _content(compiled: GNUTranslations) -> dict[Any, str]:
    """Return the texts of a compiled file and its rule of plurals; the header has the hour."""
    texts: dict[Any, str] = dict(vars(compiled)["_catalog"])
    texts[""] = compiled.info()["plural-forms"].replace(" ", "")
    return texts


@pytest.mark.parametrize("file", _po_files(), ids=_name)
def test_the_compiled_file_is_fresh(file: Path) -> None:
    compiled = file.with_suffix(".mo")
    assert compiled.exists(), f"Compile it: pybabel compile -i {_name(file)}"
    with compiled.open("rb") as opened:
        there = _content(GNUTranslations(opened))
    fresh = _content(_compiled(catalogue(file)))
    stale = {key for key in there.keys() | fresh.keys() if there.get(key) != fresh.get(key)}
    assert not stale, f"{_name(compiled)} is stale, compile {file.name} again:\n{_list(stale)}"


def test_no_text_hides_in_an_f_string() -> None:
    hidden = re.compile(r"\{(?:gettext|ngettext|plural_text|_)\(")
    found = [
        f"{path}:{number}"
        for folder in ("core", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if hidden.search(line)
    ]
    assert not found, "The extraction of texts does not look into f-strings."
