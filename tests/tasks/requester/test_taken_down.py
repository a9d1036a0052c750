"""A requester is told when the operator takes its work down."""

import pytest
from django.urls import reverse

from marketplace import clock
from marketplace.errors import WrongState
from payments.queries import requester_balance
from tasks.actions.extend_batch import extend_batch
from tasks.actions.take_down import restore_group, take_down_group
from tasks.models import Batch
from tests import world

pytestmark = pytest.mark.django_db


def test_the_batch_says_that_it_was_taken_down_and_why(client):
    lab = world.a_lab()
    batch = world.a_batch(lab)
    staff = world.a_user("staff@operator.test", is_staff=True)
    why = "It asks for passwords."
    take_down_group(staff=staff, hit_type=batch.hit_type, reason=why, at=clock.now())
    client.force_login(lab.user)
    url = reverse("requester:batch", args=[batch.pk])
    assert why in client.get(url).content.decode()
    restore_group(staff=staff, hit_type=batch.hit_type, reason="Repaired.", at=clock.now())
    assert why not in client.get(url).content.decode()


def test_a_batch_that_was_taken_down_is_not_extended():
    lab = world.a_lab()
    batch = world.a_batch(lab)
    staff = world.a_user("staff@operator.test", is_staff=True)
    take_down_group(staff=staff, hit_type=batch.hit_type, reason="Passwords.", at=clock.now())
    batch = Batch.objects.get(pk=batch.pk)
    before = requester_balance(lab.requester.public_id, "USD")
    with pytest.raises(WrongState, match="Passwords"):
        extend_batch(by=lab.by, batch=batch, extra_assignments=1, at=clock.now())
    assert requester_balance(lab.requester.public_id, "USD") == before
