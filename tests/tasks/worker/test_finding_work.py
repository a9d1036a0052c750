"""Browsing and previewing."""

import html
import time
from types import SimpleNamespace

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import clock
from tasks import jobs
from tasks.actions.take_down import take_down_group
from tasks.models import HIT, HITType
from tasks.questions.addresses import preview_address
from tests import world

pytestmark = pytest.mark.django_db

PA_ONLY = {
    "QualificationTypeId": "00000000000000000071",
    "Comparator": "EqualTo",
    "LocaleValues": [{"Country": "US", "Subdivision": "PA"}],
}
DE_ONLY = {**PA_ONLY, "LocaleValues": [{"Country": "DE"}]}


def publish(lab, title="Does it follow?", *, rows=3, **changes):
    """An open group with its numbers up to date."""
    batch = world.a_batch(lab, rows=rows, title=title, **changes)
    jobs.fold_tallies()
    return HITType.objects.get(pk=batch.hit_type_id)


def titles(response):
    """The titles on the list, in order."""
    return [offer.group.title for offer in response.context["page"].offers]


def measure(group, *, count=20, seconds=30):
    """Make the group's pay per hour known."""
    HITType.objects.filter(pk=group.pk).update(
        measured_count=count,
        median_seconds=seconds,
        cents_per_hour=group.reward_cents * 3600 // seconds,
    )


def test_open_work_is_listed_with_what_it_pays(lab, pages):
    publish(lab, reward_cents=15)
    response = pages.get("/work/")
    assert response.status_code == 200
    page = response.content.decode()
    assert "Does it follow?" in page
    assert "$0.15 a HIT" in page
    assert "Vision Lab" in page


def test_pay_per_hour_is_said_only_once_enough_work_was_measured(lab, pages):
    group = publish(lab, reward_cents=15)
    assert "not measured yet" in pages.get("/work/").content.decode()
    measure(group, count=3)
    assert "not measured yet (3 done)" in pages.get("/work/").content.decode()
    measure(group, count=5)
    assert "$18.00/h" in pages.get("/work/").content.decode()


def test_the_other_side_s_work_is_not_listed_and_its_group_says_where_to_go(lab, pages, worker):
    world.deposit(lab, 100_00, "XTS")
    sandbox = publish(lab, "Play", project=world.a_project(lab, is_sandbox=True, title="Play"))
    assert titles(pages.get("/work/")) == []
    response = pages.get(f"/work/groups/{sandbox.public_id}/")
    assert response.status_code == 404
    assert "go to the sandbox" in response.content.decode()
    worker.user.is_in_sandbox = True
    worker.user.save()
    assert titles(pages.get("/work/")) == ["Play"]


def test_work_that_is_finished_expired_taken_down_or_of_a_suspended_requester_is_not_listed(
    lab, pages, clock
):
    publish(lab, "Expires", lifetime_seconds=3600)
    taken_down = publish(lab, "Taken down", lifetime_seconds=86_400)
    publish(lab, "Stays", lifetime_seconds=86_400)
    other = world.a_lab("Shady Lab")
    publish(other, "Suspended", lifetime_seconds=86_400)
    assert len(titles(pages.get("/work/"))) == 4
    staff = world.a_user("staff@manyhands.test", is_staff=True)
    take_down_group(staff=staff, hit_type=taken_down, reason="spam", at=clock.now)
    other.requester.suspended_at = clock.now
    other.requester.save()
    clock.forward(hours=2)
    assert titles(pages.get("/work/")) == ["Stays"]


def test_work_hidden_from_those_who_do_not_qualify_is_not_listed_nor_shown_by_its_link(lab, pages):
    hidden = publish(
        lab,
        "For Germany only",
        requirements=[{**DE_ONLY, "ActionsGuarded": "DiscoverPreviewAndAccept"}],
    )
    assert titles(pages.get("/work/")) == []
    assert pages.get(f"/work/groups/{hidden.public_id}/").status_code == 404
    hit = HIT.objects.filter(hit_type=hidden).first()
    assert pages.get(f"/work/hits/{hit.public_id}/report/").status_code == 404
    refused = pages.post(f"/work/groups/{hidden.public_id}/accept/", follow=True)
    assert refused.status_code == 404
    assert "Location" not in refused.content.decode(), "nor does accepting say what it asks"


