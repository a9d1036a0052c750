"""Everything about one thing on one page, and the lists that lead there."""

import re

import pytest
from django.urls import reverse

from marketplace import clock
from marketplace.accounts.models import User
from payments.admin import REFERENCES
from payments.models import Payout, Reason, Transfer
from tasks.models import Assignment
from tests import world


def text_of(answer):
    assert answer.status_code == 200, answer
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def page(browser, model, key):
    return browser.get(reverse(f"admin:{model}_change", args=[key]), follow=True)


def test_a_persons_page_has_account_work_money_reports_and_trail(place, staff):
    answer = page(staff, "accounts_user", place.worker.user.pk)
    text = text_of(answer)
    for wanted in (
        "wanda@workers.test",
        "E-mail verified yes",
        place.worker.public_id,
        "Approved 1",
        "Rejected 1",
        "USD paid out $1.70",
        place.approved.public_id,
        "Payout",
        "become worker",
        "script",
    ):
        assert wanted in text, wanted
    reporter = text_of(page(staff, "accounts_user", place.report.worker.user.pk))
    assert "In work now" in reporter
    assert "No text." in reporter
    owner = text_of(page(staff, "accounts_user", place.lab.user.pk))
    assert "Vision Lab" in owner
    assert "publish batch" in owner


def test_a_worker_is_found_by_id_and_leads_to_the_person(place, staff):
    answer = page(staff, "workers_worker", place.worker.public_id)
    assert answer.redirect_chain
    assert "wanda@workers.test" in text_of(answer)


def test_a_requesters_page_has_members_money_batches_and_reports(place, staff):
    text = text_of(page(staff, "accounts_requester", place.lab.requester.public_id))
    for wanted in (
        "owner@vision-lab.test",
        "owner",
        place.batch.name,
        "USD balance $88.90",
        "USD spent on batches and bonuses $1.70",
        "No text.",
        "Deposit",
        "approve assignments",
    ):
        assert wanted in text, wanted


def test_a_hits_page_has_terms_answers_escrow_and_transfers(place, staff):
    text = text_of(page(staff, "tasks_hit", place.hit.public_id))
    for wanted in (
        place.hit.inputs["text"],
        place.approved.public_id,
        "yes",
        "$1.20 + $0.00",
        "Held in escrow now $1.20",
        f"hold:{place.hit.public_id}:1",
        f"reward:{place.approved.public_id}",
        "Assignments at most 2",
    ):
        assert wanted in text, wanted


def test_an_assignments_page_has_its_reward_and_its_bonus(place, staff):
    text = text_of(page(staff, "tasks_assignment", place.approved.public_id))
    assert f"reward:{place.approved.public_id}" in text
    assert "bonus:" in text
    refused = text_of(page(staff, "tasks_assignment", place.rejected.public_id))
    assert "Empty answer." in refused
    assert "Money held until" in refused


@pytest.mark.parametrize("reason", [Reason.REWARD, Reason.HOLD, Reason.BATCH_HOLD, Reason.DEPOSIT])
def test_a_transfer_shows_both_sides_and_leads_to_what_it_was_for(place, staff, reason):
    transfer = Transfer.objects.filter(reason=reason).first()
    answer = page(staff, "payments_transfer", transfer.pk)
    text = text_of(answer)
    assert "From (debit)" in text
    assert "To (credit)" in text
    for account in (transfer.debit_id, transfer.credit_id):
        assert reverse("admin:payments_account_change", args=[account]) in answer.content.decode()
    target = {
        Reason.REWARD: ("tasks_assignment", transfer.reference),
        Reason.HOLD: ("tasks_hit", transfer.reference),
        Reason.BATCH_HOLD: ("tasks_batch", transfer.reference.removeprefix("batch:")),
        Reason.DEPOSIT: ("payments_deposit", transfer.reference),
    }[reason]
    link = reverse(f"admin:{target[0]}_change", args=[target[1]])
    assert f'href="{link}"' in answer.content.decode()
    assert staff.get(link).status_code == 200


def test_every_kind_of_transfer_leads_somewhere(place, staff):
    assert set(REFERENCES) == set(Reason)


