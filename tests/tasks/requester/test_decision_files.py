"""The results file comes back with Approve and Reject filled in."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from payments.queries import earnings_of
from tasks import jobs
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.models import DecisionFile, ReviewRun
from tests import world


@pytest.fixture
def batch(lab):
    return world.a_batch(lab, rows=1, max_assignments=6)


@pytest.fixture
def answers(batch):
    """Four answers by four workers, in the order of the file."""
    return [world.submitted(world.a_worker(name), batch) for name in ("ann", "ben", "cho", "dee")]


def table(client, page, batch):
    """The downloaded file as a list of rows, the header first."""
    streamed = client.get(page("results_csv", batch.pk)).streaming_content
    text = b"".join(streamed).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def send(client, page, batch, rows):
    """Upload rows as a file; the page that says what will happen."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    file = SimpleUploadedFile("decisions.csv", text.getvalue().encode())
    return client.post(page("decisions", batch.pk), {"file": file}, follow=True)


def statuses(answers):
    for answer in answers:
        answer.refresh_from_db()
    return [answer.status for answer in answers]


def test_a_nul_character_in_a_cell_is_a_problem_of_its_row(owner, page, batch, answers):
    for column in ("AssignmentId", "Approve", "Reject"):
        rows = table(owner, page, batch)
        rows[1][rows[0].index(column)] = "x\0"
        rows[2][rows[0].index("Approve")] = "x"
        shown = send(owner, page, batch, rows)
        assert shown.status_code == 200
        file = shown.context["file"]
        assert (file.approve_count, file.problem_count) == (1, 1)
        assert file.problems[0]["row"] == 2
        assert "NUL" in file.problems[0]["message"]


def test_a_file_that_was_downloaded_filled_in_and_uploaded_is_carried_out(
    owner, page, batch, answers
):
    rows = table(owner, page, batch)
    rows[1][-2] = "x"
    rows[2][-1] = "=not a formula, a reason"
    rows[3][-2] = " X "

    shown = send(owner, page, batch, rows)
    file = shown.context["file"]
    assert (file.approve_count, file.reject_count, file.ignored_count) == (2, 1, 1)
    assert statuses(answers) == ["Submitted"] * 4  # nothing is decided by looking

    owner.post(page("decision_file", batch.pk, file.pk))
    jobs.run_reviews()
    assert statuses(answers) == ["Approved", "Rejected", "Approved", "Submitted"]
    assert answers[1].feedback == "=not a formula, a reason"
    assert earnings_of(answers[0].worker.public_id, "USD").available_cents == 10
    run = ReviewRun.objects.get()
    assert "2 answers approved" in owner.get(page("run", batch.pk, run.pk)).content.decode()


def test_an_x_on_a_rejected_answer_undoes_the_rejection(owner, page, lab, batch, answers, clock):
    reject_assignments(
        by=lab.by, assignment_ids=[answers[0].public_id], at=clock.now, feedback="no"
    )
    rows = table(owner, page, batch)
    rows[1][-2] = "x"
    file = send(owner, page, batch, rows).context["file"]
    assert (file.undo_count, file.approve_count) == (1, 0)

    owner.post(page("decision_file", batch.pk, file.pk))
    jobs.run_reviews()
    assert statuses(answers)[0] == "Approved"


def test_after_thirty_days_a_rejection_is_a_problem_of_its_row(
    owner, page, lab, batch, answers, clock
):
    reject_assignments(
        by=lab.by, assignment_ids=[answers[0].public_id], at=clock.now, feedback="no"
    )
    clock.forward(days=31)
    rows = table(owner, page, batch)
    rows[1][-2] = "x"
    owner.force_login(lab.user)
    (problem,) = send(owner, page, batch, rows).context["file"].problems
    assert problem["row"] == 2
    assert "more than 30 days" in problem["message"]


def test_every_row_that_cannot_be_carried_out_is_named(owner, page, lab, batch, answers, clock):
    approve_assignments(by=lab.by, assignment_ids=[answers[3].public_id], at=clock.now)
    elsewhere = world.submitted(answers[0].worker, world.a_batch(lab, rows=1, title="Another"))
    stranger = world.a_lab("Stranger")
    theirs = world.submitted(answers[0].worker, world.a_batch(stranger, rows=1))

    header = ["AssignmentId", "Approve", "Reject"]
    rows = [
        [answers[0].public_id, "x", "and a reason"],
        [answers[0].public_id, "yes", ""],
        ["3NOSUCHASSIGNMENT", "x", ""],
        [elsewhere.public_id, "x", ""],
        [theirs.public_id, "x", ""],
        [answers[3].public_id, "x", ""],
        [answers[1].public_id, "x", ""],
        [answers[1].public_id, "", "after all not"],
        [answers[2].public_id, "", "r" * 1025],
        [answers[2].public_id, ""],
    ]
    file = send(owner, page, batch, [header, *rows]).context["file"]

    found = [(p["row"], p["column"], p["message"]) for p in file.problems]
    words = {
        2: "both filled in",
        3: "takes an x",
        4: "no such assignment",
        5: "of another batch",
        6: "no such assignment",  # somebody else's doesn't exist
        7: "approved already",
        9: "earlier row",
        10: "1,025 characters",
        11: "2 cells",
    }
    assert {row for row, _column, _message in found} == set(words)
    for row, _column, message in found:
        assert words[row] in message
    assert (file.approve_count, file.problem_count) == (1, 9)


def test_a_file_is_carried_out_once_however_often_it_is_confirmed(owner, page, batch, answers):
    rows = table(owner, page, batch)
    rows[1][-2] = "x"
    file = send(owner, page, batch, rows).context["file"]
    for _press in range(2):
        owner.post(page("decision_file", batch.pk, file.pk))
    jobs.run_reviews()
    assert ReviewRun.objects.count() == 1
    assert earnings_of(answers[0].worker.public_id, "USD").available_cents == 10


def test_what_was_decided_meanwhile_is_refused_row_by_row(owner, page, lab, batch, answers, clock):
    rows = table(owner, page, batch)
    rows[1][-1] = rows[2][-1] = "wrong"
    file = send(owner, page, batch, rows).context["file"]
    approve_assignments(by=lab.by, assignment_ids=[answers[0].public_id], at=clock.now)

    owner.post(page("decision_file", batch.pk, file.pk))
    jobs.run_reviews()
    assert statuses(answers)[:2] == ["Approved", "Rejected"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"HITId,AssignmentId\n1,2\n", "no column Approve"),
        ("AssignmentId,Approve,Reject\nü,x,\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_a_file_that_is_no_results_file_is_a_problem_not_an_error(owner, page, batch, body, words):
    file = SimpleUploadedFile("decisions.csv", body)
    shown = owner.post(page("decisions", batch.pk), {"file": file}, follow=True)
    assert words in shown.content.decode()
    assert DecisionFile.objects.get().decided_count == 0
