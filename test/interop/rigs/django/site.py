"""An identity provider as Django OAuth Toolkit's tutorial has it: one file of settings, addresses and users.

Run as a script, it makes the database, the users and the client, and serves.
"""

import json
import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line

given = json.loads(os.environ["RIG"])

settings.configure(
    DEBUG=True,
    SECRET_KEY="of no value: the database is gone afterwards",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    USE_TZ=True,
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": given["database"]}},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        "corsheaders",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    LOGIN_URL="/login/",
    CORS_ALLOWED_ORIGINS=[given["app"].rstrip("/")],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": given["key"],
        # The default is built from the request.
        "OIDC_ISS_ENDPOINT": given["issuer"],
        "PKCE_REQUIRED": True,
        "SCOPES": {name: name for name in ("openid", "profile", "email", "offline_access")},
        "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
    },
)
sys.modules.setdefault("site_of_the_rig", sys.modules[__name__])
django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView, LogoutView  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402
from oauth2_provider.views import ConnectDiscoveryInfoView  # noqa: E402


class Validator(OAuth2Validator):
    """The claims, as the documentation says that an application adds them."""

    def get_additional_claims(self, request):
        return {
            "sub": request.user.username,
            "name": request.user.get_full_name(),
            "email": request.user.email,
        }


# Version 1 answers with a slash at the end alone, where OpenID Connect Discovery §4 has none; version 2 answers both.
discovery = ConnectDiscoveryInfoView.as_view()

urlpatterns = [
    path("o/.well-known/openid-configuration", discovery),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    # The sign-in page is the administration's, which links to the others of it.
    path("admin/", admin.site.urls),
    path("logout/", LogoutView.as_view(next_page=given["app"])),
    path("login/", LoginView.as_view(template_name="admin/login.html")),
]


def populate():
    execute_from_command_line(["site", "migrate", "--verbosity=0"])
    for username, person in given["people"].items():
        first_name, last_name = person["name"].split(" ")
        User.objects.create_user(
            username,
            person["email"],
            person["password"],
            first_name=first_name,
            last_name=last_name,
        )
    Application.objects.create(
        client_id="spa",
        name="App",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        algorithm=Application.RS256_ALGORITHM,
        redirect_uris=given["app"],
    )


if __name__ == "__main__":
    populate()
    execute_from_command_line(["site", "runserver", "--noreload", f"127.0.0.1:{given['port']}"])
