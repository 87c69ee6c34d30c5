"""Addresses of the site; each app owns its own below."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path

from runs.views import board
from scheduler_site.health import healthz

urlpatterns = [
    path("", board, name="board"),
    path("login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("runs/", include("runs.urls")),
    path("plans/", include("plans.urls")),
    path("orders/", include("plans.order_urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
]
