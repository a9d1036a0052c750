"""Programs act with keys that are shown once, can be revoked, and are no use to a thief of
the database."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from marketplace import clock
from marketplace.accounts.actions.create_access_key import create_access_key
from marketplace.accounts.actions.create_api_token import MOST_TOKENS, create_api_token
from marketplace.accounts.actions.revoke_access_key import revoke_access_key
from marketplace.accounts.actions.revoke_api_token import revoke_api_token
from marketplace.accounts.models import AccessKey, ApiToken, Role
from marketplace.accounts.secrets import decrypt, encrypt, hash_token
from marketplace.errors import LimitReached, NotAllowed, NotFound
from tests import world


def a_key(lab):
    return create_access_key(by=lab.by, created_by=lab.user, name="nightly", at=clock.now())


def test_a_secret_key_is_recoverable_with_the_encryption_key_only(lab, settings):
    key, secret = a_key(lab)
    assert secret not in key.secret_encrypted
    assert decrypt(key.secret_encrypted) == secret
    settings.FIELD_ENCRYPTION_KEY = Fernet.generate_key().decode()
    with pytest.raises(ImproperlyConfigured):
        decrypt(key.secret_encrypted)


def test_an_older_encryption_key_still_opens_what_it_closed(settings):
    old = settings.FIELD_ENCRYPTION_KEY
    closed = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEY = f"{Fernet.generate_key().decode()},{old}"
    assert decrypt(closed) == "secret"


def test_a_revoked_key_is_gone_for_good(lab):
    key, _secret = a_key(lab)
    revoke_access_key(by=lab.by, access_key_id=key.access_key_id, at=clock.now())
    assert AccessKey.objects.get().revoked_at is not None
    with pytest.raises(NotFound):
        revoke_access_key(by=lab.by, access_key_id=key.access_key_id, at=clock.now())


def test_another_requesters_key_is_not_there(lab, other_lab):
    key, _secret = a_key(lab)
    with pytest.raises(NotFound):
        revoke_access_key(by=other_lab.by, access_key_id=key.access_key_id, at=clock.now())


def test_a_reviewer_makes_no_keys(lab, ada):
    by = world.a_member(lab.requester, ada, Role.REVIEWER)
    with pytest.raises(NotAllowed):
        create_access_key(by=by, created_by=ada, at=clock.now())


def test_a_token_is_stored_as_its_hash(lab):
    token, secret = create_api_token(user=lab.user, acting=lab.by, at=clock.now())
    assert token.token_hash == hash_token(secret)
    assert secret.startswith(token.prefix)
    assert secret not in str(ApiToken.objects.values().get())


def test_an_owner_revokes_a_members_token_and_a_member_only_their_own(lab, ada):
    by = world.a_member(lab.requester, ada, Role.VIEWER)
    hers, _secret = create_api_token(user=ada, acting=by, at=clock.now())
    owners, _secret = create_api_token(user=lab.user, acting=lab.by, at=clock.now())
    with pytest.raises(NotFound):
        revoke_api_token(user=ada, acting=by, token_id=owners.pk, at=clock.now())
    revoke_api_token(user=lab.user, acting=lab.by, token_id=hers.pk, at=clock.now())
    hers.refresh_from_db()
    assert hers.revoked_at is not None


def test_an_owner_has_no_hold_on_a_members_own_work(lab, ada):
    world.a_member(lab.requester, ada, Role.VIEWER)
    for_work, _secret = create_api_token(user=ada, at=clock.now())
    with pytest.raises(NotFound):
        revoke_api_token(user=lab.user, acting=lab.by, token_id=for_work.pk, at=clock.now())


def test_there_is_an_end_to_tokens(ada):
    for _number in range(MOST_TOKENS):
        create_api_token(user=ada, at=clock.now())
    with pytest.raises(LimitReached):
        create_api_token(user=ada, at=clock.now())


def test_the_secret_is_on_the_page_once(lab, browse):
    client = browse(lab.user)
    made = client.post(reverse("accounts:create_key"), {"name": "nightly import"})
    key = AccessKey.objects.get()
    secret = decrypt(key.secret_encrypted)
    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    later = client.get(reverse("accounts:developers")).content.decode()
    assert key.access_key_id in later
    assert secret not in later


def test_the_page_tells_programs_where_this_server_is(lab, browse):
    page = browse(lab.user).get(reverse("accounts:developers"), headers={"host": "localhost:8123"})
    assert "http://localhost:8123" in page.content.decode()


def test_a_key_has_a_role_and_a_side(lab, browse):
    wanted = {"name": "reader", "role": "viewer", "side": "sandbox"}
    made = browse(lab.user).post(reverse("accounts:create_key"), wanted)
    assert made.status_code == 200
    key = AccessKey.objects.get()
    assert (key.role, key.side) == ("viewer", "sandbox")
    assert "Sandbox only" in made.content.decode()


@pytest.mark.parametrize("wrong", [{"role": "owner"}, {"role": "king"}, {"side": "live"}])
def test_a_key_of_another_kind_is_not_made(lab, browse, wrong):
    page = browse(lab.user).post(reverse("accounts:create_key"), {"name": "x", **wrong})
    assert "Select a valid choice" in page.content.decode()
    assert not AccessKey.objects.exists()


def test_nobody_gives_a_key_more_than_they_hold(lab, ada):
    by = world.a_member(lab.requester, ada, Role.MANAGER)
    with pytest.raises(NotAllowed):
        create_access_key(by=by, created_by=ada, role=Role.OWNER, at=clock.now())
    create_access_key(by=by, created_by=ada, role=Role.MANAGER, at=clock.now())


def test_the_page_says_who_made_each_key(lab, ada, browse):
    by = world.a_member(lab.requester, ada, Role.MANAGER)
    create_access_key(by=by, created_by=ada, at=clock.now())
    page = browse(lab.user).get(reverse("accounts:developers")).content.decode()
    assert (ada.name or ada.email) in page
