"""The addresses of stored files: on the untrusted side."""

from django.urls import path

from tasks.web import files

app_name = "files"
urlpatterns = [
    path("small/<slug:key>", files.small, name="small"),
    path("sent/<str:token>/<str:name>", files.sent_file, name="sent"),
    path("<slug:key>/<str:name>", files.project_file, name="project"),
]
