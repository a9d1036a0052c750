"""Reading settings from the environment: each value has one place, one type and one message."""

import json
import os
import re
import secrets
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
NO_HUNDREDTHS = re.compile(
    "BHD|BIF|CLF|CLP|DJF|GNF|IQD|ISK|JOD|JPY|KMF|KRW|KWD|LYD|MGA|MRU|OMR|PYG|RWF|TND|UGX|UYI|UYW|"
    "VND|VUV|XAF|XOF|XPF|XTS"
)
"""Currencies of ISO 4217 whose smallest part is no hundredth, and the sandbox's."""


def text(name: str, default: str = "") -> str:
    """The variable without surrounding space; empty counts as not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """A yes or no. Anything else is refused, since a mistyped switch must not read as off."""
    value = os.environ.get(name, "").strip().lower()
    if name not in os.environ or (value == "" and default):
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no: write 1 or 0.")


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number, not below `least`."""
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name}={value!r} must be a whole number, {least} or more.")
    return int(value)


def listing(name: str, default: str = "") -> list[str]:
    """Words parted by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def percent(name: str, default: str) -> Decimal:
    """A share from 0 to 100, exact, with at most two decimals."""
    value = text(name, default)
    try:
        share = Decimal(value)
        good = 0 <= share <= 100 and share == share.quantize(Decimal("0.01"))
    except InvalidOperation:
        good = False
    if not good:
        raise ImproperlyConfigured(f"{name}={value!r} must be from 0 to 100, like 20 or 7.5.")
    return share


def currency(name: str, default: str) -> str:
    """An ISO 4217 code in capital letters, of a currency with cents: amounts are whole hundredths,
    and of yen a hundred times too much would be charged."""
    value = text(name, default)
    if not re.fullmatch("[A-Z]{3}", value) or NO_HUNDREDTHS.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name}={value!r} must be three capital letters, like USD, of a currency with cents."
        )
    return value


def database(url: str, *, keep_seconds: int) -> dict[str, Any]:
    """Django's database dict of a URL: postgresql://user:secret@host:port/name?sslmode=require.

    A unix socket is given as ?host=/folder. Connections live `keep_seconds` seconds.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {parts.scheme!r}: Manyhands runs on PostgreSQL only, "
            "postgresql://user:password@host/name."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "marketplace.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": keep_seconds,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis URL: it names a unix socket differently."""
    if not redis_url.startswith("unix://"):
        return redis_url
    parts = urlsplit(redis_url)
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"


def mail(url: str, *, folder: Path) -> dict[str, Any]:
    """Django's EMAIL_* settings of a URL.

    smtp://user:secret@host:587?tls=1 (STARTTLS), smtps://… (TLS from the start), console://,
    file:// (one file a message in `folder`).
    """
    parts = urlsplit(url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(folder),
        }
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL must be smtp://user:password@host:587?tls=1, smtps://…, console:// or "
            "file://"
        )
    is_tls_first = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if is_tls_first else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_tls_first,
        "EMAIL_USE_TLS": dict(parse_qsl(parts.query)).get("tls") in TRUE,
        "EMAIL_TIMEOUT": 20,
    }


def media_store() -> dict[str, Any]:
    """Django's storage for the files that people store: a bucket where one is named."""
    bucket = text("MANYHANDS_S3_BUCKET")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    endpoint = text("MANYHANDS_S3_ENDPOINT")
    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "region_name": text("MANYHANDS_S3_REGION"),
        "access_key": text("MANYHANDS_S3_ACCESS_KEY_ID"),
        "secret_key": text("MANYHANDS_S3_SECRET_ACCESS_KEY"),
        # Amazon wants the bucket in the host's name; servers of one's own seldom have such names.
        "addressing_style": "path" if endpoint else "virtual",
        "signature_version": "s3v4",
    }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {name: value for name, value in options.items() if value},
    }


def generated_secrets(var: Path) -> dict[str, str]:
    """This checkout's own secrets, made at first use and kept in var/secrets.json, mode 0600.

    Several processes may come here at once on a first start: the first file laid down wins.
    """
    path = var / "secrets.json"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }
        handle, draft = tempfile.mkstemp(dir=var, prefix=".secrets")
        with os.fdopen(handle, "w") as file:
            json.dump(made, file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def check_production(values: dict[str, str], *, known_defaults: set[str]) -> None:
    """Refuse to start with a secret that is missing, too short, or published in this project."""
    wrong = []
    for name, value in values.items():
        if not value:
            wrong.append(f"{name} is not set")
        elif any(default in value for default in known_defaults):
            wrong.append(f"{name} still holds a published default")
    if len(values.get("SECRET_KEY", "")) < 50:
        wrong.append("SECRET_KEY is shorter than 50 characters")
    for key in values.get("FIELD_ENCRYPTION_KEY", "").split(","):
        try:
            Fernet(key.strip())
        except ValueError:
            wrong.append("FIELD_ENCRYPTION_KEY is not a Fernet key (`make secrets` makes one)")
    if wrong:
        raise ImproperlyConfigured(
            "Manyhands does not start in production mode: " + "; ".join(wrong) + ". See "
            "docs/operate.md, or unset MANYHANDS_MODE to try it out with play money."
        )
