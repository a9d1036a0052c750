"""A file becomes a batch: checked, previewed, paid for, published."""

import tracemalloc
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace import clock
from marketplace.accounts.models import Role
from payments import jobs as payment_jobs
from payments.queries import requester_balance
from tasks import jobs
from tasks.actions.publish_batch import publish_batch
from tasks.models import HIT, Batch
from tasks.queries.batches import counts_of
from tests import world

pytestmark = pytest.mark.django_db


def upload(client, page, project, body):
    """Upload through the page and let the job check it."""
    file = SimpleUploadedFile("rows.csv", body)
    client.post(page("upload", project.public_id), {"file": file, "name": ""})
    jobs.publish_batches()
    return Batch.objects.latest("pk")


def test_every_problem_of_a_file_is_shown_with_row_and_column(owner, page, lab):
    batch = upload(owner, page, world.a_project(lab), b"wrong\nfine\ntoo,many\n")

    answer = owner.get(page("batch", batch.pk))
    assert [(p["row"], p["column"]) for p in answer.context["batch"].problems] == [
        (1, "text"),
        (3, ""),
    ]
    shown = answer.content.decode()
    assert "2 problems in the file" in shown
    assert "the file has no such column" in shown


def test_a_refused_file_cannot_be_published(owner, page, lab):
    batch = upload(owner, page, world.a_project(lab), b"wrong\nfine\n")
    owner.post(page("publish", batch.pk), {"confirmed_cents": "0"})
    assert not HIT.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(owner, page, lab, settings):
    settings.MANYHANDS_MAX_UPLOAD_BYTES = 10
    file = SimpleUploadedFile("rows.csv", b"text\n" + b"x" * 20)
    answer = owner.post(page("upload", world.a_project(lab).public_id), {"file": file})
    assert "at most" in str(answer.context["form"].errors["file"])
    assert not Batch.objects.exists()


