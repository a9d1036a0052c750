"""The settings that safety hangs on, each mode started as the operator would."""

import json
import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from marketplace import environment
from marketplace.processes import ROOT

GOOD = {
    "MANYHANDS_MODE": "production",
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "work.example.org",
    "DATABASE_URL": "postgresql://u:p@db.example.org/m",
}


def manage(*arguments, tmp_path, **variables):
    """Run manage.py with nothing but `variables` set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | {"MANYHANDS_VAR": str(tmp_path)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db
def test_the_database_is_postgres_18():
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 180000


def test_sessions_do_not_live_in_redis():
    assert settings.SESSION_ENGINE.endswith(".db")


def test_the_deployment_check_is_clean(tmp_path):
    done = manage("check", "--deploy", "--fail-level", "WARNING", tmp_path=tmp_path, **GOOD)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEY", "ALLOWED_HOSTS", "DATABASE_URL"]
)
@pytest.mark.parametrize("value", ["", "change-me", "x-manyhands-development-only-x"])
def test_production_does_not_start_on_a_missing_or_published_secret(tmp_path, name, value):
    done = manage("check", tmp_path=tmp_path, **GOOD | {name: value})
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr or f"{name} still holds" in done.stderr


def test_production_does_not_start_on_a_key_that_encrypts_nothing(tmp_path):
    done = manage("check", tmp_path=tmp_path, **GOOD | {"FIELD_ENCRYPTION_KEY": "too-short"})
    assert "FIELD_ENCRYPTION_KEY is not a Fernet key" in done.stderr


def test_production_cookies_are_bound_to_the_host(tmp_path):
    names = "SESSION_COOKIE_NAME CSRF_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE DEBUG"
    names += " SESSION_COOKIE_DOMAIN MANYHANDS_RATE_LIMITS"
    code = (
        "import json; from django.conf import settings; "
        f"print(json.dumps([getattr(settings, name) for name in {names.split()}]))"
    )
    done = manage(
        "shell", "--no-imports", "-c", code,
        tmp_path=tmp_path, **GOOD, MANYHANDS_RATE_LIMITS="0",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        "__Host-session", "__Host-csrf", True, True, False, None, True,
    ]  # fmt: skip


@pytest.mark.parametrize(("debug", "is_kept"), [("0", True), ("1", False)])
def test_a_changed_template_is_read_again_while_debugging(tmp_path, debug, is_kept):
    code = (
        "from django.template.loader import get_template as read; "
        "print(read('429.html').template is read('429.html').template)"
    )
    done = manage(
        "shell", "--no-imports", "-c", code, tmp_path=tmp_path, MANYHANDS_DEBUG=debug
    )  # fmt: skip
    assert done.stdout.strip() == f"{is_kept}", done.stderr


def test_development_makes_its_own_secrets_and_keeps_them(tmp_path):
    first = environment.generated_secrets(tmp_path)
    assert environment.generated_secrets(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@db:5433/m?sslmode=require", ("db", "5433", "u", "p@ss", "m")),
        ("postgresql://u@/m?host=/some/folder", ("/some/folder", "", "u", "", "m")),
    ],
)
def test_database_urls(url, expected):
    found = environment.database(url, keep_seconds=60)
    names = ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    assert tuple(found[name] for name in names) == expected
    assert "host" not in found["OPTIONS"]


def test_a_database_that_is_not_postgres_is_refused():
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL only"):
        environment.database("sqlite:///x", keep_seconds=0)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://r:6379/2", "redis://r:6379/2"),
        ("unix:///a/b.sock?db=3", "redis+socket:///a/b.sock?virtual_host=3"),
    ],
)
def test_broker_urls(url, expected):
    assert environment.broker_url(url) == expected


@pytest.mark.parametrize("value", ["twenty", "-1", "100.5", "7.555", "nan"])
def test_a_fee_that_is_no_share_is_refused(monkeypatch, value):
    monkeypatch.setenv("FEE", value)
    with pytest.raises(ImproperlyConfigured, match="from 0 to 100"):
        environment.percent("FEE", "0")


def test_a_mistyped_switch_is_refused(monkeypatch):
    monkeypatch.setenv("SWITCH", "flase")
    with pytest.raises(ImproperlyConfigured, match="neither yes nor no"):
        environment.flag("SWITCH", default=True)


def test_production_never_notifies_addresses_inside_the_network(tmp_path):
    question = "from django.conf import settings; print(settings.MANYHANDS_LOCAL_WEBHOOKS)"
    wanted = {"MANYHANDS_LOCAL_WEBHOOKS": "1"}
    in_production = manage("shell", "--command", question, tmp_path=tmp_path, **GOOD | wanted)
    assert in_production.stdout.splitlines()[-1] == "False", in_production.stderr


@pytest.mark.parametrize("wrong", ["usd", "JPY", "KWD", "XTS", "dollars"])
def test_the_currency_has_cents_or_nothing_starts(monkeypatch, wrong):
    """All amounts are hundredths: 1,000 yen would be charged as 100,000."""
    monkeypatch.setenv("MANYHANDS_CURRENCY", wrong)
    with pytest.raises(ImproperlyConfigured, match="of a currency with cents"):
        environment.currency("MANYHANDS_CURRENCY", "USD")


def test_the_currency_is_the_operators(monkeypatch):
    monkeypatch.setenv("MANYHANDS_CURRENCY", "EUR")
    assert environment.currency("MANYHANDS_CURRENCY", "USD") == "EUR"
