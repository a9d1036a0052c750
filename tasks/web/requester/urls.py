"""The requester's pages: projects, batches, review, results."""

from django.urls import path

from tasks.web.requester import (
    batches,
    changes,
    downloads,
    frames,
    import_urls,
    projects,
    review,
    runs,
    start,
    uploads,
)

app_name = "requester"
urlpatterns = [
    path("", start.start, name="start"),
    path("projects/", projects.projects, name="projects"),
    path("projects/new/", projects.new_project, name="new_project"),
    path("projects/frame/", frames.draft_frame, name="draft_frame"),
    path("projects/<slug:project_id>/", projects.project, name="project"),
    path("projects/<slug:project_id>/edit/", projects.edit_project, name="edit_project"),
    path("projects/<slug:project_id>/copy/", projects.copy, name="copy_project"),
    path("projects/<slug:project_id>/archive/", projects.archive, name="archive_project"),
    path("projects/<slug:project_id>/frame/", frames.project_frame, name="project_frame"),
    path("projects/<slug:project_id>/sample.csv", projects.sample_csv, name="sample_csv"),
    path("projects/<slug:project_id>/upload/", uploads.upload, name="upload"),
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", uploads.choose_project, name="choose_project"),
    path("batches/<int:batch_id>/", batches.batch, name="batch"),
    path("batches/<int:batch_id>/state/", batches.batch_state, name="batch_state"),
    path("batches/<int:batch_id>/pace/", batches.batch_pace, name="batch_pace"),
    path("batches/<int:batch_id>/rows/", uploads.rows, name="rows"),
    path("batches/<int:batch_id>/rows/<int:row>/frame/", frames.row_frame, name="row_frame"),
    path("batches/<int:batch_id>/publish/", uploads.publish, name="publish"),
    path("batches/<int:batch_id>/cancel/", changes.cancel, name="cancel"),
    path("batches/<int:batch_id>/extend/", changes.extend, name="extend"),
    path("batches/<int:batch_id>/add/", changes.add, name="add"),
    path("batches/<int:batch_id>/review/", review.review, name="review"),
    path("batches/<int:batch_id>/review/decide/", review.decide, name="decide"),
    path("batches/<int:batch_id>/review/all/", review.decide_all, name="decide_all"),
    path("batches/<int:batch_id>/answers/<slug:assignment_id>/", review.answer, name="answer"),
    path("batches/<int:batch_id>/answers/<slug:assignment_id>/bonus/", review.bonus, name="bonus"),
    path("batches/<int:batch_id>/runs/<int:run_id>/", runs.run, name="run"),
    path("batches/<int:batch_id>/results.csv", downloads.results_csv, name="results_csv"),
    path("batches/<int:batch_id>/decisions/", runs.decisions, name="decisions"),
    path("batches/<int:batch_id>/decisions/<int:file_id>/", runs.decision_file,
         name="decision_file"),
    *import_urls.urlpatterns,
]  # fmt: skip
