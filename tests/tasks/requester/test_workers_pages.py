"""The workers that a requester knows: the list, a page each, the file."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import User
from marketplace.models import OutboxMessage
from payments.actions.grant_play_money import grant_play_money
from payments.queries import earnings_of
from tasks.actions.accept import accept_next
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.give_back import return_assignment
from tasks.actions.send_bonus import send_bonus
from tasks.actions.submit import submit
from tasks.models import Contributor
from tests import world
from tests.questionform import samples
from workers.actions.block_worker import block_worker
from workers.actions.grant_qualification import grant_qualification
from workers.models import Qualification, WorkerBlock, WorkerFile

pytestmark = pytest.mark.django_db


def text(response, status=200):
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def done(lab, worker, clock):
    """The worker's work for the lab: one approved, one rejected, one waiting."""
    batch = world.a_batch(lab)
    work = [world.submitted(worker, batch) for _ in range(3)]
    approve_assignments(by=lab.by, assignment_ids=[work[0].public_id], at=clock.now)
    reject_assignments(
        by=lab.by, assignment_ids=[work[1].public_id], feedback="Blank.", at=clock.now
    )
    return work


def test_who_submitted_is_listed_with_record_block_and_values(
    owner, page, lab, worker, done, clock
):
    kind = world.a_qualification(lab, "Careful reader")
    grant_qualification(by=lab.by, kind=kind, worker=worker, value=77, at=clock.now)
    block_worker(by=lab.by, worker=worker, is_sandbox=False, reason="Why not.", at=clock.now)
    stranger = world.a_worker("otto")
    world.accepted(stranger, world.a_batch(lab))
    response = owner.get(page("workers"))
    shown = text(response)
    ((person, values),) = response.context["rows"]
    assert person.worker == worker
    assert (person.rates[0].approved, person.rates[0].reviewed) == (1, 2)
    assert (person.block, values) == ("Blocked", [(kind, 77)])
    assert "Careful reader" in shown
    assert stranger.public_id not in shown


def test_work_of_the_other_side_and_of_others_is_not_there(owner, page, lab, worker):
    world.submitted(worker, world.a_batch(world.a_lab("Other Lab")))
    assert "Nobody has worked for you yet" in text(owner.get(page("workers")))
    assert owner.get(page("worker", worker.public_id)).status_code == 404


def test_a_worker_is_found_by_the_whole_id(owner, page, worker, done):
    found = owner.get(page("workers"), {"q": worker.public_id.lower()})
    assert [person.worker for person, _values in found.context["rows"]] == [worker]
    assert "No such worker here" in text(owner.get(page("workers"), {"q": "A\0"}))


def test_the_list_pages_through_everybody_once(owner, page, lab, monkeypatch):
    monkeypatch.setattr("tasks.web.requester.workers_pages.PAGE", 2)
    batch = world.a_batch(lab)
    everybody = {world.submitted(world.a_worker(f"w{n}"), batch).worker_id for n in range(5)}
    seen, address = [], page("workers")
    while address:
        response = owner.get(address)
        seen += [person.worker.pk for person, _values in response.context["rows"]]
        following = response.context["page"].next
        address = page("workers") + following if following else ""
    assert len(seen) == 5
    assert set(seen) == everybody


def test_who_worked_is_noted_once_when_work_is_submitted(lab, worker, done, clock):
    otto = world.a_worker("otto")
    returned = world.accepted(otto, world.a_batch(lab))
    return_assignment(worker=otto, assignment_id=returned.public_id, at=clock.now)
    (noted,) = Contributor.objects.all()
    assert (noted.requester, noted.is_sandbox, noted.worker) == (lab.requester, False, worker)


def test_the_list_looks_at_the_work_of_those_that_it_shows_and_no_others(owner, page, worker, done):
    with CaptureQueriesContext(connection) as made:
        owner.get(page("workers"))
    of_work = [q["sql"] for q in made.captured_queries if "tasks_assignment" in q["sql"]]
    assert len(of_work) == 1
    assert f'"worker_id" IN ({worker.pk})' in of_work[0]


def test_from_the_sandbox_no_message_is_sent_and_the_page_says_so(owner, page, lab, worker, clock):
    grant_play_money(requester=lab.requester, at=clock.now)
    done = world.submitted(worker, world.a_batch(lab, is_sandbox=True))
    approve_assignments(by=lab.by, assignment_ids=[done.public_id], at=clock.now)
    User.objects.filter(pk=lab.user.pk).update(is_in_sandbox=True)
    told = owner.post(
        page("write", worker.public_id), {"subject": "More", "text": "Come again."}, follow=True
    )
    assert "the sandbox writes to nobody" in text(told)
    assert not OutboxMessage.objects.filter(kind="email").exists()


