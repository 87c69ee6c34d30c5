"""Django settings. Values from outside come through `env`; the reasons stand beside the numbers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from kombu import Queue

from runs import queues
from runs.thresholds import Above, Below, Limit
from scheduler_site import addresses, datafolder, env, reports
from scheduler_site.logs import logging_configuration

django_stubs_ext.monkeypatch()  # lets classes say which model they are about: ModelAdmin[Order]

ENVIRONMENT = env.current()
BASE_DIR: Path = env.REPOSITORY
DATA_DIR: Path = ENVIRONMENT.data_dir
MODE = ENVIRONMENT.mode
DEBUG = MODE == "development"
OVER_HTTPS = MODE == "production"

SECRET_KEY = ENVIRONMENT.secret_key or datafolder.read(DATA_DIR, "secret_key") or datafolder.PLACEHOLDER
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)
ORIGINS = list(ENVIRONMENT.origins) or [f"http://{host}:{ENVIRONMENT.port}" for host in ENVIRONMENT.hosts]
CSRF_TRUSTED_ORIGINS = ORIGINS

INSTALLED_APPS = [
    "scheduler_site.admin_site.TaktlineAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "django_celery_beat",
    "django_celery_results",
    "axes",
    "plant",
    "plans",
    "runs",
    "scheduler_site",
]

MIDDLEWARE = [
    "scheduler_site.health.Monitoring",  # the first: it answers though everything below should hang
    "scheduler_site.request_id.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "scheduler_site.csp.ContentSecurityPolicy",
    "scheduler_site.api.boundary.ApiBoundary",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "scheduler_site.plant_time.PlantTimeZone",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "scheduler_site.outage.Outage",
]

ROOT_URLCONF = "scheduler_site.urls"
ASGI_APPLICATION = "scheduler_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- PostgreSQL: the only truth -------------------------------------------------------------------------------------

SERVERS = datafolder.server_urls(ENVIRONMENT)
DATABASE_OPTIONS = {
    "connect_timeout": 5,
    # A dead peer is noticed after 25 s instead of two hours.
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # No statement here may take long: a stuck one must not hold a lease or a page.
    "options": "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=15000",
}
DATABASE: dict[str, Any] = addresses.database(SERVERS.database, DATABASE_OPTIONS)
DATABASE["CONN_HEALTH_CHECKS"] = True
if ENVIRONMENT.db_pool:
    # The threads of the web process would each keep a connection; pool and CONN_MAX_AGE exclude each other.
    DATABASE["CONN_MAX_AGE"] = 0
    DATABASE["OPTIONS"]["pool"] = {"min_size": 1, "max_size": ENVIRONMENT.db_pool, "timeout": 5}
else:
    DATABASE["CONN_MAX_AGE"] = 60
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Live feed ------------------------------------------------------------------------------------------------------

LIVE_SWEEP_SECONDS = 5.0  # how often the web process looks at the rows of watched runs without a hint, and at permissions

# --- Redis: a doorbell; losing every byte of it loses nothing -------------------------------------------------------

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": addresses.redis(SERVERS.redis, 1),
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 3, "health_check_interval": 30},
    }
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": addresses.redis(SERVERS.redis, 2),
                    # redis-py 8 defaults to 5 s, just what channels_redis blocks for: idle sockets would die.
                    "socket_timeout": 30,
                    "socket_connect_timeout": 3,
                    "socket_keepalive": True,
                    "health_check_interval": 30,
                    # Its default of 100 connections refuses the handshake of the next browser.
                    "max_connections": 5000,
                }
            ],
            "capacity": ENVIRONMENT.channel_capacity,
            "expiry": 30,
            "group_expiry": 86400,
            "prefix": "ws",
        },
    }
}

CELERY_BROKER_URL = addresses.redis(SERVERS.redis, 0)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the default gives up after 100 and the worker exits
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Without a timeout a frozen broker blocks whoever presses Solve, for ever.
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "retry_on_timeout": False,
    "visibility_timeout": 3600,  # housekeeping only; solves are acknowledged at once and guarded by a lease
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = False  # the lease in PostgreSQL recovers, not the broker
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # would repeat a task that kills its worker for ever
CELERY_TASK_RETRY_ON_WORKER_LOST = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # a lost doorbell is no reason to stop solving
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 0
CELERY_WORKER_SEND_TASK_EVENTS = ENVIRONMENT.task_events
CELERY_TASK_SEND_SENT_EVENT = ENVIRONMENT.task_events
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]  # pickle would let anyone who can write to Redis run code
CELERY_TASK_PUBLISH_RETRY = False  # the steward rings again
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = None  # runs.housekeeping deletes them, in small steps
CELERY_TASK_TRACK_STARTED = True
CELERY_TASK_TIME_LIMIT = queues.QUEUES[queues.DEFAULT_QUEUE].time_limit  # of tasks that the table of queues does not name
CELERY_TASK_ANNOTATIONS = queues.LIMITS  # of those that it names
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT_QUEUE
CELERY_TASK_QUEUES = tuple(Queue(name) for name in queues.QUEUES)
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = queues.ROUTES
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "runs.clock:Clock"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

SPARE_SOLVERS = ENVIRONMENT.spare_solvers

# --- Health ---------------------------------------------------------------------------------------------------------

# The one table: beyond the first value a check is degraded (somebody should look), beyond the second unhealthy (it fails).
# docs/operations.md has it with what to do; deploy/prometheus/ alerts by it.
HEALTH_LIMITS: dict[str, Limit] = {
    "database": Above(100, 1000),  # ms for a query
    "broker": Above(100, 1000),  # ms for a ping
    "disk": Below(2, 0.5),  # GiB free
    "steward": Above(15, 30),  # s since one was seen; it says so every 5
    "schedule_clock": Above(60, 180),  # s since somebody looked at the schedules; every 20
    "beat": Below(1),  # processes; the steward looks at the schedules for it, and cleaning up waits
    "workers.solve": Below(1, 1),
    "workers.high": Below(1),
    "workers.default": Below(1),
    "workers.low": Below(1),
    "queue.solve": Above(900, 3600),  # s that the oldest run waits
    "queue.high": Above(30, 120),  # s; a person waits for it
    "queue.default": Above(100, 1000),  # messages
    "queue.low": Above(100, 1000),  # messages
    "queue_age.default": Above(120),  # s that the oldest message lies there; the steward looks at the schedules meanwhile
    "queue_age.low": Above(3600),  # s; all chores of a day together take minutes, and none of them is urgent
    "failure_rate": Above(0.10, 0.20),  # of the runs that ended within an hour
    "solve_time": Above(480, 570),  # s, the 95th percentile of an hour
    "memory": Above(1536, 1946),  # MiB of the largest process: 1.5 and 1.9 GiB
}
HEALTH_LEAST_RUNS = 5  # fewer that ended within an hour say nothing about the failure rate
HEALTH_SECONDS = 3.0  # the longest that a frozen server delays a health check
HEALTH_KEPT_SECONDS = 2.0  # strangers may ask as often as they like: they get an answer that is so old at most

# --- API ------------------------------------------------------------------------------------------------------------

# By scope, for each token and each person with a session. Following a run needs one request a second at most.
API_REQUESTS_PER_MINUTE = {"read": 600, "submit": 120, "control": 120}

# --- Housekeeping: days until something goes; 0 is never ------------------------------------------------------------

RETENTION_DAYS = {
    "events": ENVIRONMENT.keep_events_days,
    "incumbents": ENVIRONMENT.keep_incumbents_days,
    "runs": ENVIRONMENT.keep_runs_days,
    "results": ENVIRONMENT.keep_results_days,
}

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
FORMAT_MODULE_PATH = "scheduler_site.formats"
USE_TZ = True
TIME_ZONE = "UTC"  # storage; pages show the plant's own zone

# --- Static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Who may come in ------------------------------------------------------------------------------------------------

# Wrong passwords are counted by account and address together (scheduler_site.throttle says why), in the database.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else whoever shares the address could keep somebody out for ever
AXES_CLIENT_IP_CALLABLE = "scheduler_site.throttle.address_of"
AXES_USERNAME_CALLABLE = "scheduler_site.throttle.name_of"
AXES_LOCKOUT_CALLABLE = "scheduler_site.throttle.too_often"
AXES_CLIENT_STR_CALLABLE = "scheduler_site.throttle.said_of"  # in the log
AXES_DISABLE_ACCESS_LOG = True  # who logged in when is not kept
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "board"
LOGOUT_REDIRECT_URL = "login"
CSRF_FAILURE_VIEW = "scheduler_site.accounts.page_too_old"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = OVER_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if OVER_HTTPS else "taktline_session"
CSRF_COOKIE_SECURE = OVER_HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the page
CSRF_COOKIE_NAME = "__Host-csrf" if OVER_HTTPS else "taktline_csrf"
SECURE_SSL_REDIRECT = OVER_HTTPS
SECURE_HSTS_SECONDS = 365 * 86400 if OVER_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = OVER_HTTPS
SECURE_HSTS_PRELOAD = OVER_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if ENVIRONMENT.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a setup matrix of a hundred families is one form
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Logs -----------------------------------------------------------------------------------------------------------

LOGGING = logging_configuration(ENVIRONMENT.log_format, ENVIRONMENT.log_level)
LOGGING_CONFIG = "scheduler_site.logs.configure"

if ENVIRONMENT.sentry_dsn:
    reports.start(ENVIRONMENT)
