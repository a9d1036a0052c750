"""The addresses about workers."""

from django.urls import path

from workers.rest import views

urlpatterns = [path("my/profile", views.Profile.as_view(), name="my_profile")]
