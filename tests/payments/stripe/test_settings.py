"""Real money is never on by half, nor after play money."""

import os
import subprocess
import sys

import pytest
from django.core.checks import Error, Warning
from django.core.management import CommandError, call_command
from django.db import connection

from marketplace.processes import ROOT
from payments.checks import play_money_is_never_paid_out
from tests import world

STRIPE = {
    "MANYHANDS_GATEWAY": "stripe",
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_1,whsec_2",
}


def started(tmp_path, **variables):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    script = (
        "from django.conf import settings as s;"
        "print(s.MANYHANDS_GATEWAY, s.STRIPE_WEBHOOK_SECRETS, s.STRIPE_API_BASE)"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=kept
        | {"MANYHANDS_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "marketplace.settings"}
        | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "needs STRIPE_SECRET_KEY"),
        ({"STRIPE_WEBHOOK_SECRETS": " , "}, "STRIPE_WEBHOOK_SECRETS"),
        ({"MANYHANDS_GATEWAY": "Stripe"}, "write play or stripe"),
    ],
)
def test_stripe_is_on_with_all_of_its_keys_or_nothing_starts(tmp_path, changes, words):
    done = started(tmp_path, **STRIPE | changes)
    assert done.returncode != 0
    assert words in done.stderr


def test_another_server_in_stripes_place_is_for_development_only(tmp_path):
    elsewhere = STRIPE | {"STRIPE_API_BASE": "http://127.0.0.1:1"}
    assert started(tmp_path, **elsewhere).stdout == (
        "stripe ['whsec_1', 'whsec_2'] http://127.0.0.1:1\n"
    )
    production = {
        "MANYHANDS_MODE": "production",
        "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
        "FIELD_ENCRYPTION_KEY": "A" * 43 + "=",
        "ALLOWED_HOSTS": "work.example.org",
        "DATABASE_URL": "postgresql://u:p@db.example.org/m",
    }
    assert started(tmp_path, **elsewhere, **production).stdout == (
        "stripe ['whsec_1', 'whsec_2'] \n"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("is_production", "kind"), [(True, Error), (False, Warning)])
def test_balances_of_play_money_are_never_paid_out_for_real(settings, is_production, kind):
    world.a_lab()
    settings.IS_PRODUCTION = is_production
    assert play_money_is_never_paid_out(databases=["default"]) == []
    settings.MANYHANDS_GATEWAY = "stripe"
    (found,) = play_money_is_never_paid_out(databases=["default"])
    assert type(found) is kind
    assert "play money in USD" in found.msg


@pytest.mark.django_db
def test_a_database_without_play_money_is_fit_for_real_money(settings):
    settings.MANYHANDS_GATEWAY = "stripe"
    world.a_lab(cents=0)
    assert play_money_is_never_paid_out(databases=["default"]) == []
    assert play_money_is_never_paid_out(databases=None) == []


@pytest.mark.django_db
def test_a_database_without_tables_is_fit_for_real_money(settings):
    """As the first migrate finds it."""
    settings.MANYHANDS_GATEWAY = "stripe"
    world.a_lab()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payments_deposit RENAME TO not_here_yet")
    assert play_money_is_never_paid_out(databases=["default"]) == []


@pytest.mark.django_db
def test_the_demo_is_for_play_money(settings):
    settings.MANYHANDS_GATEWAY = "stripe"
    with pytest.raises(CommandError, match="play money"):
        call_command("load_demo")
