"""Row locks of this app. Always the requester before its members."""

from marketplace.accounts.models import Requester, User


def lock_requester(requester: Requester) -> Requester:
    """Hold the requester's row until the transaction ends: one change of its members at a time."""
    return Requester.objects.select_for_update(no_key=True).get(pk=requester.pk)


def lock_user(user: User) -> User:
    """Hold the person's row until the transaction ends."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)
