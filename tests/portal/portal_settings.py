"""Settings of the tests: those of the portal, its data in a folder of their own, fast passwords.

ESTRAN_TEST_DATABASE_URL runs the same tests on PostgreSQL.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["ESTRAN_DATA"] = tempfile.mkdtemp(prefix="estran-portal-")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser of the tests runs an event loop beside Django
os.environ["ESTRAN_SECRET_KEY"] = "not-a-secret"
os.environ["ESTRAN_DATABASE_URL"] = os.environ.get("ESTRAN_TEST_DATABASE_URL", "")
atexit.register(shutil.rmtree, os.environ["ESTRAN_DATA"], ignore_errors=True)

from estran.portal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DRAWING_WAIT = None  # no worker beside the tests: pages draw
DRAWINGS = Path(__file__).parents[2] / "build" / "cache" / "estran" / "charts"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
