"""Public ids, shaped as Mechanical Turk shapes them.

All come from the operating system's random source. 29 characters of 36 carry 149 bits, so an
assignment id can serve as a capability.
"""

import secrets
import string

_ALPHABET = string.ascii_uppercase + string.digits


def _random(length: int) -> str:
    """One draw for all characters: a call a character is what a large batch would wait for."""
    number = secrets.randbelow(len(_ALPHABET) ** length)
    characters = []
    for _ in range(length):
        number, place = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[place])
    return "".join(characters)


def work_id() -> str:
    """A HIT's, HIT type's, layout's or assignment's id: 3 and 29 characters of A-Z0-9."""
    return "3" + _random(29)


def party_id() -> str:
    """A worker's or requester's id: A and 13 characters of A-Z0-9."""
    return "A" + _random(13)


def access_key_id() -> str:
    """An access key's public half, as long as Amazon's: 20 characters."""
    return "MH" + _random(18)


def secret(prefix: str) -> str:
    """A secret to show once: a prefix that names its kind, and 256 random bits."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"
