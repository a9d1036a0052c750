"""Addresses of workers' files: signed, and good for a short time."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from marketplace import clock
from marketplace.errors import NotFound
from tasks.models import Attachment

_SALT = "tasks.files.lending"
A_MINUTE = 60
AN_HOUR = 3600


def lent_address(file: Attachment, *, here: str, seconds: int = AN_HOUR) -> str:
    """Where the file is served for `seconds`, on the untrusted side, to whoever is told this."""
    until = int(clock.now().timestamp()) + seconds
    token = signing.dumps([file.key, until], salt=_SALT)
    path = reverse("files:sent", args=[token, file.name])
    return f"{settings.MANYHANDS_USERCONTENT_ORIGIN or here}{path}"


def lent(token: str) -> tuple[str, int]:
    """The key of the file that an address was made for, and the seconds that are left of it.
    Raises NotFound where there are none."""
    try:
        key, until = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise NotFound("There is nothing at this address.") from None
    left = int(until - clock.now().timestamp())
    if left <= 0:
        raise NotFound("This address was good for a short time, which is over. Ask for a new one.")
    return str(key), left
