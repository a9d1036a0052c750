"""An owner takes unused money back, on a page."""

from django.urls import reverse

from marketplace.money import show
from payments import jobs
from payments.actions.advance_refund import take_refund
from payments.actions.record_dispute import DisputeState, record_dispute
from payments.models import Refund, TopUp
from payments.queries import requester_balance
from tests import world

REFUND = reverse("money:refund")


def test_an_owner_takes_unused_money_back(owner, lab):
    world.deposit(lab, 30_00)
    assert REFUND in owner.get(reverse("money:balance")).content.decode()
    before = owner.get(REFUND).context["most_cents"]

    assert owner.post(REFUND, {"amount": "20"}).url == REFUND
    jobs.send_refunds()

    page = owner.get(REFUND)
    assert "$20.00 are on their way back." in page.content.decode()
    assert "Send {amount} USD back to the cards or bank accounts" in page.content.decode()
    assert page.context["most_cents"] == before - 20_00
    assert sum(each.amount_cents for each in page.context["refunds"]) == 20_00


def test_one_that_waits_for_a_dispute_says_so(owner, lab, clock):
    world.deposit(lab, 30_00)
    for cents in ("1", "2"):
        owner.post(REFUND, {"amount": cents})
        (refund, *_) = Refund.objects.order_by("-pk")
        if cents == "1":
            take_refund(refund_id=refund.pk, at=clock.now)
    deposit = lab.requester.deposits.earliest("pk")
    said = DisputeState(
        reference="dp_1", deposit=deposit.name, amount_cents=1, reason="", status="under_review",
        method="", bookings=(),
    )  # fmt: skip
    record_dispute(gateway="play", said=said, at=clock.now)
    page = owner.get(REFUND).content.decode()
    assert page.count("Waits until the dispute about a payment of yours is settled") == 1
    assert "Until that is settled nothing can be published" in page
    assert 'name="amount"' not in page, "it would be refused"
    assert page.count("Being sent") == 1


def test_more_than_there_is_is_refused_in_words_and_moves_nothing(owner, lab):
    world.deposit(lab, 30_00)
    world.a_batch(lab, rows=1, reward_cents=100)
    answer = owner.post(REFUND, {"amount": "90000"})
    assert answer.status_code == 200
    most = show(requester_balance(lab.requester.public_id, "USD"))
    assert f"Up to {most} can go back" in answer.content.decode()
    assert f"Name an amount from $0.01 to {most}:" in answer.content.decode()
    assert not Refund.objects.exists()


def test_play_money_of_the_sandbox_goes_nowhere(owner, lab):
    lab.user.is_in_sandbox = True
    lab.user.save()
    assert owner.get(REFUND).url == reverse("money:balance")
    assert owner.post(REFUND, {"amount": "20"}).url == reverse("money:balance")
    assert not Refund.objects.exists()


def test_that_top_up_ends_is_said_before(owner, lab, clock):
    world.deposit(lab, 30_00)
    given = {"is_on": True, "threshold_cents": 12_50, "amount_cents": 20_00}
    TopUp.objects.create(requester=lab.requester, due_at=clock.now, changed_at=clock.now, **given)
    words = "Where less than $12.50 is left, automatic top-up is turned off"
    assert words in owner.get(REFUND).content.decode()
    TopUp.objects.update(is_on=False)
    assert words not in owner.get(REFUND).content.decode()
