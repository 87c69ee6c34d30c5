"""Addresses of the orders' pages: they show what a plan projects, so they live with the plans."""

from django.urls import path

from plans import views

app_name = "orders"
urlpatterns = [path("", views.order_list, name="list")]
