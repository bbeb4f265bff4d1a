"""Settings of the portal: every one that a deployment changes is an environment variable named ESTRAN_…

ESTRAN_DATA          folder of everything that must be kept: database, inventories, runs (default: portail)
ESTRAN_DATABASE_URL  postgresql://user:password@host/name; without it, SQLite in the data folder
ESTRAN_HOSTS         names the portal answers to, separated by commas (default: this machine)
ESTRAN_HTTPS         « yes » behind HTTPS: secure cookies, redirection and HSTS
ESTRAN_PROXIES       how many proxies stand before the portal (default: 1 behind HTTPS, else none): failures are counted
                     by the address that the nearest ones give in X-Forwarded-For
ESTRAN_IDLE_MINUTES  minutes without a request after which a session ends (default: 60)
ESTRAN_SECOND_FACTOR « administrators »: who administers an organisation signs in with a second factor
ESTRAN_SECRET_KEY    signs sessions and links; without it, a key is made once in the data folder
ESTRAN_OIDC_…        sign-in through an identity provider: see `OIDC` below
ESTRAN_REACHABLE     addresses or networks, separated by commas, that may be those of GLPI though they are its own
"""

import os
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from estran.common.language import use_language
from estran.common.vocabulary import limit
from estran.portal.common.keys import secret_key

use_language("fr")
os.umask(0o077)  # what the portal writes is its owner’s alone

BASE_DIR = Path(__file__).parent
DATA = Path(os.environ.get("ESTRAN_DATA", "portail")).resolve()
HTTPS = os.environ.get("ESTRAN_HTTPS") == "yes"
DEBUG = False
SECRET_KEY = os.environ.get("ESTRAN_SECRET_KEY") or secret_key(DATA)
ALLOWED_HOSTS = os.environ.get("ESTRAN_HOSTS", "127.0.0.1,[::1]," + "local" + "host").split(",")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

# Each app imports those before it alone; all of them import `common`.
APPS = (
    *("organisations", "jobs", "estates", "collection", "registers", "structure", "results", "overlays"),
    *("indicators", "plan", "diagnostic", "workshops", "requests", "publishing"),
)
INSTALLED_APPS = [
    *(f"django.contrib.{app}" for app in ("auth", "contenttypes", "messages", "staticfiles")),
    "axes",
    *("django_otp", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static"),
    "estran.portal",
    *(f"estran.portal.{app}" for app in APPS),
]
# The function of each kind of work of the queue.
WORK = {
    kind: f"estran.portal.{function}"
    for kind, function in {
        "delivery": "collection.deliveries.read_sent",
        "glpi": "collection.glpi.fetch_glpi",
        "register": "registers.registers.import_file",
        "run": "results.calculation.compute_run",
        "flow": "results.calculation.compute_flow",
        "merge": "results.calculation.merge_answers",
        "school": "results.calculation.compute_school",
        "lives": "results.observed_lives.keep_lives",
        "renewals": "results.renewal_views.keep_renewals",
        "origin": "results.explained.open_run",
        "export": "results.export.write_asked_zip",
        "series": "results.years.restate",
        "own value": "overlays.own_values.measure_effect",
        "indicators": "indicators.computation.compute",
        "projection": "plan.effects.compute_projection",
        "readings": "plan.objective_status.read_indicators",
        "idea": "workshops.visions.compute_effect",
        "request": "requests.footprint.compute_footprint",
        "open data": "publishing.work.write_publication",
        "report": "publishing.work.write_report",
        "assembly": "publishing.work.write_assembly_report",
    }.items()
}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "estran.portal.common.languages.speak_language",
    "django.middleware.common.CommonMiddleware",
    "estran.portal.bodies.BodyLimit",  # before the first that reads what is sent
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "estran.portal.organisations.sessions.note_use",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "estran.portal.common.pages.private",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "estran.portal.urls"
WSGI_APPLICATION = "estran.portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        # Those of the project, then of each app.
        "DIRS": [BASE_DIR / "templates", *(BASE_DIR / app / "templates" for app in ("common", *APPS))],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "estran.portal.common.pages.environment",
            "context_processors": ["estran.portal.common.pages.context"],
            "trim_blocks": True,
            "lstrip_blocks": True,
        },
    }
]

# --- database: SQLite for a small authority, PostgreSQL by one setting ---------------------------------------------


def database(url: str) -> dict[str, object]:
    """The database of an address, or SQLite in the data folder."""
    if not url:
        # Immediate transactions: two writers wait for each other instead of failing. What is deleted is overwritten.
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
        }
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "portail.sqlite3", "OPTIONS": options}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),  # as libpq names them: sslmode, sslrootcert
        "CONN_MAX_AGE": 0,  # hundreds of threads would each keep one of the hundred connections of PostgreSQL
    }


