"""The results file has Mechanical Turk's columns, and is safe to open in a spreadsheet."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from marketplace import clock as the_clock
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.models import Assignment
from tasks.results import cells
from tasks.results.writing import lines_of
from tests import world

# Mechanical Turk's header, to the letter.
HEADER = (
    "HITId,HITTypeId,Title,Description,Keywords,Reward,CreationTime,MaxAssignments,"
    "RequesterAnnotation,AssignmentDurationInSeconds,AutoApprovalDelayInSeconds,Expiration,"
    "NumberOfSimilarHITs,LifetimeInSeconds,AssignmentId,WorkerId,AssignmentStatus,AcceptTime,"
    "SubmitTime,AutoApprovalTime,ApprovalTime,RejectionTime,RequesterFeedback,WorkTimeInSeconds,"
    "LifetimeApprovalRate,Last30DaysApprovalRate,Last7DaysApprovalRate,"
    "Input.a,Input.b,Answer.answer,Answer.why,Approve,Reject"
)


def download(client, page, batch, query=""):
    """(header, rows as dicts) of the downloaded file."""
    answer = client.get(page("results_csv", batch.pk) + query)
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return rows[0], [dict(zip(rows[0], row, strict=True)) for row in rows[1:]], answer


def a_two_column_batch(lab, body=b"b,a\nbee,ay\n", **changes):
    """A published batch whose file has the columns b and a."""
    from tasks import jobs
    from tasks.actions.publish_batch import cost_of, publish_batch

    project = world.a_project(lab, layout="${a}${b}", **changes)
    batch = world.an_upload(lab, project, body)
    cents = sum(cost_of(batch, project))
    publish_batch(by=lab.by, batch=batch, confirmed_cents=cents, at=the_clock.now())
    jobs.publish_batches()
    batch.refresh_from_db()
    return batch


def test_the_columns_are_mechanical_turks_in_their_order(owner, page, lab, worker):
    batch = a_two_column_batch(lab)
    world.submitted(worker, batch, {"why": "so", "answer": "yes"})

    header, rows, answer = download(owner, page, batch)
    assert ",".join(header) == HEADER
    assert answer["Content-Disposition"] == (
        f'attachment; filename="Batch_{batch.pk}_batch_results.csv"'
    )
    assert len(rows) == 1


def test_each_value_is_written_as_mechanical_turk_writes_it(clock, owner, page, lab, worker):
    clock.set(datetime(2020, 3, 5, 13, 5, 11, tzinfo=UTC))
    batch = a_two_column_batch(lab, reward_cents=5)
    assignment = world.accepted(worker, batch)
    clock.forward(seconds=38)
    from tasks.actions.submit import submit

    submit(assignment_id=assignment.public_id, answer={"answer": ["x", "y"]}, at=clock.now)
    clock.forward(hours=1)
    approve_assignments(
        by=lab.by, assignment_ids=[assignment.public_id], at=clock.now, feedback="Thanks"
    )

    (row,) = download(owner, page, batch)[1]
    assert row["Reward"] == "$0.05"
    assert row["CreationTime"] == row["AcceptTime"] == "Thu Mar 05 13:05:11 UTC 2020"
    assert row["SubmitTime"] == "Thu Mar 05 13:05:49 UTC 2020"
    assert row["ApprovalTime"] == "Thu Mar 05 14:05:49 UTC 2020"
    assert row["AutoApprovalTime"] == "Sun Mar 08 13:05:49 UTC 2020"
    assert row["RejectionTime"] == ""
    assert row["RequesterAnnotation"] == (
        f"BatchId:{batch.pk};OriginalHitTemplateId:{batch.project_id};"
    )
    assert (row["AssignmentStatus"], row["WorkTimeInSeconds"]) == ("Approved", "38")
    assert row["LifetimeInSeconds"] == "86400"
    assert row["RequesterFeedback"] == "Thanks"
    assert (row["Input.a"], row["Input.b"], row["Answer.answer"]) == ("ay", "bee", "x|y")
    assert row["LifetimeApprovalRate"] == "100% (1/1)"
    assert (row["Approve"], row["Reject"]) == ("", "")


def test_rates_are_of_this_requesters_decisions_by_their_time(clock, owner, page, lab, worker):
    def decide(what, who, batch):
        assignment = world.submitted(worker, batch)
        if what == "approve":
            approve_assignments(by=who.by, assignment_ids=[assignment.public_id], at=clock.now)
        else:
            reject_assignments(
                by=who.by, assignment_ids=[assignment.public_id], at=clock.now, feedback="no"
            )

    other = world.a_lab("Other Lab")
    decide("reject", other, world.a_batch(other, rows=1))
    batch = world.a_batch(lab, rows=5, lifetime_seconds=86_400 * 100)
    decide("reject", lab, batch)
    clock.forward(days=20)
    decide("approve", lab, batch)
    clock.forward(days=15)
    decide("approve", lab, batch)

    row = download(owner, page, batch)[1][0]
    assert row["LifetimeApprovalRate"] == "67% (2/3)"
    assert row["Last30DaysApprovalRate"] == "100% (2/2)"
    assert row["Last7DaysApprovalRate"] == "100% (1/1)"


def test_what_is_not_submitted_is_no_row(owner, page, lab, worker):
    batch = world.a_batch(lab)
    world.accepted(worker, batch)
    header, rows, _answer = download(owner, page, batch)
    assert header[0] == "HITId"
    assert rows == []


@pytest.mark.parametrize(
    "evil",
    [
        "=1+2",
        "+1+2",
        "-1+2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "'=1",
        '=HYPERLINK("http://x")',
        "-",
        "＝1",
    ],
)
def test_no_answer_or_input_reaches_a_spreadsheet_as_a_formula(owner, page, lab, worker, evil):
    batch = world.a_batch(lab, rows=1)
    world.submitted(worker, batch, {"answer": evil, "=field": "x"})

    header, (row,), _answer = download(owner, page, batch)
    assert row["Answer.answer"] == f"'{evil}"
    assert not [name for name in header if name[:1] in "=+-@"]
    assert cells.unguarded(row["Answer.answer"]) == evil
    _header, (exact,), _answer = download(owner, page, batch, "?raw=1")
    assert exact["Answer.answer"] == evil


@pytest.mark.parametrize("number", ["-1", "+2.5", "-.5", "-1e-3", "12"])
def test_real_numbers_stay_numbers(owner, page, lab, worker, number):
    batch = world.a_batch(lab, rows=1)
    world.submitted(worker, batch, {"answer": number})
    assert download(owner, page, batch)[1][0]["Answer.answer"] == number


@pytest.mark.parametrize(
    "text", ["", "plain", "'", "''", "'quoted'", "'=x", "''=x", "=x", "-1", "'-1", "a=b"]
)
def test_what_guards_a_cell_is_taken_off_exactly(text):
    assert cells.unguarded(cells.guarded(text)) == text


def test_an_answer_with_commas_quotes_and_lines_comes_back_as_it_was(owner, page, lab, worker):
    batch = world.a_batch(lab, rows=1)
    text = 'one, "two"\nthree é 漢'
    world.submitted(worker, batch, {"answer": text})
    assert download(owner, page, batch)[1][0]["Answer.answer"] == text


def test_a_field_that_only_some_answers_have_is_empty_in_the_others(owner, page, lab, worker):
    batch = world.a_batch(lab, rows=1)
    world.submitted(worker, batch, {"answer": "yes"})
    world.submitted(world.a_worker("phil"), batch, {"other": "no"})
    header, rows, _answer = download(owner, page, batch)
    assert header[-4:] == ["Answer.answer", "Answer.other", "Approve", "Reject"]
    assert {(row["Answer.answer"], row["Answer.other"]) for row in rows} == {
        ("yes", ""),
        ("", "no"),
    }


def test_a_large_file_is_streamed_and_never_held(lab, worker, monkeypatch):
    """600 answers of 50 kB in chunks of 20: holding them would take 30 MB."""
    from tasks.queries import results

    monkeypatch.setattr(results, "CHUNK", 20)
    batch = world.a_batch(lab, rows=600, reward_cents=0, max_assignments=1)
    now = the_clock.now()
    Assignment.objects.bulk_create(
        [
            Assignment(
                hit_id=hit,
                worker=worker,
                status="Submitted",
                accepted_at=now,
                deadline_at=now + timedelta(hours=1),
                submitted_at=now,
                answer={"answer": "y" * 50_000},
            )
            for hit in batch.all_hits.values_list("pk", flat=True)
        ],
        batch_size=50,
    )
    tracemalloc.start()
    size = sum(len(line) for line in lines_of(batch, at=now))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > 30 * 10**6
    assert peak < 10 * 10**6
