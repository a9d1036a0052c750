"""The pages: upload, progress, problems, search, download, former workers and who they are here."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace import clock as now
from tasks import jobs
from tasks.models import FormerWorker, ImportedAssignment, ImportedFile
from tests import world
from tests.tasks.imports.props import RESULTS, WORKERS, a_file, imported, results, uploaded
from workers.actions.claim_former_id import claim_former_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return world.a_lab(cents=0)


@pytest.fixture
def owner(client, lab):
    client.force_login(lab.user)
    return client


def page(name, *args):
    return reverse(f"requester:{name}", args=args)


def read(client, address):
    """The text of a page."""
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def table(client, address):
    """A downloaded file as rows."""
    text = b"".join(client.get(address).streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def send(client, body):
    file = SimpleUploadedFile("../../Batch_7\u202e.csv", body)
    return client.post(page("new_import"), {"file": file})


def test_a_file_is_uploaded_checked_by_the_job_and_shown(owner):
    response = send(owner, a_file(results(2)))
    found = ImportedFile.objects.get()
    assert response["Location"] == page("import", found.pk)
    assert "Checking the file" in read(owner, page("import", found.pk))
    jobs.read_imports()
    shown = read(owner, page("import", found.pk))
    assert "2 rows: 2 new" in shown
    assert "cat, surely" in shown
    ((_row, answers, _others), *_) = owner.get(page("import", found.pk)).context["rows"]
    assert [name for name, _text in answers] == ["label", "note"]  # as in the file
    assert "Batch_7" in read(owner, page("imports"))


def test_a_file_that_is_neither_is_an_error_of_its_field(owner):
    response = send(owner, b"name,age\nann,7\n")
    assert response.status_code == 200
    assert "Choose a file as Mechanical Turk made it." in response.content.decode()
    assert not ImportedFile.objects.exists()


def test_problems_are_shown_by_row_and_column(owner, lab):
    found = imported(lab, results(2, Reward="a cat"))
    shown = read(owner, page("import", found.pk))
    assert "1 problem in the file" in shown
    assert "“a cat” is not an amount" in shown


def test_the_part_that_moves_is_asked_for_alone_and_says_when_the_stage_has_changed(owner, lab):
    found = uploaded(lab, results(2))
    address, htmx = page("import_state", found.pk), {"HX-Request": "true"}
    moving = owner.get(address, {"stage": "checking"}, headers=htmx)
    assert "Checking the file" in moving.content.decode()
    assert "<html" not in moving.content.decode()
    ImportedFile.objects.update(status="storing", row_count=2, stored_rows=1)
    assert owner.get(address, {"stage": "checking"}, headers=htmx)["HX-Refresh"] == "true"
    moving = owner.get(address, {"stage": "storing"}, headers=htmx)
    assert "1 of 2 rows" in moving.content.decode()
    assert owner.get(address)["Location"] == page("import", found.pk)


def test_rows_are_found_by_status_worker_and_words(owner, lab):
    body = results(3)
    body[1] |= {"AssignmentStatus": "Rejected", "Answer.label": 'perro "grande"'}
    body[2] |= {"Input.image": "https://images.test/odd.jpg"}
    found = imported(lab, body)
    for query, expected in (
        ({}, 3),
        ({"status": "Rejected"}, 1),
        ({"status": "nonsense"}, 3),
        ({"worker": " a1b2c3d4e5f6g8 "}, 1),
        ({"text": 'perro "grande'}, 1),
        ({"text": "ODD.jpg"}, 1),
        ({"text": "nowhere"}, 0),
        ({"text": "a\0b", "worker": "\0"}, 0),
        ({"after": "9" * 40}, 3),
    ):
        response = owner.get(page("import", found.pk), query)
        assert len(response.context["page"].rows) == expected, query


def test_a_file_comes_back_in_its_very_columns_and_cells(owner, lab):
    body = results(3)
    body[1]["Answer.note"] = "'quoted"
    found = imported(lab, body)
    rows = table(owner, page("import_csv", found.pk) + "?raw=1")
    assert rows == [list(RESULTS), *(list(row.values()) for row in body)]


def test_what_a_spreadsheet_would_run_is_guarded_unless_the_exact_text_is_asked_for(owner, lab):
    found = imported(lab, results(1))
    place = list(RESULTS).index("Answer.note")
    assert table(owner, page("import_csv", found.pk))[1][place] == "'=1+1\nsecond line"


def test_a_list_of_workers_has_no_results_to_download(owner, lab):
    found = imported(lab, [WORKERS])
    assert owner.get(page("import_csv", found.pk)).status_code == 404
    assert page("former_workers") in read(owner, page("import", found.pk))


def test_a_file_whose_rows_were_all_known_says_so(owner, lab):
    imported(lab, results(2))
    shown = read(owner, page("import", imported(lab, results(2)).pk))
    assert "2 known already" in shown
    assert "stand under other files" in shown


def test_former_workers_are_filtered_and_downloaded(owner, lab):
    blocked = {**WORKERS, "Worker ID": "AZZZZZZ", "CURRENT-Cats": "", "CURRENT-Dogs": "7",
               "CURRENT-BlockStatus": "Blocked"}  # fmt: skip
    imported(lab, [WORKERS, blocked])
    for query, expected in (
        ({}, ["AZZZZZZ", "A1B2C3D4E5F6G7"]),
        ({"worker": "azzzzzz"}, ["AZZZZZZ"]),
        ({"qualification": "Cats"}, ["A1B2C3D4E5F6G7"]),
        ({"which": "blocked"}, ["AZZZZZZ"]),
        ({"which": "linked"}, []),
        ({"which": "nonsense"}, ["AZZZZZZ", "A1B2C3D4E5F6G7"]),
        ({"qualification": "\0"}, []),
    ):
        rows = owner.get(page("former_workers"), query).context["rows"]
        assert [row["former"].amazon_id for row in rows] == expected, query
    header, *rows = table(owner, page("former_workers_csv"))
    assert header == [
        "Worker ID", "Number of HITs approved or rejected - Lifetime",
        "Number of HITs approved - Lifetime", "CURRENT-Cats", "CURRENT-Dogs",
        "CURRENT-BlockStatus", "Worker ID here",
    ]  # fmt: skip
    assert rows == [
        ["A1B2C3D4E5F6G7", "10", "9", "87", "", "Never Blocked", ""],
        ["AZZZZZZ", "10", "9", "", "7", "Blocked", ""],
    ]


def test_the_downloaded_workers_can_be_imported_again(owner, lab):
    imported(lab, [WORKERS])
    body = b"".join(owner.get(page("former_workers_csv")).streaming_content)
    again = imported(lab, body)
    assert (again.status, again.added_count, again.changed_count) == ("done", 0, 0)


def test_a_claim_is_shown_and_confirmed_by_the_requester_who_knows_the_id(client, lab):
    imported(lab, [WORKERS])
    worker = world.a_worker()
    client.force_login(worker.user)
    saved = client.post(reverse("workers:former_id"), {"former_mturk_id": " a1b2c3d4e5f6g7"})
    assert saved["Location"] == reverse("workers:profile")
    assert "A1B2C3D4E5F6G7" in read(client, reverse("workers:former_id"))

    client.force_login(lab.user)
    assert worker.public_id in read(client, page("former_workers"))
    (row,) = client.get(page("former_workers"), {"which": "says"}).context["rows"]
    client.post(page("link_former_worker", row["former"].pk), {"worker": worker.public_id})
    shown = read(client, page("former_workers"))
    assert "with the scores they had" in shown
    assert "says so" not in shown
    assert FormerWorker.objects.get().worker == worker
    assert client.get(page("former_workers"), {"which": "says"}).context["rows"] == []


def test_a_requester_who_does_not_know_the_id_never_sees_it(client, lab):
    other = world.a_lab("Other Lab", cents=0)
    imported(other, [{**WORKERS, "Worker ID": "AZZZZZZ"}])
    worker = world.a_worker()
    claim_former_id(worker=worker, former_mturk_id="A1B2C3D4E5F6G7", at=now.now())
    client.force_login(other.user)
    for query in ({}, {"worker": "A1B2C3D4E5F6G7"}, {"which": "says"}):
        response = client.get(page("former_workers"), query)
        assert worker.public_id not in response.content.decode()
        assert len(response.context["rows"]) == (0 if query else 1)


def test_a_suspended_persons_claim_is_not_shown(owner, lab):
    imported(lab, [WORKERS])
    worker = world.a_worker()
    claim_former_id(worker=worker, former_mturk_id="A1B2C3D4E5F6G7", at=now.now())
    worker.user.suspended_at = now.now()
    worker.user.save()
    assert worker.public_id not in read(owner, page("former_workers"))


def test_an_id_that_cannot_be_amazons_is_an_error_of_its_field(client):
    worker = world.a_worker()
    client.force_login(worker.user)
    response = client.post(reverse("workers:former_id"), {"former_mturk_id": "B1"})
    assert "is an A, then capitals" in response.content.decode()


def test_numbers_beyond_all_bounds_are_not_there(owner):
    for name in ("import", "import_state", "import_csv"):
        assert owner.get(page(name, 10**30)).status_code == 404
    assert owner.post(page("link_former_worker", 10**30)).status_code == 404


def test_pages_are_of_a_fixed_size_and_lead_on(owner, lab):
    found = imported(lab, results(30))
    first = owner.get(page("import", found.pk)).context["page"]
    assert (len(first.rows), first.previous) == (25, "")
    second = owner.get(page("import", found.pk) + first.next).context["page"]
    assert (len(second.rows), second.next) == (5, "")
    assert ImportedAssignment.objects.count() == 30