def test_what_a_worker_does_not_qualify_for_says_so_and_can_be_left_out(lab, pages):
    publish(lab, "Not for you", requirements=[DE_ONLY])
    publish(lab, "For you", requirements=[PA_ONLY])
    page = html.unescape(pages.get("/work/").content.decode())
    assert "You don't meet: Location is DE" in " ".join(page.split())
    assert titles(pages.get("/work/?qualified=on")) == ["For you"]


def test_a_preview_guarded_by_requirements_shows_the_terms_but_not_the_task(lab, pages):
    group = publish(
        lab, "Members only", requirements=[{**DE_ONLY, "ActionsGuarded": "PreviewAndAccept"}]
    )
    page = pages.get(f"/work/groups/{group.public_id}/").content.decode()
    assert "Members only" in page
    assert "<iframe" not in page


def test_a_guarded_task_is_not_shown_to_who_knows_its_hit_s_id(lab, pages):
    group = publish(
        lab, "Members only", requirements=[{**DE_ONLY, "ActionsGuarded": "PreviewAndAccept"}]
    )
    hit = HIT.objects.filter(hit_type=group).first()
    assert "<iframe" not in pages.get(f"/work/hits/{hit.public_id}/").content.decode()
    for permission in (hit.public_id, f"{hit.public_id}:1vZxyz:{'a' * 43}"):
        address = f"/work/frame/preview/{permission}/"
        assert pages.get(address).status_code == 404


def test_a_preview_s_address_opens_that_hit_for_a_day(lab, pages, monkeypatch):
    hit = HIT.objects.filter(hit_type=publish(lab)).first()
    address = preview_address(hit, here="")
    assert pages.get(address).status_code == 200
    in_25_hours = SimpleNamespace(time=lambda: time.time() + 25 * 3600)
    monkeypatch.setattr(signing, "time", in_25_hours)  # Django's own clock
    late = pages.get(address)
    assert late.status_code == 404
    assert "run out" in late.content.decode()


def test_search_finds_words_in_any_form_keywords_and_requesters(lab, pages):
    publish(lab, "Transcribing receipts", keywords="ocr")
    publish(world.a_lab("Street Atlas"), "Boxes")
    assert titles(pages.get("/work/?q=transcribe")) == ["Transcribing receipts"]
    assert titles(pages.get("/work/?q=ocr")) == ["Transcribing receipts"]
    assert titles(pages.get("/work/?q=street+atlas")) == ["Boxes"]
    assert titles(pages.get("/work/?q=-receipt")) == ["Boxes"]
    assert "Nothing fits these filters" in pages.get("/work/?q=zebra").content.decode()


def test_filters_by_reward_and_by_measured_pay(lab, pages):
    low = publish(lab, "Low", reward_cents=5)
    high = publish(lab, "High", reward_cents=50)
    measure(low, seconds=60)
    measure(high, seconds=60)
    assert titles(pages.get("/work/?reward=0.10")) == ["High"]
    assert titles(pages.get("/work/?pay=1200")) == ["High"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", ["C", "B", "A"]),
        ("reward", ["B", "C", "A"]),
        ("pay", ["A", "C", "B"]),
        ("hits", ["C", "A", "B"]),
    ],
)
def test_each_order_is_kept_across_pages(lab, pages, clock, sort, expected):
    for title, reward, rows, seconds in (("A", 10, 2, 10), ("B", 30, 1, 90), ("C", 20, 3, 40)):
        measure(publish(lab, title, reward_cents=reward, rows=rows), seconds=seconds)
        clock.forward(minutes=5)
    from tasks.queries.browse import Wanted, offers_for
    from workers.eligibility import Facts

    facts = Facts(country="US", subdivision="", approved=0, rejected=0)
    seen, after = [], ""
    for _page in range(4):
        page = offers_for(
            facts, is_sandbox=False, wanted=Wanted(sort=sort, size=1), at=clock.now, after=after
        )
        seen += [offer.group.title for offer in page.offers]
        after = page.next
        if not after:
            break
    assert seen == expected
    assert titles(pages.get(f"/work/?sort={sort}")) == expected


def test_a_page_goes_on_past_groups_that_are_not_for_the_worker(lab, clock):
    from tasks.queries.browse import Wanted, offers_for
    from workers.eligibility import Facts

    publish(lab, "Mine")
    clock.forward(minutes=1)
    for number in range(7):
        publish(lab, f"Theirs {number}", requirements=[DE_ONLY])
    facts = Facts(country="US", subdivision="", approved=0, rejected=0)
    wanted = Wanted(size=1, only_qualified=True)
    seen, after = [], ""
    for _page in range(3):
        page = offers_for(facts, is_sandbox=False, wanted=wanted, at=clock.now, after=after)
        seen += [offer.group.title for offer in page.offers]
        after = page.next
        if not after:
            break
    assert seen == ["Mine"]


