"""A requester reviews answers: looks, filters, approves, rejects, undoes, gives bonuses."""

import pytest

from marketplace.accounts.models import Role
from payments.queries import earnings_of
from tasks import jobs
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.models import Bonus, ReviewRun
from tests import world


@pytest.fixture
def batch(lab):
    return world.a_batch(lab, rows=2, max_assignments=5)


@pytest.fixture
def answers(batch):
    """Answers good, bad, "good" and so on by six workers."""
    said = ["good", "bad", 'a "good" one', "100%", "under_score", "gööd"]
    names = ["ann", "ben", "cho", "dee", "eve", "fay"]
    pairs = zip(names, said, strict=True)
    return [world.submitted(world.a_worker(n), batch, {"answer": text}) for n, text in pairs]


def shown_in(client, page, batch, **query):
    """Public ids in the table, in its order."""
    context = client.get(page("review", batch.pk), query).context
    return [row["assignment"].public_id for row in context["rows"]]


def ids_of(answers):
    return [answer.public_id for answer in answers]


def decide(client, page, batch, answers, decision, **data):
    data |= {"assignment": ids_of(answers), "decision": decision}
    return client.post(page("decide", batch.pk), data, follow=True)


def statuses(answers):
    for answer in answers:
        answer.refresh_from_db()
    return [answer.status for answer in answers]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("good", [0, 2]),
        ("GOOD", [0, 2]),
        ('"good"', [2]),
        ("%", [3]),
        ("_", [4]),
        ("ööd", [5]),
        ("answer", []),  # a field's name is no answer
    ],
)
def test_answers_are_found_by_the_text_in_them(owner, page, batch, answers, text, places):
    found = shown_in(owner, page, batch, answer=text)
    assert set(found) == {answers[place].public_id for place in places}


def test_answers_are_found_by_status_and_worker(owner, page, lab, batch, answers, clock):
    approve_assignments(by=lab.by, assignment_ids=ids_of(answers[:1]), at=clock.now)
    owner.force_login(lab.user)
    assert set(shown_in(owner, page, batch)) == set(ids_of(answers[1:]))
    assert shown_in(owner, page, batch, status="Approved") == ids_of(answers[:1])
    assert len(shown_in(owner, page, batch, status="")) == 6
    worker = answers[2].worker.public_id
    assert shown_in(owner, page, batch, worker=worker.lower()) == ids_of(answers[2:3])


def test_paging_shows_each_answer_once_and_leads_back(owner, page, batch, answers, monkeypatch):
    monkeypatch.setattr("tasks.web.requester.review.SIZES", (4, 50))
    first = owner.get(page("review", batch.pk))
    second = owner.get(page("review", batch.pk) + first.context["next"])
    seen = [row["assignment"].pk for c in (first, second) for row in c.context["rows"]]
    assert len(seen) == len(set(seen)) == 6
    assert second.context["next"] == ""
    back = owner.get(page("review", batch.pk) + second.context["previous"])
    assert [r["assignment"].pk for r in back.context["rows"]] == seen[:4]


def test_only_the_chosen_columns_are_shown(owner, page, batch, answers):
    query = {"col": ["Input.text"]}
    row = owner.get(page("review", batch.pk), query).context["rows"][0]
    assert [name for name, _value in row["values"]] == ["text"]


def test_an_answer_is_shown_as_text_never_as_html(owner, page, batch):
    evil = "<img src=x onerror=alert(1)>"
    answer = world.submitted(world.a_worker(), batch, {"answer": evil, "<b>": "x"})
    for address in (page("review", batch.pk), page("answer", batch.pk, answer.public_id)):
        shown = owner.get(address).content.decode()
        assert evil not in shown
        assert "&lt;img src=x onerror=alert(1)&gt;" in shown
        assert "<dt><b>" not in shown


def test_what_is_checked_is_approved_and_paid_at_once(owner, page, batch, answers):
    shown = decide(owner, page, batch, answers[:2], "approve", back="status=Submitted&size=50")
    assert statuses(answers) == ["Approved"] * 2 + ["Submitted"] * 4
    assert earnings_of(answers[0].worker.public_id, "USD").available_cents == 10
    assert "2 answers approved; $0.20 paid." in shown.content.decode()
    assert shown.redirect_chain[-1][0].endswith("?status=Submitted&size=50")


def test_a_rejection_needs_a_reason_and_the_worker_gets_it(owner, page, batch, answers):
    decide(owner, page, batch, answers[:1], "reject", reason="  ")
    assert statuses(answers[:1]) == ["Submitted"]
    decide(owner, page, batch, answers[:1], "reject", reason="Empty.")
    assert statuses(answers[:1]) == ["Rejected"]
    assert answers[0].feedback == "Empty."


def test_a_rejection_can_be_undone_on_the_answers_own_page(owner, page, batch, answers):
    decide(owner, page, batch, answers[:1], "reject", reason="Empty.")
    shown = owner.get(page("answer", batch.pk, answers[0].public_id)).content.decode()
    assert 'value="undo"' in shown
    decide(owner, page, batch, answers[:1], "approve")  # a plain approval doesn't undo
    assert statuses(answers[:1]) == ["Rejected"]
    decide(owner, page, batch, answers[:1], "undo")
    assert statuses(answers[:1]) == ["Approved"]


