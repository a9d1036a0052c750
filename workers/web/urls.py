"""The worker's pages about themselves."""

from django.urls import path

from workers.web import people

app_name = "workers"
urlpatterns = [
    path("join/", people.join, name="join"),
    path("profile/", people.profile, name="profile"),
]
