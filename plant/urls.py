"""Addresses below /orders/."""

app_name = "orders"
urlpatterns: list[object] = []
