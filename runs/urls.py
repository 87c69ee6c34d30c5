"""Addresses below /runs/."""

app_name = "runs"
urlpatterns: list[object] = []
