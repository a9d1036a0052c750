"""The URL map: one include a room. Each app names its own pages."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from marketplace.health import healthz

# Staff sign in as everybody does: verification, second factor and rate limits included.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path(settings.MANYHANDS_ADMIN_PATH, admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/", include("marketplace.rest.urls")),
    path("", include("tasks.web.urls")),
    path("money/", include("payments.web.urls")),
    path("worker/", include("workers.web.urls")),
    path("mturk/", include("mturk.urls")),
    path("projects/", include("mturk.links")),
    path("", include("marketplace.web.urls")),
    path("", include("marketplace.accounts.web.urls")),
]
