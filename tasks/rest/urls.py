"""The addresses about work."""

from django.urls import path

from tasks.rest import batches, hits, projects, reviewing, working

urlpatterns = [
    # First, since they are asked for most.
    path("groups", working.Groups.as_view(), name="groups"),
    path("groups/<public:group_id>", working.Group.as_view(), name="group"),
    path("groups/<public:group_id>/accept", working.AcceptNext.as_view(), name="accept_next"),
    path("my/assignments", working.History.as_view(), name="my_assignments"),
    path("my/assignments/<public:assignment_id>", working.Mine.as_view(), name="my_assignment"),
    path("my/assignments/<public:assignment_id>/submit", working.Submit.as_view(), name="submit"),
    path("my/assignments/<public:assignment_id>/return", working.Return.as_view(), name="return"),
    path("my/queue", working.Queue.as_view(), name="my_queue"),
    path("my/dashboard", working.Dashboard.as_view(), name="my_dashboard"),
    path("templates", projects.Templates.as_view(), name="templates"),
    path("projects", projects.Projects.as_view(), name="projects"),
    path("projects/<public:project_id>", projects.Project.as_view(), name="project"),
    path(
        "projects/<public:project_id>/archive",
        projects.ArchiveProject.as_view(),
        name="archive_project",
    ),
    path("projects/<public:project_id>/hits", projects.ProjectHITs.as_view(), name="create_hit"),
    path(
        "projects/<public:project_id>/batches",
        batches.ProjectBatches.as_view(),
        name="upload_batch",
    ),
    path("batches", batches.Batches.as_view(), name="batches"),
    path("batches/<number:batch_id>", batches.Batch.as_view(), name="batch"),
    path("batches/<number:batch_id>/publish", batches.PublishBatch.as_view(), name="publish"),
    path("batches/<number:batch_id>/cancel", batches.CancelBatch.as_view(), name="cancel"),
    path("batches/<number:batch_id>/extend", batches.ExtendBatch.as_view(), name="extend"),
    path("batches/<number:batch_id>/hits", batches.BatchHITs.as_view(), name="batch_hits"),
    path(
        "batches/<number:batch_id>/assignments",
        batches.BatchSubmissions.as_view(),
        name="batch_assignments",
    ),
    path(
        "batches/<number:batch_id>/results.csv",
        batches.BatchResults.as_view(),
        name="batch_results",
    ),
    path("hits", hits.HITs.as_view(), name="hits"),
    path("hits/<public:hit_id>", hits.HIT.as_view(), name="hit"),
    path("hits/<public:hit_id>/expiration", hits.SetExpiration.as_view(), name="hit_expiration"),
    path(
        "hits/<public:hit_id>/add-assignments",
        hits.AddAssignments.as_view(),
        name="add_assignments",
    ),
    path("hits/<public:hit_id>/assignments", hits.HITSubmissions.as_view(), name="hit_assignments"),
    path("hits/<public:hit_id>/accept", working.AcceptHIT.as_view(), name="accept_hit"),
    path("assignments/approve", reviewing.ApproveAll.as_view(), name="approve_many"),
    path("assignments/reject", reviewing.RejectAll.as_view(), name="reject_many"),
    path("assignments/<public:assignment_id>", reviewing.Submission.as_view(), name="assignment"),
    path("assignments/<public:assignment_id>/approve", reviewing.Approve.as_view(), name="approve"),
    path("assignments/<public:assignment_id>/reject", reviewing.Reject.as_view(), name="reject"),
    path(
        "assignments/<public:assignment_id>/undo-rejection",
        reviewing.UndoRejection.as_view(),
        name="undo_rejection",
    ),
    path("assignments/<public:assignment_id>/bonus", reviewing.Bonus.as_view(), name="bonus"),
]