@pytest.mark.parametrize(
    "query", ["after=x", "after=1~", "after=~1", "after=2026-01-01~5", "after=9e9~1", "sort=nope",
              "size=7", "reward=abc", "q=%00", "pay=-1", "sort=reward&after=99999999999999999999~1",
              "after=0~99999999999999999999", "q=%22unclosed", "q=the"],
)  # fmt: skip
def test_nonsense_in_the_address_is_no_error(lab, pages, query):
    publish(lab)
    assert pages.get(f"/work/?{query}").status_code == 200


def test_browsing_reads_groups_and_no_hits(lab, pages):
    publish(lab)
    with CaptureQueriesContext(connection) as made:
        assert pages.get("/work/?q=follow&qualified=on&sort=pay").status_code == 200
    statements = [query["sql"] for query in made.captured_queries]
    assert not [sql for sql in statements if '"tasks_hit"' in sql]
    assert not [sql for sql in statements if '"tasks_assignment"' in sql]


def test_browsing_takes_as_many_statements_for_twenty_groups_as_for_one(lab, pages):
    publish(lab, "First")
    pages.get("/work/")
    with CaptureQueriesContext(connection) as one:
        pages.get("/work/")
    for number in range(6):
        publish(lab, f"Group {number}")
    with CaptureQueriesContext(connection) as many:
        assert len(titles(pages.get("/work/"))) == 7
    assert len(many) == len(one)


def test_a_preview_shows_a_sample_that_can_not_be_submitted(lab, pages):
    group = publish(lab)
    page = pages.get(f"/work/groups/{group.public_id}/")
    address = page.context["frame"].url
    assert "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE" in address
    assert "workerId" not in address
    assert "turkSubmitTo" not in address
    frame = pages.get(address).content.decode()
    assert "row 0" in frame or "row 1" in frame or "row 2" in frame
    assert 'value="ASSIGNMENT_ID_NOT_AVAILABLE"' in frame
    assert "disabled" in frame


def test_one_hit_can_be_previewed_and_accepted_by_its_own_link(lab, pages, worker):
    publish(lab)
    hit = HIT.objects.order_by("pk")[1]
    assert "Accept this HIT" in pages.get(f"/work/hits/{hit.public_id}/").content.decode()
    response = pages.post(f"/work/hits/{hit.public_id}/accept/")
    assert worker.assignments.get().hit == hit
    assert response.url == f"/work/task/{worker.assignments.get().public_id}/"


@pytest.mark.parametrize("address", ["/work/groups/3NOPE/", "/work/hits/3NOPE/"])
def test_what_is_not_there_is_a_404_with_a_sentence(pages, address):
    response = pages.get(address)
    assert response.status_code == 404
    assert "There is no such" in response.content.decode()


def test_links_of_mechanical_turk_lead_to_the_group(lab, pages):
    group = publish(lab)
    response = pages.get(f"/mturk/preview?groupId={group.public_id}")
    assert response.url == f"/work/groups/{group.public_id}/"
    for bad in ("", "?groupId=../x", "?groupId=" + "A" * 65):
        assert pages.get(f"/mturk/preview{bad}").status_code == 404
    later = pages.get(f"/projects/{group.public_id}/tasks")
    assert later.url == f"/work/groups/{group.public_id}/"
    assert pages.get("/projects/..x/tasks").status_code == 404


def test_a_stranger_is_sent_to_sign_in_and_a_non_worker_to_join(client, lab):
    assert client.get("/work/").url.startswith("/accounts/login/")
    client.force_login(lab.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/work/queue/").url == "/worker/join/?next=%2Fwork%2Fqueue%2F"


def test_a_report_reaches_the_operator_and_a_second_takes_its_place(lab, pages, worker):
    publish(lab)
    hit = HIT.objects.first()
    address = f"/work/hits/{hit.public_id}/report/"
    assert "Choose" not in pages.get(address).content.decode()
    assert pages.post(address, {"text": "no reason"}).status_code == 200
    assert worker.reports.count() == 0
    pages.post(address, {"reason": "broken", "text": "No button"})
    pages.post(address, {"reason": "unsafe", "text": ""})
    assert [report.reason for report in worker.reports.all()] == ["unsafe"]
    assert clock.now() >= worker.reports.get().reported_at