def test_a_workers_page_has_the_work_and_what_was_paid_on_top(
    owner, page, lab, worker, done, clock
):
    send_bonus(
        by=lab.by, assignment_id=done[0].public_id, amount_cents=150, reason="Good.", at=clock.now
    )
    shown = text(owner.get(page("worker", worker.public_id)))
    assert "1 of 2 approved" in shown
    assert "$1.50" in shown
    assert all(each.public_id in shown for each in done)
    assert worker.user.email not in shown


def test_work_on_a_hit_that_a_program_made_leads_to_its_answers(owner, page, lab, worker, clock):
    hit = world.a_hit(lab, samples.form(samples.question("q", samples.free())))
    taken = accept_next(worker=worker, group_id=hit.hit_type.public_id, at=clock.now)
    submit(assignment_id=taken.assignment_id, answer={"q": "x"}, worker=worker, at=clock.now)
    shown = text(owner.get(page("worker", worker.public_id)))
    assert f'href="{page("hit", hit.public_id)}"' in shown


def test_work_on_a_hit_that_a_program_made_has_its_bonus(owner, page, lab, worker, clock):
    hit = world.a_hit(lab, samples.form(samples.question("q", samples.free())))
    taken = accept_next(worker=worker, group_id=hit.hit_type.public_id, at=clock.now)
    address = page("bonus", taken.assignment_id)
    assert owner.get(address).status_code == 404, "not before it is submitted"
    submit(assignment_id=taken.assignment_id, answer={"q": "a"}, at=clock.now)
    assert address in text(owner.get(page("worker", worker.public_id)))
    assert address in text(owner.get(page("hit", hit.public_id)))
    token = owner.get(address).context["form"]["token"].value()
    paid = owner.post(address, {"amount": "0.75", "reason": "Careful.", "token": token})
    assert paid.url == page("hit", hit.public_id)
    assert "$0.75" in text(owner.get(page("worker", worker.public_id)))
    assert earnings_of(worker.public_id, "USD").available_cents == 75


def test_blocking_needs_a_reason_and_is_undone(owner, page, worker, done):
    refused = owner.post(page("block", worker.public_id), {"reason": " "})
    assert refused.status_code == 422
    owner.post(page("block", worker.public_id), {"reason": "Guesses."})
    assert "Guesses." in text(owner.get(page("worker", worker.public_id)))
    owner.post(page("unblock", worker.public_id))
    assert WorkerBlock.objects.get().unblocked_at is not None


def test_a_qualification_is_given_and_taken_on_the_workers_page(owner, page, lab, worker, done):
    kind = world.a_qualification(lab)
    given = {"type": kind.public_id, "value": "12"}
    owner.post(page("qualify", worker.public_id), given)
    assert Qualification.objects.get().value == 12
    owner.post(page("disqualify", worker.public_id), {"type": kind.public_id})
    assert Qualification.objects.get().status == "Revoked"
    theirs = world.a_qualification(world.a_lab("Other Lab"))
    refused = owner.post(page("qualify", worker.public_id), given | {"type": theirs.public_id})
    assert refused.status_code == 422


def test_a_message_is_sent_to_who_did_judged_work_only(owner, page, lab, worker, done):
    OutboxMessage.objects.all().delete()
    message = {"subject": "More", "text": "Come again."}
    owner.post(page("write", worker.public_id), message)
    assert OutboxMessage.objects.get(kind="email").payload["to"] == worker.user.email
    otto = world.a_worker("otto")
    world.submitted(otto, world.a_batch(lab))
    refused = owner.post(page("write", otto.public_id), message)
    assert "approved or rejected" in text(refused, 422)


# The file


def downloaded(owner, page):
    body = owner.get(page("workers_csv")).getvalue().decode()
    return list(csv.DictReader(io.StringIO(body)))


def uploaded(owner, page, *rows, names=None):
    """Upload rows of {column: cell}; the response that follows."""
    names = names or list(rows[0])
    body = io.StringIO()
    writer = csv.DictWriter(body, names)
    writer.writeheader()
    writer.writerows(rows)
    file = SimpleUploadedFile("workers.csv", body.getvalue().encode())
    return owner.post(page("upload_workers"), {"file": file}, follow=True)


def confirm(owner, page):
    return owner.post(page("workers_file", WorkerFile.objects.latest("pk").pk), follow=True)


def test_the_file_has_mturks_columns(owner, page, lab, worker, done, clock):
    kind = world.a_qualification(lab, "=Sum")
    grant_qualification(by=lab.by, kind=kind, worker=worker, value=-7, at=clock.now)
    (row,) = downloaded(owner, page)
    assert row["Worker ID"] == worker.public_id
    assert list(row)[-4:] == [
        "CURRENT-=Sum", "UPDATE-=Sum", "CURRENT-BlockStatus", "UPDATE-BlockStatus",
    ]  # fmt: skip
    assert list(row.values())[-4:] == ["-7", "", "Never Blocked", ""]
    assert row["Number of HITs approved or rejected - Lifetime"] == "2"
    assert row["Number of HITs approved - Lifetime"] == "1"


