"""The requester's pages about workers and their qualifications; part of requester/urls.py."""

from django.urls import path

from tasks.web.requester import qualification_holders as holders
from tasks.web.requester import qualifications as types
from tasks.web.requester import worker_files as files
from tasks.web.requester import workers_pages as people

urlpatterns = [
    path("qualifications/", types.qualifications, name="qualifications"),
    path("qualifications/new/", types.new_qualification, name="new_qualification"),
    path("qualifications/test/", types.draft_test, name="draft_test"),
    path("qualifications/<slug:type_id>/", types.qualification, name="qualification"),
    path("qualifications/<slug:type_id>/edit/", types.edit_qualification,
         name="edit_qualification"),
    path("qualifications/<slug:type_id>/delete/", types.delete, name="delete_qualification"),
    path("qualifications/<slug:type_id>/grant/", holders.grant, name="grant"),
    path("qualifications/<slug:type_id>/revoke/", holders.revoke, name="revoke"),
    path("qualifications/<slug:type_id>/scores.csv", holders.scores_csv, name="scores_csv"),
    path("qualification-requests/<slug:request_id>/", holders.decide, name="decide_request"),
    path("workers/", people.workers, name="workers"),
    path("workers.csv", files.workers_csv, name="workers_csv"),
    path("workers/upload/", files.upload_file, name="upload_workers"),
    path("workers/upload/<int:file_id>/", files.confirm_file, name="workers_file"),
    path("workers/<slug:worker_id>/", people.worker, name="worker"),
    path("workers/<slug:worker_id>/block/", people.block, name="block"),
    path("workers/<slug:worker_id>/unblock/", people.unblock, name="unblock"),
    path("workers/<slug:worker_id>/qualify/", people.qualify, name="qualify"),
    path("workers/<slug:worker_id>/disqualify/", people.disqualify, name="disqualify"),
    path("workers/<slug:worker_id>/write/", people.write, name="write"),
]  # fmt: skip
