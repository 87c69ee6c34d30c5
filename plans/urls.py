"""Addresses of the plans' pages and of what their Gantt reads."""

from django.urls import path

from plans import feed, views

app_name = "plans"
urlpatterns = [
    path("", views.plan_list, name="list"),
    path("<int:pk>/", views.plan_detail, name="detail"),
    path("<int:pk>/table/", views.plan_table, name="table"),
    path("<int:pk>/scene.json", feed.scene, name="scene"),
    path("<int:pk>/frame", feed.frame, name="frame"),
]
