"""Addresses of the page for whoever keeps the site running."""

from django.urls import path

from runs import operations

app_name = "operations"
urlpatterns = [
    path("", operations.page, name="page"),
    path("circuit/close/", operations.close_circuit, name="close-circuit"),
]
