"""A requester's money pages."""

import csv
import io

import pytest
from django.template import RequestContext, Template
from django.urls import reverse

from marketplace.accounts.models import Role
from payments import jobs
from payments.actions.record_dispute import Booking, DisputeState, record_dispute
from payments.actions.request_refund import request_refund
from payments.models import Deposit
from payments.queries import deposits_under_way, held_for, requester_balance
from tests import world

MONEY = "/money/"


def lines(client, query=""):
    return [(line.reason, line.amount_cents) for line in client.get(MONEY + query).context["lines"]]


def test_the_balance_and_each_movement_stand_on_the_page(owner, lab):
    world.a_batch(lab, rows=3)
    shown = owner.get(MONEY)
    assert shown.context["balance_cents"] == 100_00 - 60
    assert lines(owner) == [("Held for a batch", -60), ("Deposit", 100_00)]
    assert "$0.60" in owner.get(reverse("money:held")).content.decode()


def test_what_is_held_is_only_the_requesters_own(owner, lab):
    other = world.a_lab("Other Lab")
    world.a_batch(other, rows=5)
    world.a_batch(lab, rows=1)
    assert held_for(lab.requester.public_id, "USD") == 20
    assert held_for(other.requester.public_id, "USD") == 100


def test_a_deposit_shows_each_state_until_it_is_settled(owner, lab, settings, clock):
    settings.MANYHANDS_PLAY_SETTLE_SECONDS = 30
    owner.force_login(lab.user)
    shown = owner.post(reverse("money:deposit"), {"amount": "$25"}, follow=True)
    deposit = Deposit.objects.latest("pk")
    address = reverse("money:deposit_state", args=[deposit.public_id])
    assert "Play money: nobody is charged." in shown.content.decode()
    assert "every 2s" in shown.content.decode()

    jobs.settle_deposits()
    assert "Waiting to settle" in owner.get(address).content.decode()
    assert requester_balance(lab.requester.public_id, "USD") == 100_00
    clock.forward(seconds=31)
    jobs.settle_deposits()
    done = owner.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "The money is on your balance" in done
    assert "every 2s" not in done
    assert requester_balance(lab.requester.public_id, "USD") == 125_00


@pytest.mark.parametrize(
    ("typed", "words"),
    [("0.99", "at least"), ("x", "not an amount"), ("1e999999", "not an amount")],
)
def test_an_amount_that_cannot_be_is_refused_at_its_field(owner, typed, words):
    answer = owner.post(reverse("money:deposit"), {"amount": typed})
    assert words in str(answer.context["form"].errors["amount"])
    assert Deposit.objects.count() == 1


def test_the_statement_is_filtered_by_kind_and_day(clock, owner, lab):
    clock.forward(days=2)
    world.deposit(lab, 5_00)
    owner.force_login(lab.user)
    world.a_batch(lab, rows=1)
    today = f"{clock.now:%Y-%m-%d}"
    assert lines(owner, "?reason=batch_hold") == [("Held for a batch", -20)]
    assert len(lines(owner, f"?since={today}")) == 2
    assert lines(owner, f"?since={today}&reason=deposit") == [("Deposit", 5_00)]
    assert len(lines(owner, "?since=nonsense&reason=nonsense")) == 3


def test_a_filter_that_nothing_matches_says_so_and_leads_to_all(owner, lab):
    page = owner.get(MONEY, {"reason": "bonus"}).content.decode()
    assert "Nothing matches" in page
    assert "No movements yet" not in page
    assert 'href="/money/">Show all' in page
    wrong = owner.get(MONEY, {"since": "2026-03-02", "until": "2026-03-01"})
    assert "before the day in" in str(wrong.context["form"].errors["until"])


def test_every_kind_that_a_statement_can_show_can_be_picked(owner, lab, clock):
    request_refund(by=lab.by, user=lab.user, amount_cents=1, currency="USD", at=clock.now)
    offered = dict(owner.get(MONEY).context["form"].fields["reason"].choices)
    assert lines(owner, "?reason=refund") == [(offered["refund"], -1)]
    # These show where payments/actions post to a requester's account under them.
    others = ["deposit_freed", "refund_returned", "dispute", "dispute_returned", "loss_repaid"]
    assert set(others) < set(offered)


def test_a_deposit_in_the_statement_leads_to_its_receipt(owner, lab):
    world.deposit(lab, 5_00, "XTS")
    deposit = Deposit.objects.get(currency="USD")
    page = owner.get(MONEY).content.decode()
    assert f'href="{reverse("money:receipt", args=[deposit.public_id])}">Receipt' in page
    assert owner.get(reverse("money:receipt", args=[deposit.public_id])).status_code == 200