def test_after_thirty_days_a_rejection_stays(owner, page, lab, batch, answers, clock):
    reject_assignments(by=lab.by, assignment_ids=ids_of(answers[:1]), at=clock.now, feedback="no")
    clock.forward(days=31)
    owner.force_login(lab.user)
    shown = owner.get(page("answer", batch.pk, answers[0].public_id)).content.decode()
    assert 'value="undo"' not in shown
    refused = decide(owner, page, batch, answers[:1], "undo")
    assert "more than 30 days ago" in refused.content.decode()
    assert statuses(answers[:1]) == ["Rejected"]


def test_all_that_match_are_told_with_their_sum_and_then_decided_by_a_run(
    owner, page, batch, answers
):
    query = "?answer=good&decision=approve"
    told = owner.get(page("decide_all", batch.pk) + query)
    assert told.context["matching"] == {"answers": 2, "cents": 20}
    assert statuses(answers) == ["Submitted"] * 6

    progress = owner.post(page("decide_all", batch.pk) + query, follow=True)
    assert "0 of 2 decisions" in progress.content.decode()
    jobs.run_reviews()
    expected = ["Approved", "Submitted", "Approved", "Submitted", "Submitted", "Submitted"]
    assert statuses(answers) == expected
    run = ReviewRun.objects.get()
    assert (
        "2 answers approved and paid" in owner.get(page("run", batch.pk, run.pk)).content.decode()
    )


def test_rejecting_all_needs_a_reason_too(owner, page, batch, answers):
    address = page("decide_all", batch.pk) + "?decision=reject"
    owner.post(address, {"reason": ""})
    assert not ReviewRun.objects.exists()
    owner.post(address, {"reason": "Not what was asked."})
    jobs.run_reviews()
    assert statuses(answers) == ["Rejected"] * 6


def test_deciding_on_all_leaves_what_is_decided_already(owner, page, lab, batch, answers, clock):
    reject_assignments(by=lab.by, assignment_ids=ids_of(answers[:1]), at=clock.now, feedback="no")
    owner.force_login(lab.user)
    owner.post(page("decide_all", batch.pk) + "?status=&decision=approve")
    jobs.run_reviews()
    assert statuses(answers) == ["Rejected"] + ["Approved"] * 5

    owner.post(page("decide_all", batch.pk) + "?status=Rejected&decision=approve")
    jobs.run_reviews()
    assert statuses(answers) == ["Approved"] * 6


def test_a_run_names_what_it_could_not_carry_out(owner, page, lab, batch, answers, clock):
    owner.force_login(lab.user)
    owner.post(page("decide_all", batch.pk) + "?decision=reject", {"reason": "no"})
    approve_assignments(by=lab.by, assignment_ids=ids_of(answers[:1]), at=clock.now)
    jobs.run_reviews()
    shown = owner.get(page("run", batch.pk, ReviewRun.objects.get().pk))
    assert shown.context["refused_count"] == 1
    assert answers[0].public_id in shown.content.decode()


def test_a_bonus_is_paid_once_however_often_the_button_is_pressed(owner, page, batch, answers):
    address = page("bonus", answers[0].public_id)
    shown = owner.get(address)
    assert f"Pay {{amount}} USD to worker {answers[0].worker.public_id}" in shown.content.decode()
    token = shown.context["form"]["token"].value()
    refused = owner.post(address, {"amount": "20000", "reason": "Much", "token": token})
    assert "A bonus is $0.01 to $10,000.00." in refused.content.decode()
    data = {"amount": "1.50", "reason": "Careful work", "token": token}
    owner.post(address, data)
    again = owner.post(address, data)

    assert "paid already" in again.content.decode()
    assert Bonus.objects.get().amount_cents == 150
    assert earnings_of(answers[0].worker.public_id, "USD").available_cents == 150


def test_an_assignment_of_another_batch_is_not_decided_through_this_one(
    owner, page, lab, batch, answers
):
    elsewhere = world.submitted(answers[0].worker, world.a_batch(lab, title="Else", rows=1))
    decide(owner, page, batch, [elsewhere], "approve")
    assert statuses([elsewhere]) == ["Submitted"]


def test_a_viewer_looks_and_only_a_reviewer_decides(client, page, lab, batch, answers):
    people = {}
    for role in (Role.VIEWER, Role.REVIEWER):
        people[role] = world.a_user(f"{role.value}@lab.test")
        world.a_member(lab.requester, people[role], role)

    client.force_login(people[Role.VIEWER])
    shown = client.get(page("review", batch.pk)).content.decode()
    assert answers[0].worker.public_id in shown
    assert 'name="assignment"' not in shown
    assert decide(client, page, batch, answers[:1], "approve").status_code == 403
    assert client.get(page("decide_all", batch.pk)).status_code == 403

    client.force_login(people[Role.REVIEWER])
    assert decide(client, page, batch, answers[:1], "approve").status_code == 200
    assert statuses(answers[:1]) == ["Approved"]
    assert client.get(page("bonus", answers[0].public_id)).status_code == 403


def test_an_address_to_come_back_to_cannot_lead_elsewhere(owner, page, batch, answers):
    data = {"assignment": ids_of(answers[:1]), "decision": "approve", "back": "//evil.test/"}
    answer = owner.post(page("decide", batch.pk), data)
    assert answer.url.startswith(page("review", batch.pk) + "?")
