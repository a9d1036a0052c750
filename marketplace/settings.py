"""Every setting, read from the environment and safe by default. docs/operate.md lists them.

MANYHANDS_MODE is `development` (play money, secrets of its own under var/, servers that
`make run` starts) or `production`, which refuses to start on a missing or published secret.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from marketplace import embedded, environment, logs, schedule

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(environment.text("MANYHANDS_VAR", str(BASE_DIR / "var"))).resolve()
MODE = environment.text("MANYHANDS_MODE", "development")
if MODE not in {"development", "production"}:
    raise ImproperlyConfigured(f"MANYHANDS_MODE={MODE!r} is neither development nor production.")
IS_PRODUCTION = MODE == "production"
DEBUG = environment.flag("MANYHANDS_DEBUG", default=False)
if DEBUG and IS_PRODUCTION:
    raise ImproperlyConfigured("MANYHANDS_DEBUG shows secrets to visitors: not in production.")

# --- Secrets ---------------------------------------------------------------------------------
SECRET_KEY = environment.text("SECRET_KEY")
# Encrypts the field-level secrets (API secret keys, webhook secrets): Fernet keys, newest first.
FIELD_ENCRYPTION_KEY = environment.text("FIELD_ENCRYPTION_KEY")
DATABASE_URL = environment.text("DATABASE_URL")
ALLOWED_HOSTS = environment.listing("ALLOWED_HOSTS")
if IS_PRODUCTION:
    environment.check_production(
        {
            "SECRET_KEY": SECRET_KEY,
            "FIELD_ENCRYPTION_KEY": FIELD_ENCRYPTION_KEY,
            "ALLOWED_HOSTS": ",".join(ALLOWED_HOSTS),
            "DATABASE_URL": DATABASE_URL,
        },
        # What .env.example and docker-compose.yml are published with.
        known_defaults={"change-me", "manyhands-development-only"},
    )
else:
    _generated = environment.generated_secrets(VAR)
    SECRET_KEY = SECRET_KEY or _generated["SECRET_KEY"]
    FIELD_ENCRYPTION_KEY = FIELD_ENCRYPTION_KEY or _generated["FIELD_ENCRYPTION_KEY"]
    DATABASE_URL = DATABASE_URL or embedded.database_url(VAR)
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]", "testserver"]
# Former secret keys, so that changing the key signs nobody out: drop them after two weeks.
SECRET_KEY_FALLBACKS = environment.listing("SECRET_KEY_FALLBACKS")
REDIS_URL = environment.text("REDIS_URL") or (
    "redis://localhost:6379/0" if IS_PRODUCTION else embedded.redis_url(VAR)
)

# --- The marketplace -------------------------------------------------------------------------
MANYHANDS_SITE_NAME = environment.text("MANYHANDS_SITE_NAME", "Manyhands")
# Without a slash at its end; in e-mails, and in what API clients are told to submit to.
MANYHANDS_BASE_URL = environment.text(
    "MANYHANDS_BASE_URL",
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if IS_PRODUCTION
    else f"http://127.0.0.1:{environment.text('PORT', '8000')}",
).rstrip("/")
# Another registrable domain that serves requesters' pages; empty: an opaque origin on this one.
MANYHANDS_USERCONTENT_ORIGIN = environment.text("MANYHANDS_USERCONTENT_ORIGIN").rstrip("/")
MANYHANDS_CURRENCY = environment.currency("MANYHANDS_CURRENCY", "USD")
# What the operator takes on top of each reward, in percent, exact.
MANYHANDS_FEE_PERCENT = environment.percent("MANYHANDS_FEE_PERCENT", "0")
# Who writes invoices; the address in lines, parted by commas.
MANYHANDS_OPERATOR_NAME = environment.text("MANYHANDS_OPERATOR_NAME", MANYHANDS_SITE_NAME)
MANYHANDS_OPERATOR_ADDRESS = environment.listing("MANYHANDS_OPERATOR_ADDRESS")
MANYHANDS_OPERATOR_TAX_ID = environment.text("MANYHANDS_OPERATOR_TAX_ID")
# Who moves live money: `play` pays nobody. The sandbox always uses play money.
MANYHANDS_GATEWAY = environment.text("MANYHANDS_GATEWAY", "play")
if MANYHANDS_GATEWAY not in {"play", "stripe"}:
    raise ImproperlyConfigured(f"MANYHANDS_GATEWAY={MANYHANDS_GATEWAY!r}: write play or stripe.")
STRIPE_SECRET_KEY = environment.text("STRIPE_SECRET_KEY")
# Of each endpoint that Stripe sends events to; while one is changed, the former beside the new.
STRIPE_WEBHOOK_SECRETS = environment.listing("STRIPE_WEBHOOK_SECRETS")
# Another server in Stripe's place, to try things out: never in production.
STRIPE_API_BASE = "" if IS_PRODUCTION else environment.text("STRIPE_API_BASE")
if MANYHANDS_GATEWAY == "stripe" and not (STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS):
    raise ImproperlyConfigured(
        "MANYHANDS_GATEWAY=stripe needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS."
    )
MANYHANDS_PLAY_SETTLE_SECONDS = environment.integer("MANYHANDS_PLAY_SETTLE_SECONDS", 0)
MANYHANDS_MINIMUM_DEPOSIT_CENTS = environment.integer("MANYHANDS_MINIMUM_DEPOSIT_CENTS", 100)
# A new requester's deposits are held for so long, until so much of them is free; 0 hours: never.
MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS = environment.integer("MANYHANDS_FIRST_DEPOSIT_HOLD_HOURS", 0)
MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS = environment.integer(
    "MANYHANDS_FIRST_DEPOSIT_HOLD_UP_TO_CENTS", 100_000
)
MANYHANDS_MINIMUM_PAYOUT_CENTS = environment.integer("MANYHANDS_MINIMUM_PAYOUT_CENTS", 100)
# Payouts go to the gateway on so many connections at once, and no faster than this in all.
MANYHANDS_PAYOUT_LANES = environment.integer("MANYHANDS_PAYOUT_LANES", 4, least=1)
MANYHANDS_PAYOUTS_PER_SECOND = environment.integer("MANYHANDS_PAYOUTS_PER_SECOND", 20, least=1)
# How long a rejected assignment's money stays in escrow.
MANYHANDS_APPEAL_WINDOW_DAYS = environment.integer("MANYHANDS_APPEAL_WINDOW_DAYS", 7)
# Assignments that one worker may hold at a time.
MANYHANDS_QUEUE_LIMIT = environment.integer("MANYHANDS_QUEUE_LIMIT", 25, least=1)
# Notifications to http:// and to addresses inside the network: to try them out only.
MANYHANDS_LOCAL_WEBHOOKS = not IS_PRODUCTION and environment.flag(
    "MANYHANDS_LOCAL_WEBHOOKS", default=False
)
MANYHANDS_MAX_UPLOAD_BYTES = environment.integer("MANYHANDS_MAX_UPLOAD_BYTES", 200 * 2**20)
# Files that people store: images, audio and video of a project, and what workers send.
MANYHANDS_MAX_FILE_BYTES = environment.integer("MANYHANDS_MAX_FILE_BYTES", 100 * 2**20, least=1)
MANYHANDS_PROJECT_BYTES = environment.integer("MANYHANDS_PROJECT_BYTES", 10 * 2**30, least=1)
MANYHANDS_ANSWER_BYTES = environment.integer("MANYHANDS_ANSWER_BYTES", 200 * 2**20, least=1)
MANYHANDS_ADMIN_PATH = environment.text("MANYHANDS_ADMIN_PATH", "admin/").strip("/") + "/"
# Where people write to the operator, an appeal against a suspension included: an e-mail address.
MANYHANDS_CONTACT = environment.text("MANYHANDS_CONTACT")
# HTML files of the operator's own for /terms/ and /privacy/; without one the page says so.
MANYHANDS_TERMS_FILE = environment.text("MANYHANDS_TERMS_FILE")
MANYHANDS_PRIVACY_FILE = environment.text("MANYHANDS_PRIVACY_FILE")
# Reverse proxies in front that add to X-Forwarded-For; 0: the peer is the visitor.
MANYHANDS_PROXY_COUNT = environment.integer("MANYHANDS_PROXY_COUNT", 0)
# Calls of the MTurk API a minute and key; clients wait and try again beyond them.
MANYHANDS_MTURK_CALLS_PER_MINUTE = environment.integer(
    "MANYHANDS_MTURK_CALLS_PER_MINUTE", 6000, least=1
)
# Off for load tests from one address only; production always limits.
MANYHANDS_RATE_LIMITS = IS_PRODUCTION or environment.flag("MANYHANDS_RATE_LIMITS", default=True)

# --- Django ----------------------------------------------------------------------------------
OUR_APPS = [
    "marketplace.audit",
    "marketplace.accounts",
    "marketplace",
    "workers",
    "payments",
    "tasks",
    "mturk",
]
INSTALLED_APPS = [
    *OUR_APPS,
    "marketplace.adminapp.StaffAdminConfig",  # django.contrib.admin, with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "mturk.middleware.MTurkMiddleware",  # before what browsers need: a signed call has no session
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.accounts.middleware.StandingMiddleware",
    "marketplace.web.errors.DomainErrorMiddleware",
]
ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # Left to itself, Django keeps a template that it once read, in development too.
            "loaders": _LOADERS if DEBUG else [("django.template.loaders.cached.Loader", _LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"manyhands": "marketplace.web.templatetags.manyhands"},
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")  # TemplatesSetting finds Django's own widgets through it

# READ COMMITTED is PostgreSQL's default and what every rule here is written for.
DATABASES = {
    "default": environment.database(
        DATABASE_URL, keep_seconds=environment.integer("MANYHANDS_DB_CONN_MAX_AGE", 600)
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "marketplace.cache.HintCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mh",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
# In the database alone: a copy in the cache could bring a signed-out session back.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("MANYHANDS_STATIC", str(VAR / "static")))
MEDIA_ROOT = Path(environment.text("MANYHANDS_FILES", str(VAR / "files")))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Files that people store: under MEDIA_ROOT/media, or in a bucket.
    "media": environment.media_store(),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# In development the files are served from where they lie, and nothing needs collecting.
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
if not IS_PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it isn't there
WHITENOISE_AUTOREFRESH = DEBUG

# Forms, not files: files stream to disk and MANYHANDS_MAX_UPLOAD_BYTES bounds them in the view.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20

vars().update(
    environment.mail(
        environment.text("EMAIL_URL", "smtp://localhost:25" if IS_PRODUCTION else "file://"),
        folder=VAR / "mail",
    )
)
DEFAULT_FROM_EMAIL = environment.text(
    "DEFAULT_FROM_EMAIL", f"{MANYHANDS_SITE_NAME} <noreply@localhost>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.configure(as_json=IS_PRODUCTION, level=environment.text("LOG_LEVEL", "INFO").upper())

# --- Who -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    }
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "marketplace.accounts.web.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True  # one address a person: a new one replaces it once it is verified
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_PRODUCTION else "http"
# An empty dict keeps allauth's limits, which are on by default and counted in the cache.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {} if MANYHANDS_RATE_LIMITS else False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = MANYHANDS_SITE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
ALLAUTH_TRUSTED_PROXY_COUNT = MANYHANDS_PROXY_COUNT

# --- Transport and browsers ------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_PRODUCTION
if IS_PRODUCTION:
    # The prefix makes the browser itself refuse a cookie that another host or plain HTTP set.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    LANGUAGE_COOKIE_NAME = "__Secure-language"
    SECURE_SSL_REDIRECT = environment.flag("MANYHANDS_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from within, over plain HTTP
    SECURE_HSTS_SECONDS = environment.integer("MANYHANDS_HSTS_SECONDS", 365 * 86400)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if MANYHANDS_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "marketplace.web.pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = environment.listing("CSRF_TRUSTED_ORIGINS")
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the QR code of TOTP is a data: image
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "frame-src": [SELF, *filter(None, [MANYHANDS_USERCONTENT_ORIGIN])],
    }
}

# --- REST ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["marketplace.rest.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "marketplace.rest.problems.handle",
    "NUM_PROXIES": MANYHANDS_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{MANYHANDS_SITE_NAME} API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "DESCRIPTION": "Post work and do it, by program. docs/api.md tells how to begin.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "marketplace.rest.docs.problems_for_all",
    ],
    "ENUM_NAME_OVERRIDES": {
        "HITStatus": "tasks.states.HITStatus",
        "AssignmentStatus": "tasks.states.AssignmentStatus",
        "BatchStatus": "tasks.states.BatchStatus",
        "DepositStatus": "payments.states.DepositStatus",
        "PayoutStatus": "payments.states.OutStatus",
    },
}

# --- Jobs ------------------------------------------------------------------------------------
CELERY_BEAT_SCHEDULE = {
    # A run that waited longer than a few turns is dropped: the next one finds the same work.
    name: {"task": name, "schedule": seconds, "options": {"expires": max(30, 2 * seconds)}}
    for name, seconds in schedule.SECONDS.items()
}
CELERY_BROKER_URL = environment.broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A message unacknowledged for this long is handed to another worker: above the time limit.
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
CELERY_TASK_TIME_LIMIT = 3000
CELERY_TASK_DEFAULT_QUEUE = "manyhands"
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# A hint that Redis does not take is given up at once: the sweep finds the work anyway.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.1}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = environment.integer("JOBS_PROCESSES", 2, least=1)
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20.0
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