def test_what_stands_in_update_columns_is_shown_and_then_done(
    owner, page, lab, worker, done, clock
):
    kept, gone = world.a_qualification(lab, "Kept"), world.a_qualification(lab, "Gone")
    grant_qualification(by=lab.by, kind=gone, worker=worker, value=5, at=clock.now)
    (row,) = downloaded(owner, page)
    row |= {"UPDATE-Kept": "42", "UPDATE-Gone": "revoke", "UPDATE-BlockStatus": "BLOCK"}
    shown = text(uploaded(owner, page, row))
    assert "Make 3 changes" in shown
    assert Qualification.objects.get(type=gone).status == "Granted"
    assert "3 changes are made." in text(confirm(owner, page))
    assert Qualification.objects.get(type=kept).value == 42
    assert Qualification.objects.get(type=gone).status == "Revoked"
    assert WorkerBlock.objects.get().unblocked_at is None


def test_what_is_so_already_changes_nothing(owner, page, lab, worker, done, clock):
    kind = world.a_qualification(lab, "Kept")
    grant_qualification(by=lab.by, kind=kind, worker=worker, value=5, at=clock.now)
    shown = text(
        uploaded(
            owner, page,
            {"Worker ID": worker.public_id, "UPDATE-Kept": "5", "UPDATE-BlockStatus": "Unblock"},
        )
    )  # fmt: skip
    assert "Nothing changes" in shown


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"UPDATE-Kept": "many"}, "A whole number or Revoke"),
        ({"UPDATE-Kept": "2147483648"}, "A whole number or Revoke"),
        ({"UPDATE-Kept": "9" * 5000}, "A whole number or Revoke"),
        ({"UPDATE-Kept": "Revoke"}, "doesn&#x27;t hold it"),
        ({"UPDATE-BlockStatus": "maybe"}, "Block or Unblock"),
        ({"UPDATE-Unknown": "1"}, "no qualification of this name"),
        ({"Worker ID": "A1NOBODY", "UPDATE-Kept": "1"}, "There is no worker"),
        ({"Worker ID": "A\0", "UPDATE-Kept": "1"}, "There is no worker"),
    ],
)
def test_a_file_with_a_problem_changes_nothing_at_all(owner, page, lab, worker, done, row, problem):
    world.a_qualification(lab, "Kept")
    otto = world.a_worker("otto")
    good = {"Worker ID": otto.public_id, "UPDATE-BlockStatus": "Block"}
    bad = {"Worker ID": worker.public_id, **row}
    names = list(dict.fromkeys([*good, *bad]))
    shown = text(uploaded(owner, page, good, bad, names=names))
    assert problem in shown
    assert "Make" not in shown
    assert confirm(owner, page).status_code == 409
    assert not WorkerBlock.objects.exists()


def test_a_worker_who_stands_twice_is_a_problem(owner, page, worker, done):
    row = {"Worker ID": worker.public_id, "UPDATE-BlockStatus": "Block"}
    assert "Another row" in text(uploaded(owner, page, row, row))


def test_half_of_a_file_is_never_done(owner, page, lab, worker, done, clock):
    kind = world.a_qualification(lab, "Kept")
    otto = world.a_worker("otto")
    grant_qualification(by=lab.by, kind=kind, worker=otto, at=clock.now)
    uploaded(
        owner, page,
        {"Worker ID": worker.public_id, "UPDATE-Kept": "9"},
        {"Worker ID": otto.public_id, "UPDATE-Kept": "Revoke"},
    )  # fmt: skip
    Qualification.objects.filter(worker=otto).update(status="Revoked", revoked_at=clock.now)
    assert confirm(owner, page).status_code == 409
    assert not Qualification.objects.filter(worker=worker).exists()


def test_a_file_is_carried_out_once(owner, page, worker, done):
    uploaded(owner, page, {"Worker ID": worker.public_id, "UPDATE-BlockStatus": "Block"})
    confirm(owner, page)
    owner.post(page("unblock", worker.public_id))
    confirm(owner, page)
    assert WorkerBlock.objects.get().unblocked_at is not None


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"a,b\n1,2\n", b'"', b"Worker ID\n\n"])
def test_an_odd_file_is_answered(owner, page, lab, body):
    file = SimpleUploadedFile("workers.csv", body)
    response = owner.post(page("upload_workers"), {"file": file}, follow=True)
    assert response.status_code == 200
