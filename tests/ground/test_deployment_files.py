"""Compose, image and Makefile name the same commands, as far as a parser can tell."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings

from marketplace import processes

ROOT = processes.ROOT


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def targets():
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_services_are_those_of_the_design(compose):
    assert {"web", "jobs", "beat", "postgres", "redis", "mailpit"} <= set(compose["services"])


def test_every_command_of_ours_is_a_make_target(compose):
    for name in ("migrate", "web", "jobs", "beat"):
        program, target = compose["services"][name]["command"]
        assert (program, target in targets()) == ("make", True)


def test_every_service_that_lasts_has_a_health_check(compose):
    lasting = set(compose["services"]) - {"migrate"}
    assert {name for name in lasting if "healthcheck" in compose["services"][name]} == lasting


def test_every_volume_is_declared(compose):
    used = {
        mount.split(":")[0]
        for service in compose["services"].values()
        for mount in service.get("volumes", [])
    }
    assert used == set(compose["volumes"])


def test_it_runs_with_no_env_file(compose):
    text = (ROOT / "docker-compose.yml").read_text()
    without_default = re.findall(r"\$\{[A-Z_]+(?!:-)[^A-Z_:}]?\}", text)
    assert without_default == []
    assert "env_file" not in text


def test_make_starts_what_up_starts():
    makefile = (ROOT / "Makefile").read_text()
    for kind in processes.KINDS:
        arguments = " ".join(processes.command(kind, settings.BASE_DIR / "var")[1:])
        arguments = arguments.replace(f"{settings.BASE_DIR}/", "")
        assert arguments in makefile, kind


def test_make_help_prints_every_target():
    if not shutil.which("make"):
        pytest.skip("make is not on this machine")
    # A make that runs these tests would pass its own flags on, and announce the folder.
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("MAKE")}
    printed = subprocess.run(
        ["make", "help"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[1] for line in printed.splitlines()} == targets()
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.group(1).split()) == targets()


def test_every_setting_of_the_example_is_read_somewhere():
    read = "".join(
        path.read_text()
        for path in [ROOT / "docker-compose.yml", *(ROOT / "marketplace").glob("*.py")]
    )
    names = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert [name for name in names if name not in read] == []


def test_the_image_does_not_run_as_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")][-1] == "USER manyhands"
    assert sum(line.startswith("FROM ") for line in lines) == 2


def test_every_setting_is_explained():
    manual = (ROOT / "docs" / "operate.md").read_text()
    reading = re.compile(
        r'(?:text|flag|integer|listing|percent)\(\s*"([A-Z_]+)"|environ(?:\.get\(|\[)"([A-Z_]+)"'
    )
    names = {
        one or two
        for file in ("settings.py", "serving.py")
        for one, two in reading.findall((ROOT / "marketplace" / file).read_text())
    }
    assert len(names) > 25
    assert {name for name in names if f"`{name}`" not in manual} == set()
