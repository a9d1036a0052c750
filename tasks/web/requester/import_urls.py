"""The addresses of the pages about what was saved from Mechanical Turk."""

from django.urls import path

from tasks.web.requester import imports

urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.new_import, name="new_import"),
    path("imports/workers/", imports.former_workers, name="former_workers"),
    path("imports/workers.csv", imports.former_workers_csv, name="former_workers_csv"),
    path("imports/workers/<int:former_id>/link/", imports.link_worker, name="link_former_worker"),
    path("imports/workers/<int:former_id>/unlink/", imports.unlink_worker,
         name="unlink_former_worker"),
    path("imports/<int:import_id>/", imports.imported, name="import"),
    path("imports/<int:import_id>/state/", imports.import_state, name="import_state"),
    path("imports/<int:import_id>/results.csv", imports.import_csv, name="import_csv"),
    path("imports/<int:import_id>/delete/", imports.delete, name="delete_import"),
]  # fmt: skip