def test_while_the_file_is_read_the_page_asks_again_and_reloads_once_it_is_done(owner, page, lab):
    file = SimpleUploadedFile("rows.csv", b"text\none\n")
    project = world.a_project(lab)
    answer = owner.post(page("upload", project.public_id), {"file": file})
    batch = Batch.objects.get()
    assert answer.url == page("batch", batch.pk)

    asked = page("batch_state", batch.pk) + "?stage=checking"
    waiting = owner.get(asked, headers={"HX-Request": "true"})
    assert "every 2s" in waiting.content.decode()
    jobs.publish_batches()
    done = owner.get(asked, headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"


def test_each_row_is_shown_filled_in(owner, page, lab):
    batch = world.an_upload(lab, world.a_project(lab), ["alpha", "beta"])

    shown = owner.get(page("rows", batch.pk) + "?row=2")
    assert page("row_frame", batch.pk, 2) in shown.content.decode()
    assert shown.context["next"] is None
    assert "<p>beta</p>" in owner.get(page("row_frame", batch.pk, 2)).content.decode()
    assert owner.get(page("row_frame", batch.pk, 3)).status_code == 404


@pytest.mark.parametrize("row", ["0", "-1", "99", "x", "9" * 40])
def test_an_address_with_no_such_row_shows_one_that_is_there(owner, page, lab, row):
    batch = world.an_upload(lab, world.a_project(lab), ["alpha", "beta"])
    shown = owner.get(page("rows", batch.pk), {"row": row})
    assert shown.context["row"] in (1, 2)


def test_the_cost_is_told_to_the_cent_before_publishing(owner, page, lab, settings):
    settings.MANYHANDS_FEE_PERCENT = Decimal(20)
    project = world.a_project(lab, reward_cents=25, max_assignments=2)
    batch = world.an_upload(lab, project, ["a", "b", "c"])

    context = owner.get(page("publish", batch.pk)).context
    assert (context["rewards_cents"], context["fees_cents"], context["total_cents"]) == (
        150,
        30,
        180,
    )
    assert (context["balance_cents"], context["after_cents"]) == (100_00, 98_20)


def test_publishing_holds_what_was_confirmed_and_makes_the_hits(owner, page, lab):
    batch = world.an_upload(lab, world.a_project(lab), ["a", "b", "c"])
    owner.post(page("publish", batch.pk), {"confirmed_cents": "60"})
    jobs.publish_batches()

    assert HIT.objects.filter(batch=batch).count() == 3
    assert requester_balance(lab.requester.public_id, "USD") == 100_00 - 60
    shown = owner.get(page("batch", batch.pk)).content.decode()
    assert "6 open" in shown


def test_a_price_that_changed_since_it_was_seen_publishes_nothing(owner, page, lab):
    batch = world.an_upload(lab, world.a_project(lab), ["a"])
    answer = owner.post(page("publish", batch.pk), {"confirmed_cents": "1"})
    assert answer.status_code == 409
    assert requester_balance(lab.requester.public_id, "USD") == 100_00


def test_without_funds_the_page_says_what_is_missing_and_leads_to_that_deposit(client, page):
    poor = world.a_lab("Poor Lab", cents=1_00)
    client.force_login(poor.user)
    batch = world.an_upload(poor, world.a_project(poor, reward_cents=75), ["a"])

    shown = client.get(page("publish", batch.pk))
    assert shown.context["missing_cents"] == 50
    link = f"/money/deposit/?{urlencode({'amount': '1.00', 'next': page('publish', batch.pk)})}"
    assert link.replace("&", "&amp;") in shown.content.decode()
    assert client.get(link).context["form"]["amount"].value() == "1.00"

    refused = client.post(page("publish", batch.pk), {"confirmed_cents": "150"})
    assert refused.status_code == 402
    assert "short of this" in refused.content.decode()
    assert not HIT.objects.exists()

    sent = client.post("/money/deposit/", {"amount": "1.00"})
    payment_jobs.settle_deposits()
    go_on = f'href="{page("publish", batch.pk)}">Go on'
    assert go_on in client.get(sent.url).content.decode()
    client.get("/money/deposit/", {"next": "//evil.test/"})
    assert 'href="/requester/">Go on' in client.get(sent.url).content.decode()


def test_the_sandbox_publishes_for_play_money_without_a_deposit(client, page):
    lab = world.a_lab(cents=0)
    lab.user.is_in_sandbox = True
    lab.user.save()
    client.force_login(lab.user)
    batch = world.an_upload(lab, world.a_project(lab, is_sandbox=True), ["a"])

    client.post(page("publish", batch.pk), {"confirmed_cents": "20"})
    jobs.publish_batches()
    assert HIT.objects.count() == 1
    assert requester_balance(lab.requester.public_id, "XTS") == 10_000_00 - 20
    assert requester_balance(lab.requester.public_id, "USD") == 0


def test_progress_counts_rows_while_publishing(owner, page, lab):
    batch = world.an_upload(lab, world.a_project(lab), ["a", "b"])
    owner.post(page("publish", batch.pk), {"confirmed_cents": "40"})

    shown = owner.get(page("batch", batch.pk)).content.decode()
    assert "0 of 2 HITs are published" in shown
    assert "You can leave this page" in shown


def test_only_managers_upload_and_publish(client, page, lab):
    reviewer = world.a_user("reviewer@lab.test")
    world.a_member(lab.requester, reviewer, Role.REVIEWER)
    client.force_login(reviewer)
    batch = world.an_upload(lab, world.a_project(lab), ["a"])

    assert client.get(page("batch", batch.pk)).status_code == 200
    assert client.get(page("publish", batch.pk)).status_code == 403
    assert client.post(page("publish", batch.pk), {"confirmed_cents": "20"}).status_code == 403
    assert client.get(page("upload", batch.project.public_id)).status_code == 403


def test_publishing_takes_the_memory_of_a_chunk_of_rows_not_of_the_file(lab, monkeypatch):
    monkeypatch.setattr("tasks.actions.publish_batch.CHUNK", 20)
    cell = "x" * 20_000
    project = world.a_project(lab, reward_cents=0, max_assignments=1, layout="${n}")
    body = "\n".join(["n,text", *(f"{number},{cell}" for number in range(600))]).encode()
    batch = world.an_upload(lab, project, body)
    publish_batch(by=lab.by, batch=batch, confirmed_cents=0, at=clock.now())
    tracemalloc.start()
    jobs.publish_batches()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert counts_of(batch).open_slots == 600
    assert len(body) > 12 * 10**6
    assert peak < 6 * 10**6
