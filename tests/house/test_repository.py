"""Locks, commands and files of the repository."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.exits import Exit

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-dev.lock": PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"],
}

# Written in pieces, so that this file does not hold what it looks for.
REGISTRIES = tuple(".".join(host) for host in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org")))
MACHINE = tuple("/" + place for place in ("work/", "root/", "tmp/" + "orchard"))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=30
    )
    if listed.returncode:
        pytest.skip("this is no git repository")
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name]


def pins(lock: str) -> dict[str, tuple[str, int]]:
    """The version of each package and the number of its hashes."""
    text = (REPOSITORY / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if pin := re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", line):
            found[canonicalize_name(pin[1])] = (pin[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line)))
    return found


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_every_requirement_is_locked_in_a_version_that_satisfies_it(lock: str) -> None:
    locked = pins(lock)
    for requirement in map(Requirement, LOCKS[lock]):
        version, _hashes = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} is locked as {version}"


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_every_locked_package_has_hashes(lock: str) -> None:
    locked = pins(lock)
    assert len(locked) > len(LOCKS[lock])
    assert [name for name, (_version, hashes) in locked.items() if not hashes] == []


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_no_address_stands_in_a_lock(lock: str) -> None:
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    assert not re.findall(r"https?://|--(?:extra-)?index-url|--find-links", text)


def test_both_locks_agree() -> None:
    lean, full = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: full.get(name) for name in lean} == lean


def test_setting_up_twice_does_nothing_the_second_time() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^setup: \$\(INSTALLED\)$", makefile, re.MULTILINE)
    for stamp, needs in (("STAMP", "requirements-dev.lock"), ("INSTALLED", r"\$\(STAMP\)")):
        rule = re.search(rf"^\$\({stamp}\): .*{needs}.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        assert rule is not None
        assert rule[1].splitlines()[-1].strip() == "@touch $@"
    assert "--require-hashes -r requirements-dev.lock" in makefile


def test_the_commands_of_the_readme_are_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^make ([a-z-]+)$|`make ([a-z-]+)`", readme, re.MULTILINE))
    targets = {first or second for first, second in named}
    assert targets >= {"demo", "test"}
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_links_of_the_documents_lead_somewhere() -> None:
    lost = [
        f"{page.relative_to(REPOSITORY)}: {link}"
        for page in tracked()
        if page.suffix == ".md" and page.exists()
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert lost == []


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    found = []
    for file in tracked():
        if not file.is_file():
            continue
        content = file.read_bytes().decode("utf-8", "replace")
        found += [f"{file.relative_to(REPOSITORY)}: {name}" for name in REGISTRIES if name in content]
        found += [
            f"{file.relative_to(REPOSITORY)}: {place}"
            for place in MACHINE
            if re.search(rf"(?<![\w.~/-]){re.escape(place)}", content)
        ]
    assert found == []


def test_the_manual_has_every_exit_code_as_the_program_has_it() -> None:
    manual = (REPOSITORY / "docs" / "operators" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (?:yes|no) \|$", manual, re.MULTILINE)
    assert rows == [(str(code.value), code.meaning) for code in Exit]