def test_the_statement_goes_on_behind_the_last_line_shown(owner, lab, monkeypatch):
    monkeypatch.setattr("payments.web.money.PAGE", 2)
    for cents in (1_00, 2_00, 3_00):
        world.deposit(lab, cents)
    first = owner.get(MONEY)
    following = first.context["page"].next
    assert [amount for _reason, amount in lines(owner)] == [3_00, 2_00]
    assert [amount for _reason, amount in lines(owner, following)] == [1_00, 100_00]


def test_the_downloaded_statement_is_the_one_shown(owner, lab, monkeypatch):
    monkeypatch.setattr("payments.web.money.CHUNK", 1)
    world.a_batch(lab, rows=1, name="=evil()")
    answer = owner.get(reverse("money:statement_csv"))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["Id", "Time (UTC)", "Kind", "Reference", "Note", "Amount", "Currency"]
    assert [(row[2], row[5], row[6]) for row in rows[1:]] == [
        ("Held for a batch", "-0.20", "USD"),
        ("Deposit", "100.00", "USD"),
    ]
    assert rows[1][4].startswith("'=evil()")


def test_the_sandbox_gives_play_money_once_and_shows_none_of_the_live_money(owner, lab):
    lab.user.is_in_sandbox = True
    lab.user.save()
    before = owner.get(MONEY)
    assert before.context["balance_cents"] == 0
    assert "Get play money" in before.content.decode()
    for _press in range(2):
        owner.post(reverse("money:play_money"))
    after = owner.get(MONEY)
    assert lines(owner) == [("Sandbox play money", 10_000_00)]
    assert "T$10,000.00" in after.content.decode()
    assert "Get play money" not in after.content.decode()


def test_there_is_no_play_money_on_the_live_side(owner, lab):
    owner.post(reverse("money:play_money"))
    assert requester_balance(lab.requester.public_id, "USD") == 100_00
    assert requester_balance(lab.requester.public_id, "XTS") == 0


def test_another_requesters_deposit_is_not_there(client, lab):
    stranger = world.a_lab("Stranger")
    client.force_login(stranger.user)
    theirs = Deposit.objects.get(requester=lab.requester)
    assert client.get(reverse("money:deposit_state", args=[theirs.public_id])).status_code == 404


def test_only_managers_add_money(client, lab):
    reviewer = world.a_user("reviewer@lab.test")
    world.a_member(lab.requester, reviewer, Role.REVIEWER)
    client.force_login(reviewer)
    assert client.get(MONEY).status_code == 200
    assert "Add money" not in client.get(MONEY).content.decode()
    assert client.post(reverse("money:deposit"), {"amount": "5"}).status_code == 403
    assert client.post(reverse("money:play_money")).status_code == 403


def test_the_bar_shows_the_balance_of_whom_one_acts_for_and_else_none(lab, rf):
    request = rf.get(MONEY)
    request.is_sandbox = False
    shown = []
    for request.acting in (lab.by, None):
        bar = Template("{% load money_chip %}{% money_chip %}")
        shown.append(bar.render(RequestContext(request, {"request": request})))
    assert "$100.00" in shown[0]
    assert shown[1].strip() == ""


def test_what_is_under_way_is_no_balance_yet(lab, settings):
    settings.MANYHANDS_PLAY_SETTLE_SECONDS = 60
    holder = lab.requester.public_id
    assert deposits_under_way(holder, "USD") == 0
    for cents in (300, 400):
        world.deposit(lab, cents)
    world.deposit(lab, 500, "XTS")
    world.deposit(world.a_lab("Other Lab", cents=0), 600)
    assert deposits_under_way(holder, "USD") == 700
    assert requester_balance(holder, "USD") == 100_00


def test_a_balance_that_a_dispute_froze_says_so_and_what_is_owed(owner, lab, clock):
    """Before somebody finds it out by a batch that can't be published."""
    deposit = lab.requester.deposits.get()

    def shown():
        return owner.get(reverse("money:balance")).content.decode()

    def disputed(status, *bookings):
        said = DisputeState(
            reference="dp_1", deposit=deposit.name, method="", amount_cents=100_00, reason="",
            status=status, bookings=bookings,
        )  # fmt: skip
        record_dispute(gateway="play", said=said, at=clock.now)
        return shown()

    assert "frozen" not in shown()
    while_open = disputed("needs_response")
    assert "The balance is frozen" in while_open
    assert "balance: frozen" in while_open
    assert "what you can spend" not in while_open
    assert "0.00 is owed" not in while_open
    lost = disputed("lost", Booking(reference="txn_1", amount_cents=-130_00, fee_cents=0))
    assert "$30.00 is owed." in lost
    assert "pays it first" in lost
