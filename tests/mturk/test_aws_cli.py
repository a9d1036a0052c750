"""A whole day's work by the aws command line, against a marketplace that really runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace import clock
from marketplace.accounts.actions.create_access_key import create_access_key
from tasks.actions.accept import accept_hit
from tasks.actions.submit import submit
from tests.mturk.conformance import words
from tests.world import a_lab, a_worker


@pytest.fixture(scope="module")
def aws(live_app, tmp_path_factory):
    """Runs `aws mturk …` and gives back what it printed."""
    with live_app.orm():
        lab = a_lab("Command Lab")
        key, secret = create_access_key(by=lab.by, created_by=lab.user, at=clock.now())
    home = tmp_path_factory.mktemp("home")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ENDPOINT_URL_MTURK": live_app.base_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
    }
    command = Path(sys.executable).with_name("aws")

    def run(operation, *arguments):
        done = subprocess.run(
            [command, "mturk", operation, *arguments],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, (
            f"{operation}: {done.stderr}\n{live_app.processes['web'].last_words(60)}"
        )
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def works(live_app, hit_id, name):
    """A worker accepts and submits the HIT."""
    with live_app.orm():
        worker = a_worker(name)
        taken = accept_hit(worker=worker, hit_id=hit_id, at=clock.now())
        submit(assignment_id=taken.assignment_id, answer={"label": "cat"}, at=clock.now())
    return worker.public_id


def test_a_days_work(live_app, aws, tmp_path):
    question = tmp_path / "question.xml"
    question.write_text(words.HTML)
    made = aws(
        "create-hit",
        "--title", "Label a picture", "--description", "Say what it shows.",
        "--reward", "0.25", "--max-assignments", "2", "--lifetime-in-seconds", "3600",
        "--assignment-duration-in-seconds", "600", "--question", f"file://{question}",
    )  # fmt: skip
    hit_id, hit_type = made["HIT"]["HITId"], made["HIT"]["HITTypeId"]
    first, second = (works(live_app, hit_id, name) for name in ("ada", "bob"))

    listed = aws("list-assignments-for-hit", "--hit-id", hit_id, "--page-size", "1")
    done = {each["WorkerId"]: each["AssignmentId"] for each in listed["Assignments"]}
    assert set(done) == {first, second}
    assert aws("approve-assignment", "--assignment-id", done[first]) is None
    aws("reject-assignment", "--assignment-id", done[second], "--requester-feedback", "A dog.")
    aws("approve-assignment", "--assignment-id", done[second], "--override-rejection")
    aws(
        "send-bonus", "--worker-id", first, "--assignment-id", done[first],
        "--bonus-amount", "0.50", "--reason", "Quick.",
    )  # fmt: skip
    paid = aws("list-bonus-payments", "--hit-id", hit_id)
    assert [each["BonusAmount"] for each in paid["BonusPayments"]] == ["0.50"]

    kind = aws(
        "create-qualification-type", "--name", "Good with cats",
        "--description", "Knows cats.", "--qualification-type-status", "Active",
    )["QualificationType"]["QualificationTypeId"]  # fmt: skip
    qualified = ["--qualification-type-id", kind, "--worker-id", first]
    aws("associate-qualification-with-worker", *qualified, "--integer-value", "90")
    score = aws("get-qualification-score", *qualified)
    assert score["Qualification"]["IntegerValue"] == 90
    told = aws(
        "notify-workers", "--subject", "Thank you", "--message-text", "More tomorrow.",
        "--worker-ids", first, second,
    )  # fmt: skip
    assert told["NotifyWorkersFailureStatuses"] == []
    aws(
        "update-notification-settings", "--hit-type-id", hit_type, "--active", "--notification",
        "Destination=https://lab.example/hook,Transport=SNS,Version=2014-08-15,"
        "EventTypes=AssignmentSubmitted",
    )  # fmt: skip
    aws("delete-hit", "--hit-id", hit_id)
    left = [each["HITId"] for each in aws("list-hits")["HITs"]]
    assert hit_id not in left
    balance = aws("get-account-balance")
    assert balance["AvailableBalance"] == "99.00"
