"""The page that says what is wrong with a request."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Ours say it in a sentence. What is refused before it is known who asks, such as a wrong host, is no person's doing."""
    if not hasattr(request, "user"):
        return HttpResponseBadRequest("Bad Request (400)\n", content_type="text/plain")
    sentence = str(exception) if isinstance(exception, BadRequest) else "What your browser sent cannot be read."
    return render(request, "400.html", {"sentence": sentence}, status=400)
