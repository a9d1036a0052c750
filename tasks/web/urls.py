"""The pages about work: the requester's and the worker's."""

from django.urls import include, path

urlpatterns = [
    path("requester/", include("tasks.web.requester.urls")),
    path("developers/notifications/", include("tasks.web.requester.notification_urls")),
    path("files/", include("tasks.web.file_urls")),
    path("work/", include("tasks.web.worker.urls")),
]
