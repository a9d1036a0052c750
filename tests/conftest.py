"""Servers, clock, processes and browser that the tests share: see CONTRIBUTING.md.

pytest-django reads the settings as soon as DJANGO_SETTINGS_MODULE is known, so it is made
known here, after the environment that the settings read has been laid down.
"""

import base64
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
IS_CONTROLLER = not WORKER
if IS_CONTROLLER:
    # Whatever the developer's shell holds must not reach the tests, least of all a database.
    for _name in list(os.environ):
        if _name.startswith(("MANYHANDS_", "DJANGO_", "STRIPE_")) or _name in {
            *("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "ALLOWED_HOSTS", "LOG_LEVEL"),
            *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "FIELD_ENCRYPTION_KEY", "PORT", "HOST"),
        }:
            del os.environ[_name]
    os.environ |= {
        "MANYHANDS_VAR": tempfile.mkdtemp(prefix="manyhands-test-"),
        "SECRET_KEY": secrets.token_urlsafe(50),
        # Also what a test writes on a live marketplace's database is to be read there.
        "FIELD_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "LOG_LEVEL": "WARNING",
        # A test's transaction is one connection's; nobody's servers are to be spared here.
        "MANYHANDS_PAYOUT_LANES": "1",
        "MANYHANDS_PAYOUTS_PER_SECOND": "10000",
        # Playwright's synchronous interface keeps an event loop in the thread of the test,
        # which Django would take for asynchronous code and refuse its ORM.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
VAR = Path(os.environ["MANYHANDS_VAR"])

from marketplace import embedded  # noqa: E402

# Redis has 16 databases: one a test process, so that they do not see each other's hints.
os.environ["DATABASE_URL"] = embedded.database_url(VAR)
os.environ["REDIS_URL"] = embedded.redis_url(VAR, int(WORKER[2:] or 0) % 15 + 1 if WORKER else 0)
os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"

from django.conf import settings as _settings  # noqa: E402

from marketplace import environment  # noqa: E402

if _settings.configured:
    # A test process inherits the settings' name and reads them before this line gives it a Redis
    # database of its own. Nothing has spoken to Redis yet.
    _settings.REDIS_URL = os.environ["REDIS_URL"]
    _settings.CELERY_BROKER_URL = environment.broker_url(_settings.REDIS_URL)
    _settings.CACHES["default"]["LOCATION"] = _settings.REDIS_URL

pytest_plugins = ["tests.fixtures_process", "tests.fixtures_browser"]

_servers: list[embedded.Server] = []


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if IS_CONTROLLER and not (config.option.help or config.option.version):
        for server in (embedded.Postgres(VAR, is_throwaway=True), embedded.Redis(VAR)):
            server.start()
            _servers.append(server)
    import django

    django.setup()
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "manyhands", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("manyhands")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    while _servers:
        _servers.pop().stop()
    if IS_CONTROLLER:
        shutil.rmtree(VAR, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Tests go one by one to whoever is free, but a live marketplace's module stays together.

    xdist's own groups do this by renaming tests, which has no effect under pytest 9. The
    controller knows names only, so the module's text tells.
    """
    from functools import cache

    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    @cache
    def stays_together(path: str) -> bool:
        text = (config.rootpath / path).read_text()
        return any(word in text for word in ("live_app", "new_page", "xdist_group"))

    class ModulesTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::")[0]
            return path if stays_together(path) else nodeid

    return ModulesTogether(config, log)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs real processes or a browser, so that -m can leave it out."""
    fixtures = getattr(item, "fixturenames", ())
    if "live_app" in fixtures:
        item.add_marker(pytest.mark.processes)
    if "browser" in fixtures:
        item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def _test_settings(django_test_environment):
    """What differs in tests: passwords hash fast, and the flush passes our triggers."""
    from importlib import import_module

    from django.apps import apps
    from django.db.backends.postgresql.operations import DatabaseOperations
    from django.test import override_settings

    system_types = import_module("workers.migrations.0003_system_types")

    def execute_sql_flush(self, sql_list):
        # The ledger and the audit trail refuse TRUNCATE by trigger; only a flush may pass.
        from django.db import transaction

        alias = self.connection.alias
        with transaction.atomic(using=alias), self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for sql in sql_list:
                cursor.execute(sql)
        if any("workers_qualificationtype" in sql for sql in sql_list):
            system_types.write(apps, None)  # rows that the installation comes with

    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    before = DatabaseOperations.execute_sql_flush
    DatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield
    DatabaseOperations.execute_sql_flush = before  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _empty_cache():
    """Rate limits and hints of one test must not reach the next."""
    yield
    from django.core.cache import cache

    cache.clear()


class Clock:
    """The test's hold on marketplace.clock."""

    def __init__(self, moment):
        from marketplace import clock

        self._clock = clock
        self._held = None
        self.set(moment)

    @property
    def now(self):
        return self._clock.now()

    def set(self, moment):
        """Hold the clock at `moment` (aware)."""
        self.release()
        self._held = self._clock.frozen_at(moment)
        self._held.__enter__()

    def forward(self, **units):
        """Move on: clock.forward(minutes=5)."""
        from datetime import timedelta

        self.set(self.now + timedelta(**units))

    def release(self):
        """Let the clock run again."""
        if self._held:
            self._held.__exit__(None, None, None)
            self._held = None


@pytest.fixture
def clock():
    """marketplace.clock, held at a Monday morning until the test moves it."""
    from datetime import UTC, datetime

    held = Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    yield held
    held.release()
