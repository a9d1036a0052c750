"""An organisation has members with roles, and never loses its last owner."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace import clock
from marketplace.accounts.acting import acting_for
from marketplace.accounts.actions.accept_invitation import accept_invitation
from marketplace.accounts.actions.change_role import change_role
from marketplace.accounts.actions.choose_requester import choose_requester
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.create_requester import create_requester
from marketplace.accounts.actions.invite_member import invite_member
from marketplace.accounts.actions.remove_member import remove_member
from marketplace.accounts.actions.withdraw_invitation import withdraw_invitation
from marketplace.accounts.models import Invitation, Membership, Role
from marketplace.accounts.queries import current_acting
from marketplace.audit.models import AuditEntry
from marketplace.errors import InvalidInput, NotAllowed, NotFound, WrongState
from marketplace.models import OutboxMessage
from tests import world


def invited(lab, email="new@people.test", role=Role.REVIEWER) -> str:
    """Invite somebody, and read the token off the letter."""
    invite_member(by=lab.by, invited_by=lab.user, email=email, role=role, at=clock.now())
    letter = OutboxMessage.objects.latest("pk").payload["text"]
    match = re.search(r"/invitations/([^/\s]+)/", letter)
    assert match
    return match[1]


def test_who_creates_a_requester_owns_it(ada):
    made = create_requester(user=ada, name="  Sound   Lab ", at=clock.now())
    assert made.name == "Sound Lab"
    assert re.fullmatch(r"A[A-Z0-9]{13}", made.public_id)
    acting = current_acting(ada)
    assert acting is not None
    assert (acting.requester, acting.role) == (made, Role.OWNER)
    assert AuditEntry.objects.get(action="create_requester").actor == f"user:{ada.pk}"


def test_a_requester_needs_a_name(ada):
    with pytest.raises(InvalidInput):
        create_requester(user=ada, name=" x ", at=clock.now())


def test_an_invitation_is_accepted_once_by_the_person_it_was_sent_to(lab):
    newcomer = world.a_user("new@people.test")
    token = invited(lab)
    joined = accept_invitation(user=newcomer, token=token, at=clock.now())
    assert (joined.requester, joined.role) == (lab.requester, Role.REVIEWER)
    with pytest.raises(WrongState):
        accept_invitation(user=newcomer, token=token, at=clock.now())


def test_a_forwarded_invitation_lets_nobody_in(lab, ada):
    token = invited(lab)
    with pytest.raises(NotAllowed, match="another address"):
        accept_invitation(user=ada, token=token, at=clock.now())
    assert not Membership.objects.filter(user=ada).exists()


def test_an_invitation_expires(lab):
    newcomer = world.a_user("new@people.test")
    token = invited(lab)
    with pytest.raises(WrongState, match="expired"):
        accept_invitation(user=newcomer, token=token, at=clock.now() + timedelta(days=15))


def test_a_withdrawn_invitation_is_gone(lab):
    newcomer = world.a_user("new@people.test")
    token = invited(lab)
    withdraw_invitation(by=lab.by, invitation_id=Invitation.objects.get().pk, at=clock.now())
    with pytest.raises(NotFound):
        accept_invitation(user=newcomer, token=token, at=clock.now())


def test_inviting_again_makes_the_first_letter_useless(lab):
    newcomer = world.a_user("new@people.test")
    first = invited(lab)
    invited(lab)
    with pytest.raises(NotFound):
        accept_invitation(user=newcomer, token=first, at=clock.now())


def test_the_database_holds_no_token_that_lets_in(lab):
    token = invited(lab)
    assert token not in Invitation.objects.get().token_hash


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.MANAGER])
def test_only_an_owner_invites(lab, ada, role):
    by = world.a_member(lab.requester, ada, role)
    with pytest.raises(NotAllowed):
        invite_member(by=by, invited_by=ada, email="x@y.test", role=Role.VIEWER, at=clock.now())


def test_a_member_is_not_invited_twice(lab):
    with pytest.raises(InvalidInput, match="member already"):
        invited(lab, email=lab.user.email.upper())


def test_a_role_can_be_changed(lab, ada):
    world.a_member(lab.requester, ada, Role.VIEWER)
    membership = ada.memberships.get()
    change_role(by=lab.by, membership_id=membership.pk, role=Role.MANAGER, at=clock.now())
    assert acting_for(ada, lab.requester).role is Role.MANAGER


def test_the_last_owner_stays(lab):
    mine = lab.user.memberships.get()
    with pytest.raises(WrongState, match="last owner"):
        change_role(by=lab.by, membership_id=mine.pk, role=Role.VIEWER, at=clock.now())
    with pytest.raises(WrongState, match="last owner"):
        remove_member(by=lab.by, member_id=lab.user.pk, membership_id=mine.pk, at=clock.now())


def test_anybody_may_leave_and_their_tokens_end_with_it(lab, ada):
    by = world.a_member(lab.requester, ada, Role.VIEWER)
    token, _secret = create_api_token(user=ada, acting=by, at=clock.now())
    membership = ada.memberships.get()
    remove_member(by=by, member_id=ada.pk, membership_id=membership.pk, at=clock.now())
    token.refresh_from_db()
    assert token.revoked_at is not None
    with pytest.raises(NotFound):
        acting_for(ada, lab.requester)


def test_a_manager_removes_nobody_else(lab, ada):
    by = world.a_member(lab.requester, ada, Role.MANAGER)
    owner = lab.user.memberships.get()
    with pytest.raises(NotAllowed):
        remove_member(by=by, member_id=ada.pk, membership_id=owner.pk, at=clock.now())


def test_members_of_another_requester_are_not_there(lab, other_lab):
    theirs = other_lab.user.memberships.get()
    with pytest.raises(NotFound):
        change_role(by=lab.by, membership_id=theirs.pk, role=Role.VIEWER, at=clock.now())
    with pytest.raises(NotFound):
        choose_requester(user=lab.user, public_id=other_lab.requester.public_id, at=clock.now())


def test_a_member_of_two_turns_to_one_of_them(lab, other_lab):
    world.a_member(other_lab.requester, lab.user, Role.VIEWER)
    choose_requester(user=lab.user, public_id=other_lab.requester.public_id, at=clock.now())
    acting = current_acting(lab.user)
    assert acting is not None
    assert (acting.requester, acting.role) == (other_lab.requester, Role.VIEWER)


def test_a_suspended_requester_can_do_nothing(lab):
    lab.requester.suspended_at, lab.requester.suspended_reason = clock.now(), "Unpaid chargeback."
    lab.requester.save()
    with pytest.raises(NotAllowed, match="Unpaid chargeback"):
        acting_for(lab.user, lab.requester).require(Role.VIEWER)


def test_the_banner_of_a_suspended_requester_is_whole_sentences(lab, browse):
    lab.requester.suspended_at, lab.requester.suspended_reason = clock.now(), "a chargeback"
    lab.requester.save()
    page = browse(lab.user).get(reverse("accounts:team")).content.decode()
    assert "nothing can be changed. The reason: a chargeback</div>" in page
