"""Addresses of the runs' pages and of what they read. One URL per verb."""

from django.urls import path

from runs import bulk_views, feed, launch_views, verb_views, views

app_name = "runs"
urlpatterns = [
    path("", views.run_list, name="list"),
    path("new/", launch_views.run_new, name="new"),
    path("solve/", launch_views.run_solve, name="solve"),
    path("bulk/<str:verb>/", bulk_views.run_bulk, name="bulk"),
    path("<int:pk>/", views.run_detail, name="detail"),
    path("<int:pk>/stop/", verb_views.run_stop, name="stop"),
    path("<int:pk>/cancel/", verb_views.run_cancel, name="cancel"),
    path("<int:pk>/keep/", verb_views.run_keep, name="keep"),
    path("<int:pk>/again/", verb_views.run_again, name="again"),
    path("<int:pk>/table/", views.run_table, name="table"),
    path("<int:pk>/feed", feed.feed, name="feed"),
    path("<int:pk>/scene.json", feed.scene, name="scene"),
    path("<int:pk>/frame", feed.frame, name="frame"),
]