def test_lists_are_searched_by_whole_ids(place, staff):
    found = {
        "tasks_hit": place.hit.public_id,
        "tasks_assignment": place.approved.public_id,
        "tasks_hittype": place.batch.hit_type.public_id,
        "payments_transfer": f"reward:{place.approved.public_id}",
        "payments_payout": str(Payout.objects.get().public_id),
        "accounts_requester": place.lab.requester.public_id,
        "workers_worker": place.worker.public_id,
        "audit_auditentry": place.lab.requester.public_id,
    }
    for model, term in found.items():
        url = reverse(f"admin:{model}_changelist")
        assert "0 results" not in text_of(staff.get(url, {"q": term})), model
        assert "0 results" in text_of(staff.get(url, {"q": "no such thing"})), model


def test_people_are_found_by_the_beginning_of_their_address(place, staff):
    url = reverse("admin:accounts_user_changelist")
    text = text_of(staff.get(url, {"q": "Wan"}))
    assert "wanda@workers.test" in text
    assert "tom@workers.test" not in text
    assert "wanda@workers.test" in text_of(staff.get(url, {"q": place.worker.public_id}))


def test_people_are_filtered_by_role_and_standing(place, staff):
    User.objects.filter(pk=place.worker.user.pk).update(suspended_at=place.report.reported_at)
    url = reverse("admin:accounts_user_changelist")
    assert "wanda@" in text_of(staff.get(url, {"standing": "suspended"}))
    assert "tom@" not in text_of(staff.get(url, {"standing": "suspended"}))
    assert "owner@" in text_of(staff.get(url, {"role": "requester"}))
    assert "wanda@" not in text_of(staff.get(url, {"role": "requester"}))


def test_the_trail_is_filtered_by_act(place, staff):
    url = reverse("admin:audit_auditentry_changelist")
    everything = text_of(staff.get(url))
    assert "become worker" in everything
    only = text_of(staff.get(url, {"action": "send_bonus"}))
    assert "1 audit entry" in only


def test_open_reports_come_first_and_are_counted_by_group(place, staff):
    listing = text_of(staff.get(reverse("admin:tasks_hitreport_changelist"), {"state": "open"}))
    assert "1 hit report" in listing.lower()
    groups = staff.get(reverse("admin:tasks_hittype_changelist"), {"state": "reported"})
    assert place.batch.hit_type.title in text_of(groups)
    assert '<td class="field-reported">1</td>' in groups.content.decode()


def test_the_first_page_says_what_needs_a_decision(place, staff):
    text = text_of(staff.get(reverse("admin:index")))
    assert "1 open reports" in text
    assert "1 messages given up" in text
    assert "0 payouts on their way for over a day" in text


def test_what_a_message_says_is_not_shown(place, staff):
    text = text_of(page(staff, "marketplace_outboxmessage", place.message.pk))
    assert "a@b.test" in text
    assert "secret" not in text


def test_what_people_wrote_is_text_and_not_markup(place, staff):
    lab = world.a_lab("Evil", cents=100_00)
    batch = world.a_batch(lab, rows=1, title="<script>alert(1)</script>")
    hit = batch.all_hits.get()
    for model, key in (("tasks_hit", hit.public_id), ("tasks_hittype", batch.hit_type.public_id)):
        content = page(staff, model, key).content.decode()
        assert "<script>alert" not in content
        assert "&lt;script&gt;alert" in content


def test_the_password_is_changed_where_everybody_changes_it(place, staff):
    answer = staff.get(reverse("admin:password_change"))
    assert answer["Location"] == reverse("account_change_password")


def test_what_is_not_there_is_not_found(place, staff):
    for key in ("999999", "3NOTHINGHERE", "%00", "../../x"):
        assert staff.get(f"/admin/tasks/hit/{key}/change/").status_code == 404


def test_work_that_programs_made_is_shown_with_its_question_and_answer(place, staff):
    from tasks.actions.accept import accept_next
    from tasks.actions.submit import submit
    from tests.questionform import samples

    form = samples.form(samples.question("pick", samples.selection("red", "blue")))
    hit = world.a_hit(place.lab, form, title="Made by a program")
    worker = world.a_worker("fanny")
    taken = accept_next(worker=worker, group_id=hit.hit_type.public_id, at=clock.now())
    submit(assignment_id=taken.assignment_id, answer={"pick": "red"}, at=clock.now())
    assert "&lt;QuestionIdentifier&gt;pick" in text_of(page(staff, "tasks_hit", hit.pk))
    assignment = Assignment.objects.get(public_id=taken.assignment_id)
    assert "pick red" in text_of(page(staff, "tasks_assignment", assignment.pk))
