"""The worker's pages: find work, preview, work, queue, dashboard, earnings."""

from django.urls import path

from tasks.web.worker import browse, earnings, frame, history, payout_account, task, upload

app_name = "work"
urlpatterns = [
    path("", browse.browse, name="browse"),
    path("groups/<slug:group_id>/", browse.group, name="group"),
    path("groups/<slug:group_id>/accept/", browse.accept_from_group, name="accept"),
    path("hits/<slug:hit_id>/", browse.hit, name="hit"),
    path("hits/<slug:hit_id>/accept/", browse.accept_one, name="accept_hit"),
    path("hits/<slug:hit_id>/report/", browse.report, name="report"),
    path("task/<slug:assignment_id>/", task.task, name="task"),
    path("task/<slug:assignment_id>/state/", task.state, name="state"),
    path("task/<slug:assignment_id>/next/", task.next_task, name="next"),
    path("task/<slug:assignment_id>/return/", task.give_back, name="return"),
    path("task/<slug:assignment_id>/broken/", task.broken, name="broken"),
    path("upload/<slug:assignment_id>/", upload.upload, name="upload"),
    path("wants-next/", task.wants_next, name="wants_next"),
    path("frame/preview/<str:permission>/", frame.frame_preview, name="frame_preview"),
    path("frame/<slug:assignment_id>/", frame.frame, name="frame"),
    path("queue/", history.queue, name="queue"),
    path("dashboard/", history.dashboard, name="dashboard"),
    path("dashboard/<str:on>/", history.day, name="day"),
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/payout/", earnings.pay_out, name="pay_out"),
    path("earnings/schedule/", earnings.schedule, name="schedule"),
    path("earnings/account/", payout_account.payout_account, name="payout_account"),
    path("earnings/account/set-up/", payout_account.set_up_payouts, name="set_up_payouts"),
]
