"""A slice of the replay of real answers, through the same public interfaces; the whole of it is
`python -m benchmarks.replay`, with its table in docs/replay.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.rte import data
from marketplace import processes

FOLDER = Path(os.environ.get("RTE_DATA", processes.ROOT.parent / "shared/data/rte"))

needs_data = pytest.mark.skipif(
    not data.is_there(FOLDER),
    reason=f"the answers are not in {FOLDER}: they are no part of the checkout (RTE_DATA)",
)


@needs_data
def test_the_majority_over_the_data_itself_is_right_on_735_of_800():
    answers = data.read(FOLDER)
    votes: dict[str, list[str]] = {}
    for said in answers.by_worker.values():
        for item, answer in said:
            votes.setdefault(item, []).append(answer)
    assert (len(answers.pairs), answers.count, len(answers.by_worker)) == (800, 8000, 164)
    assert data.right_by_majority(votes, answers.truth) == 735


def test_a_tie_counts_as_zero():
    votes = {"a": ["1", "0"], "b": ["1", "1", "0"], "c": ["0"]}
    assert data.right_by_majority(votes, {"a": "0", "b": "1", "c": "1"}) == 2


@needs_data
@pytest.mark.processes
def test_a_slice_is_posted_done_paid_and_downloaded_without_a_difference():
    """8 pairs, 80 answers, on servers and processes of its own."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "MANYHANDS_VAR", "DJANGO_SETTINGS_MODULE")
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.replay"),
            *("--data", str(FOLDER), "--items", "8", "--reward", "100"),
        ],
        cwd=processes.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "80 assignments were paid a reward" in done.stdout
    assert "FAILS" not in done.stdout


def test_without_the_data_it_says_where_to_put_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.replay", "--data", str(tmp_path)],
        cwd=processes.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--data" in done.stdout
