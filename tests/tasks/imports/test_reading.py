"""Files from Mechanical Turk are checked whole and stored once; no money moves."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.accounts.models import Role
from marketplace.errors import InvalidInput, NotAllowed
from payments.models import Transfer
from tasks import jobs
from tasks.actions import import_rows
from tasks.imports import rows
from tasks.models import FormerWorker, ImportedAssignment
from tests import world
from tests.tasks.imports.props import (
    RESULTS,
    WORKERS,
    a_file,
    imported,
    problems,
    results,
    uploaded,
)
from workers.models import Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=0)


def archive():
    return list(ImportedAssignment.objects.order_by("assignment_id").values())


def test_a_row_of_results_is_kept_whole_and_as_written(lab):
    found = imported(lab, results())
    assert (found.status, found.row_count, found.added_count) == ("done", 1, 1)
    kept = ImportedAssignment.objects.get()
    assert kept.inputs == {"image": "https://images.test/1.jpg"}
    assert kept.answers == {"label": "cat, surely", "note": "=1+1\nsecond line"}
    assert kept.cells == {
        name: text for name, text in RESULTS.items() if not name.startswith(("Input", "Answer"))
    }
    assert kept.submitted_at == datetime(2020, 3, 5, 21, 5, 11, tzinfo=UTC)
    assert found.columns == list(RESULTS)


def test_the_same_file_twice_changes_nothing(lab):
    rows = results(5)
    imported(lab, rows)
    before, workers = archive(), list(FormerWorker.objects.values())
    again = imported(lab, rows)
    assert (again.added_count, again.changed_count, again.known_count) == (0, 0, 5)
    assert archive() == before
    assert list(FormerWorker.objects.values()) == workers


def test_what_was_saved_after_the_review_replaces_what_was_saved_before(lab):
    imported(lab, results(2, AssignmentStatus="Submitted", ApprovalTime=""))
    later = imported(lab, results(2))
    assert (later.added_count, later.changed_count, later.known_count) == (0, 1, 1)
    imported(lab, results(2, AssignmentStatus="Submitted", ApprovalTime=""))
    assert [row["status"] for row in archive()] == ["Approved", "Approved"]
    assert FormerWorker.objects.get(amazon_id="A1B2C3D4E5F6G7").approved_count == 1


def test_two_requesters_with_the_same_file_have_an_archive_each(lab):
    imported(lab, results())
    other = imported(world.a_lab("Other Lab", cents=0), results())
    assert other.added_count == 1
    assert ImportedAssignment.objects.count() == FormerWorker.objects.count() == 2


def test_importing_moves_no_money_and_changes_nobodys_record(lab):
    worker = world.a_worker()
    imported(lab, results(3))
    imported(lab, [WORKERS])
    assert not Transfer.objects.exists()
    before = worker.approved_count
    assert Worker.objects.get().approved_count == before == 0


def test_workers_are_met_in_results_and_counted_over_all_files(lab):
    imported(lab, [
        {**RESULTS, "AssignmentId": "3A1"},
        {**RESULTS, "AssignmentId": "3A2", "AssignmentStatus": "Rejected"},
        {**RESULTS, "AssignmentId": "3A3", "AssignmentStatus": "Submitted"},
    ])  # fmt: skip
    imported(lab, [{**RESULTS, "AssignmentId": "3A4"}])
    former = FormerWorker.objects.get()
    assert (former.approved_count, former.rejected_count) == (2, 1)


def test_a_workers_file_tells_counts_scores_and_blocks(lab):
    blocked = {**WORKERS, "Worker ID": "AZZZZZZ", "CURRENT-Cats": "-3", "CURRENT-Dogs": "100",
               "CURRENT-BlockStatus": "Blocked"}  # fmt: skip
    found = imported(lab, [WORKERS, blocked])
    assert (found.status, found.kind, found.added_count) == ("done", "workers", 2)
    cat, dog = FormerWorker.objects.order_by("pk")
    assert (cat.approved_count, cat.rejected_count) == (9, 1)
    assert (cat.scores, cat.block_status) == ({"Cats": 87}, "Never Blocked")
    assert (dog.scores, dog.block_status) == ({"Cats": -3, "Dogs": 100}, "Blocked")


def test_a_workers_files_counts_stand_before_what_results_add_up_to(lab):
    imported(lab, [WORKERS])
    imported(lab, results())
    former = FormerWorker.objects.get()
    assert (former.counted_approved, former.approved_count) == (1, 9)


def test_a_rate_tells_the_counts_where_their_columns_are_missing(lab):
    imported(lab, [{"Worker ID": "AZZZZZZ", "Your Lifetime Approval Rate": "75% (3/4)"}])
    former = FormerWorker.objects.get()
    assert (former.approved_count, former.rejected_count) == (3, 1)


def test_a_later_workers_file_says_the_newer_thing_and_the_rest_stays(lab):
    imported(lab, [WORKERS])
    later = imported(
        lab, [{"Worker ID": WORKERS["Worker ID"], "CURRENT-Dogs": "5", "CURRENT-Cats": "90"}]
    )
    assert (later.added_count, later.changed_count) == (0, 1)
    former = FormerWorker.objects.get()
    assert former.scores == {"Cats": 90, "Dogs": 5}
    assert (former.approved_count, former.block_status) == (9, "Never Blocked")
    assert imported(lab, [WORKERS]).changed_count == 1  # and back
    assert imported(lab, [WORKERS]).changed_count == 0


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("HITId", "hit"),
        ("AssignmentId", ""),
        ("AssignmentId", "3A B"),
        ("AssignmentId", "x" * 65),
        ("WorkerId", "B123"),
        ("AssignmentStatus", "approved"),
        ("Reward", "5 cents"),
        ("Reward", "$" + "9" * 30),
        ("SubmitTime", "2020-03-05"),
        ("SubmitTime", "Thu Mar 05 13:05:11 XYZ 2020"),
        ("SubmitTime", "Thu Feb 30 13:05:11 PST 2020"),
        ("SubmitTime", "Fri Dec 31 23:05:11 PST 9999"),
        ("ApprovalTime", "yesterday"),
        ("MaxAssignments", "three"),
        ("WorkTimeInSeconds", "9" * 30),
        ("Answer.label", "a\0b"),
    ],
)
def test_each_problem_is_named_by_row_and_column_and_nothing_is_stored(lab, column, text):
    body = results(3)
    body[1] = {**body[1], column: text}
    found = imported(lab, body)
    assert found.status == "refused"
    assert [(row, name) for row, name, _message in problems(found)] == [(3, column)]
    assert not ImportedAssignment.objects.exists()
    assert not FormerWorker.objects.exists()


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("Worker ID", "nobody"),
        ("CURRENT-Cats", "high"),
        ("CURRENT-Cats", "2147483648"),
        ("CURRENT-BlockStatus", "Perhaps"),
        ("Number of HITs approved - Lifetime", "many"),
        ("Number of HITs approved - Lifetime", "11"),
    ],
)
def test_so_are_those_of_a_workers_file(lab, column, text):
    found = imported(lab, [{**WORKERS, column: text}])
    assert [(row, name) for row, name, _message in problems(found)] == [(2, column)]
    assert not FormerWorker.objects.exists()


def test_all_problems_of_a_file_are_shown_at_once(lab):
    body = a_file([
        {**RESULTS, "Reward": "x", "SubmitTime": "y"},
        {**RESULTS},
        {**RESULTS},
    ]) + b"too,few\n"  # fmt: skip
    found = imported(lab, body)
    assert [(row, name) for row, name, _message in problems(found)] == [
        (2, "Reward"), (2, "SubmitTime"), (3, "AssignmentId"), (4, "AssignmentId"), (5, ""),
    ]  # fmt: skip
    assert found.problem_count == 5


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"AssignmentId,HITId\n3A,3H\n", "no such column"),
        (b"AssignmentId,HITId,WorkerId,AssignmentStatus\n", "no rows"),
        (b"AssignmentId,HITId,WorkerId,AssignmentStatus,AssignmentId\n", "twice"),
        (a_file(results(200)) + b"\xff\n", "UTF-8"),
        (b'AssignmentId,HITId,WorkerId,AssignmentStatus\n3A,3H,A1,"x\n', "valid CSV"),
        (b"Worker ID,CURRENT- \nA1,5\n", "1 to 200"),
    ],
)
def test_a_file_that_is_not_as_mechanical_turk_made_it_is_refused_in_words(lab, body, words):
    found = imported(lab, body)
    assert found.status == "refused"
    assert any(words in message for _row, _column, message in problems(found))


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"name,age\nann,7\n", b"\xff\xfe", b"PK\x03\x04", b"a\0b,AssignmentId\n"]
)
def test_a_file_that_is_neither_is_not_even_kept(lab, body):
    with pytest.raises(InvalidInput) as refused:
        uploaded(lab, body)
    assert refused.value.details["field"] == "file"


def test_only_the_first_five_hundred_problems_are_kept_and_all_are_counted(lab):
    found = imported(lab, [{**row, "Reward": "x"} for row in results(700)])
    assert (len(found.problems), found.problem_count) == (500, 700)


class Killed(BaseException):
    """The process died here."""


def test_killed_while_storing_it_goes_on_at_the_next_chunk(lab, monkeypatch, clock):
    monkeypatch.setattr(import_rows, "CHUNK", 10)
    found = uploaded(lab, results(35))
    store, calls = import_rows._store_chunk, []

    def die_in_the_third(*args):
        calls.append(args)
        if len(calls) == 3:
            with transaction.atomic():
                store(*args)
                raise Killed
        return store(*args)

    with monkeypatch.context() as patch:
        patch.setattr(import_rows, "_store_chunk", die_in_the_third)
        with pytest.raises(Killed):
            jobs.read_imports()
    found.refresh_from_db()
    assert (found.status, found.stored_rows) == ("storing", 20)
    assert jobs.read_imports() == 0, "the dead process holds a lease"
    clock.forward(seconds=61)
    assert jobs.read_imports() == 1
    found.refresh_from_db()
    assert (found.status, found.added_count) == ("done", 35)
    assert ImportedAssignment.objects.count() == 35
    assert jobs.read_imports() == 0


def test_killed_while_checking_it_is_checked_anew(lab, monkeypatch, clock):
    found = uploaded(lab, results(3))

    def die(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(import_rows, "_repeated", die)
        with pytest.raises(Killed):
            jobs.read_imports()
    clock.forward(seconds=61)
    jobs.read_imports()
    found.refresh_from_db()
    assert (found.status, found.row_count) == ("done", 3)


def test_uploading_takes_a_manager(lab):
    user = world.a_user("reviewer@vision-lab.test")
    reviewer = world.Lab(user, lab.requester, world.a_member(lab.requester, user, Role.REVIEWER))
    with pytest.raises(NotAllowed):
        uploaded(reviewer, results())


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu Mar 05 13:05:11 PST 2020", datetime(2020, 3, 5, 21, 5, 11, tzinfo=UTC)),
        ("Sun Jul 05 13:05:11 PDT 2020", datetime(2020, 7, 5, 20, 5, 11, tzinfo=UTC)),
        ("Thu Mar 05 13:05:11 UTC 2020", datetime(2020, 3, 5, 13, 5, 11, tzinfo=UTC)),
        ("Thu Foo 05 13:05:11 UTC 2020", None),
        ("", None),
    ],
)
def test_dates_are_read_in_amazons_form(text, moment):
    assert rows.date_in(text) == moment


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(text=st.text(), header=st.sampled_from([b"AssignmentId,", b"Worker ID,", b""]))
def test_whatever_is_in_a_file_is_answered_in_words(lab, text, header):
    try:
        found = imported(lab, header + text.encode("utf-8", "replace"))
    except InvalidInput:
        return
    assert found.status in ("refused", "done")
