"""Coming in, changing one's own password, and forms that were opened under another log-in."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy


class LogIn(LoginView):
    """Who is in already goes on to where the log-in leads."""

    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:  # type: ignore[override] # the types are of a later Django
        """Never this page itself: it would lead on to itself, and so on."""
        url = super().get_redirect_url()
        return "" if urlsplit(url).path == self.request.path else url


class ChangePassword(PasswordChangeView):
    """For everybody who is in. This session goes on, all others of the account are over."""

    template_name = "registration/password.html"
    success_url = reverse_lazy("board")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Your password is changed. In other browsers you log in anew.")
        return super().form_valid(form)


def page_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django has logged it
    """What a form says that does not carry the token of this log-in is not done: CSRF_FAILURE_VIEW."""
    if request.path == reverse("login") and request.user.is_authenticated:
        return redirect(request.get_full_path())  # a second log-in page, left open while somebody came in by the first
    return render(request, "403_csrf.html", status=403)
