"""Rules of the whole repository that no linter knows. Each says why it is one."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("marketplace", "workers", "payments", "tasks", "mturk")
LONGEST_FILE = 400


def sources(*folders):
    """Python files of the given folders, tests and migrations left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def calls(path, name):
    """Calls of anything named `name` in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            found = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if found == name:
                yield node


def where(path, node=None):
    return f"{path.relative_to(ROOT)}" + (f":{node.lineno}" if node else "")


def test_no_file_is_longer_than_can_be_held_in_mind():
    too_long = {
        where(path): lines
        for path in sources(*APPS, "benchmarks")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not too_long


def test_a_file_is_named_for_what_it_holds():
    vague = {"utils.py", "helpers.py", "common.py", "misc.py", "tools.py"}
    assert [where(path) for path in sources(*APPS) if path.name in vague] == []


def test_no_rule_hides_in_a_signal():
    # A rule belongs in its action, where reading the action shows it.
    hidden = re.compile(r"\b(pre|post)_(save|delete)\b|\bm2m_changed\b")
    assert [where(path) for path in sources(*APPS) if hidden.search(path.read_text())] == []


def test_every_row_lock_says_whether_it_locks_the_key():
    # Without no_key=True a lock also stops inserts that merely refer to the row.
    silent = [
        where(path, call)
        for path in sources(*APPS)
        for call in calls(path, "select_for_update")
        if "no_key" not in {keyword.arg for keyword in call.keywords}
    ]
    assert silent == []


def test_no_float_comes_near_money():
    floats = []
    for path in sources("payments"):
        if not path.exists():
            continue
        tree = ast.parse(path.read_text())
        floats += [
            where(path, node)
            for node in ast.walk(tree)
            if (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Name) and node.id in {"float", "FloatField"})
            or (isinstance(node, ast.Attribute) and node.attr == "FloatField")
        ]
    assert floats == []


def test_actions_are_told_the_time():
    # An action that read the clock could not be replayed, tested at a deadline, or run late.
    reading = re.compile(
        r"clock\.now\(|timezone\.now\(|datetime\.now\(|from marketplace import .*\bclock\b"
    )
    readers = [
        where(path)
        for path in sources(*APPS)
        if "actions" in path.parts and reading.search(path.read_text())
    ]
    assert readers == []


def test_only_the_clock_reads_the_time():
    reading = re.compile(r"timezone\.now\(|datetime\.(now|utcnow)\(|date\.today\(")
    readers = [
        where(path)
        for path in sources(*APPS)
        if path.name != "clock.py" and reading.search(path.read_text())
    ]
    assert readers == []


@pytest.mark.parametrize("folder", ["templates"])
def test_pages_carry_no_inline_script_or_style(folder):
    # The CSP refuses them; found here, they fail before a browser has to.
    inline = re.compile(
        r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\bsrc=)"
        r"(?![^>]*application/json)[^>]*>",
        re.IGNORECASE,
    )
    offenders = [
        f"{where(path)}: {found.group(0)}"
        for path in sorted((ROOT / folder).rglob("*.html"))
        if (found := inline.search(path.read_text()))
    ]
    assert offenders == []


def test_a_page_is_waited_for_and_not_caught_in_an_instant():
    # A click returns before the page it leads to is there: `expect(…)` waits, `assert` does not.
    instant = {
        "all_inner_texts",
        "all_text_contents",
        "count",
        "get_attribute",
        "inner_text",
        "input_value",
        "is_checked",
        "is_disabled",
        "is_enabled",
        "is_hidden",
        "is_visible",
        "text_content",
    }
    caught = [
        where(path, call)
        for path in sources("tests/browser", "tests/crowd")
        for checked in ast.walk(ast.parse(path.read_text()))
        if isinstance(checked, ast.Assert)
        for call in ast.walk(checked)
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", "") in instant
        and "objects" not in ast.unparse(call)
    ]
    assert caught == []
