"""The links to a group of HITs that Mechanical Turk's later workers' site had, as programs print
them: https://worker.mturk.com/projects/<HITTypeId>/tasks."""

from django.urls import path

from mturk import external_submit

app_name = "turk_links"
urlpatterns = [path("<str:group_id>/tasks", external_submit.tasks_of_group, name="group")]
