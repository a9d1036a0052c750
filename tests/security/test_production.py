"""Production mode is safe as shipped: Django's own deployment check, and the cookies."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

PRODUCTION = {
    "MANYHANDS_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "work.example.org",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
ASK = """
import json, django
django.setup()
from django.conf import settings
names = %r
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "MANYHANDS_VAR")}
    return subprocess.run(
        [sys.executable, *arguments],
        env=clean | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "marketplace.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_deployment_check_finds_nothing():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.fixture(scope="module")
def settings_in_production() -> dict[str, object]:
    names = [
        *("DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY"),
        *("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SAMESITE"),
        *("SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"),
        *("ACCOUNT_RATE_LIMITS", "PASSWORD_HASHERS"),
    ]
    done = run("-c", ASK % names)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_cookies_travel_by_https_only_and_from_this_host_only(settings_in_production):
    held = settings_in_production
    assert held["SESSION_COOKIE_SECURE"]
    assert held["CSRF_COOKIE_SECURE"]
    assert held["SESSION_COOKIE_HTTPONLY"]
    assert held["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert held["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert held["CSRF_COOKIE_NAME"].startswith("__Host-")


def test_https_is_demanded_for_a_year(settings_in_production):
    assert settings_in_production["SECURE_SSL_REDIRECT"]
    assert settings_in_production["SECURE_HSTS_SECONDS"] >= 365 * 86400


def test_nothing_is_loosened(settings_in_production):
    held = settings_in_production
    assert not held["DEBUG"]
    assert not held["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"]
    assert held["ACCOUNT_RATE_LIMITS"] == {}, "an empty dict is allauth's own limits, switched on"
    assert "argon2" in held["PASSWORD_HASHERS"][0].lower()
