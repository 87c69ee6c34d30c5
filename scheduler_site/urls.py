"""Addresses of the site; each app owns its own below."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from runs.posting import only_posted
from runs.views import board
from scheduler_site.accounts import ChangePassword, LogIn
from scheduler_site.api.mount import api
from scheduler_site.api.reference import reference
from scheduler_site.health import health_for_staff, metrics_for_staff

handler400 = "scheduler_site.refusals.bad_request"
urlpatterns = [
    path("", board, name="board"),
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", only_posted("board")(LogoutView.as_view()), name="logout"),
    path("password/", ChangePassword.as_view(), name="password"),
    path("runs/", include("runs.urls")),
    path("plans/", include("plans.urls")),
    path("orders/", include("plans.order_urls")),
    path("api/v1/docs", reference, name="api-reference"),
    path("api/v1/", api.urls),
    path("operations/", include("runs.operations_urls")),
    path("admin/", admin.site.urls),
    path("health", health_for_staff, name="health"),
    path("metrics", metrics_for_staff, name="metrics"),
]