DATABASES = {"default": database(os.environ.get("ESTRAN_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "organisations.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Sign-in through an identity provider, as well as by password, once it is named.
OIDC_ISSUER = os.environ.get("ESTRAN_OIDC_ISSUER", "")
OIDC_LABEL = os.environ.get("ESTRAN_OIDC_LABEL", "ProConnect")
OIDC_RP_CLIENT_ID = os.environ.get("ESTRAN_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET = os.environ.get("ESTRAN_OIDC_CLIENT_SECRET", "")
OIDC_RP_SCOPES = os.environ.get("ESTRAN_OIDC_SCOPES", "openid email given_name usual_name")
OIDC_RP_SIGN_ALGO = os.environ.get("ESTRAN_OIDC_ALGORITHM", "RS256")
OIDC_AUTHENTICATION_CALLBACK_URL = "oidc_authentication_callback"
OIDC_CREATE_USER, OIDC_STORE_ID_TOKEN, OIDC_USE_PKCE = False, True, True
OIDC_TIMEOUT, OIDC_LEEWAY = 10, 60  # seconds: to wait for an answer, between two clocks
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("estran.portal.organisations.oidc.Backend")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "estran.portal.organisations.common_passwords.Validator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "start"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # seconds
AXES_FAILURE_LIMIT = 8  # wrong passwords of one person before the pause
FAILURES_BY_ADDRESS = 100  # wrong passwords from one address, where a whole office may be
WRONG_CODES_BY_ADDRESS = 100  # wrong workshop codes from one address, where a whole room may be
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a pause is not made longer by trying
# What was typed is not kept with a failure.
AXES_SENSITIVE_PARAMETERS = [
    *("username", "ip_address", "code", "proof_password", "old_password", "new_password1", "new_password2"),
]
AXES_HANDLER = "estran.portal.organisations.throttling.Handler"
AXES_CLIENT_IP_CALLABLE = "estran.portal.organisations.throttling.client_address"
PROXIES = int(os.environ.get("ESTRAN_PROXIES", "1" if HTTPS else "0"))
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_FORM_FIELD = "username"  # of the sign-in form
AXES_LOCKOUT_TEMPLATE = "organisations/locked.html"
# By person, then by address with a limit of its own (the handler). The pause is short, for anyone can cause it.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
SECOND_FACTOR_ASKED = os.environ.get("ESTRAN_SECOND_FACTOR") == "administrators"
OTP_TOTP_ISSUER = "Estran"
PROOF_AGE = 10 * 60  # seconds after which a password is asked again before what cannot be undone
SESSION_ENGINE = "estran.portal.organisations.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # seconds: a working day
SESSION_IDLE_AGE = int(os.environ.get("ESTRAN_IDLE_MINUTES", "60")) * 60  # seconds without a request
# Behind HTTPS a cookie is that of this very host: no other one of the domain can set it.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-session", "__Host-csrf") if HTTPS else ("session", "csrf")
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True

# --- what the browser may do ---------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^sante/$"]  # asked from this machine
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Nothing but our own style sheet and scripts; no inline style or script, no frame, no outside request.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "object-src": ["'none'"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        # Signing out leads to the provider that signed in.
        "form-action": [
            "'self'",
            *([f"{urlsplit(OIDC_ISSUER).scheme}://{urlsplit(OIDC_ISSUER).netloc}"] if OIDC_ISSUER else []),
        ],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- what the portal may ask of other machines -----------------------------------------------------------------------

# Addresses that no GLPI has: this machine, its neighbours without router, services that clouds give to one machine, and
# addresses that hide another one. Private networks may be asked: that is where an authority's GLPI is.
_UNREACHABLE = (
    *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"),
    *("::/96", "fe80::/10", "fec0::/10", "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"),
)
UNREACHABLE = [ip_network(text) for text in _UNREACHABLE]
REACHABLE = [ip_network(text.strip()) for text in os.environ.get("ESTRAN_REACHABLE", "").split(",") if text.strip()]

# --- files ---------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
DRAWINGS = DATA / "drawings"  # charts, drawn again when missing
DRAWING_WAIT: float | None = 3.0  # seconds that a page waits for the worker to draw; None: pages draw themselves
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# What is sent at once, files included, is limited by who sends it: estran.portal.bodies.
DATA_UPLOAD_MAX_MEMORY_SIZE = limit("form_bytes")  # files apart
DATA_UPLOAD_MAX_NUMBER_FILES = 4
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700

# --- language and time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_AGE = "langue", 365 * 24 * 3600
FORM_RENDERER = "estran.portal.common.languages.Renderer"
TIME_ZONE = "Europe/Paris"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "discreet": {
            "()": "estran.portal.common.logs.DiscreetFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "discreet"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Nothing is mailed: an error goes to the log, like the rest.
    "loggers": {"django": {"handlers": [], "level": "WARNING"}},
}
