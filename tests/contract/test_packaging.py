"""What a wheel must contain and what must be pinned."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from importlib.metadata import EntryPoint, PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DATA_FOLDERS = {"templates", "static", "translations", "migrations", "versions", "alembic"}


@pytest.fixture(scope="module")
def config() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Name the files of a wheel built from a copy; a stale build/ would hide an omission."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    for name in ("core", "plugins"):
        ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--no-index", "--wheel-dir", target, source], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def import_roots() -> list[Path]:
    """Return the folders whose children are imported by name."""
    return [ROOT / "core", *(path for path in (ROOT / "plugins").iterdir() if path.is_dir())]


def packages_on_disk() -> dict[str, Path]:
    """Return the folder of each package by its import name."""
    return {
        ".".join(file.parent.relative_to(root).parts): file.parent
        for root in import_roots()
        for file in root.rglob("__init__.py")
        if "tests" not in file.relative_to(root).parts
    }


def requirements(config: ConfigParser) -> list[Requirement]:
    """Return all that setup.cfg asks for, extras included."""
    texts = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    return [Requirement(line) for text in texts for line in text.splitlines() if line]


def pins() -> dict[str, Requirement]:
    """Return the lines of constraints.txt by canonical name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def test_setup_cfg_lists_every_package(config: ConfigParser) -> None:
    listed = config["options"]["packages"].split()
    assert sorted(listed) == sorted(packages_on_disk())


def test_setup_cfg_says_where_every_top_package_is(config: ConfigParser) -> None:
    lines = config["options"]["package_dir"].strip().splitlines()
    pairs = [line.partition("=") for line in lines]
    listed = {name.strip(): folder.strip() for name, _, folder in pairs}
    expected = {
        name: str(folder.relative_to(ROOT))
        for name, folder in packages_on_disk().items()
        if "." not in name
    }
    assert listed == expected


def test_every_module_is_in_the_wheel(wheel_names: set[str]) -> None:
    expected = {
        file.relative_to(root).as_posix()
        for root in import_roots()
        for top in root.glob("kartoteka*")
        for file in top.rglob("*.py")
    }
    assert expected
    assert expected - wheel_names == set()


def test_every_data_file_is_in_the_wheel(wheel_names: set[str]) -> None:
    expected = {
        file.relative_to(root).as_posix()
        for root in import_roots()
        for top in root.glob("kartoteka*")
        for file in top.rglob("*")
        if file.is_file()
        and "__pycache__" not in file.parts
        and (file.name == "py.typed" or DATA_FOLDERS & set(file.relative_to(top).parts))
    }
    assert expected - wheel_names == set()


def test_every_package_carries_its_types(wheel_names: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_names if name.endswith("/__init__.py")}
    assert {f"{top}/py.typed" for top in tops} - wheel_names == set()


def test_the_wheel_holds_nothing_but_our_packages(
    config: ConfigParser, wheel_names: set[str]
) -> None:
    tops = {name.split("/")[0] for name in wheel_names}
    listed = {name for name in config["options"]["packages"].split() if "." not in name}
    assert {top for top in tops if not top.endswith(".dist-info")} == listed
    assert not [name for name in wheel_names if name.endswith(".pyc")]


def test_every_entry_point_resolves(config: ConfigParser) -> None:
    groups = config["options.entry_points"]
    assert {"console_scripts", "kartoteka.plugins"} <= set(groups)
    for group, text in groups.items():
        for line in text.strip().splitlines():
            name, value = (part.strip() for part in line.split("="))
            loaded = EntryPoint(name=name, value=value, group=group).load()
            assert group != "console_scripts" or callable(loaded)


def test_constraints_pin_exactly_one_version_each() -> None:
    loose = [
        str(pin)
        for pin in pins().values()
        if [(part.operator, "*" in part.version) for part in pin.specifier] != [("==", False)]
    ]
    assert loose == []


def test_constraints_pin_what_setup_cfg_asks_for(config: ConfigParser) -> None:
    pinned = pins()
    for wanted in requirements(config):
        pin = pinned.get(canonicalize_name(wanted.name))
        assert pin, f"{wanted.name} is not in constraints.txt"
        (version,) = (part.version for part in pin.specifier)
        assert wanted.specifier.contains(version), f"{pin} is outside {wanted}"


def test_constraints_pin_what_the_dependencies_bring(config: ConfigParser) -> None:
    pinned = pins()
    waiting = requirements(config)
    seen: set[tuple[str, frozenset[str]]] = set()
    missing: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        if key[0] not in pinned:
            missing.add(wanted.name)
        try:
            brought = requires(wanted.name) or []
        except PackageNotFoundError:
            continue
        for text in brought:
            requirement = Requirement(text)
            extras = wanted.extras or {""}
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(requirement)
    assert missing == set()
