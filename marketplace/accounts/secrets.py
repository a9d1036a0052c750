"""Field-level encryption and the hashing of bearer secrets.

An API secret key must be recovered to check a signature, so it is encrypted with a key that
the database doesn't hold. A bearer token is only ever compared, so its SHA-256 is enough: it
carries 256 random bits, and a slow hash would protect nothing more.
"""

import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def encrypt(text: str) -> str:
    """The text, readable only with FIELD_ENCRYPTION_KEY."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """What `encrypt` was given, under the newest key or any older one that is still listed."""
    try:
        return _cipher().decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A stored secret does not open with FIELD_ENCRYPTION_KEY. Put the former key back, "
            "after the new one and a comma."
        ) from error


def hash_token(token: str) -> str:
    """How a bearer token is stored and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def _cipher() -> MultiFernet:
    keys = [key.strip() for key in settings.FIELD_ENCRYPTION_KEY.split(",") if key.strip()]
    return MultiFernet([Fernet(key) for key in keys])
