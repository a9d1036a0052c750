"""The worker's pages about themselves."""

from django.urls import path

from workers.web import former, mail, people, qualifications

app_name = "workers"
urlpatterns = [
    path("join/", people.join, name="join"),
    path("profile/", people.profile, name="profile"),
    path("profile/adult/", people.adult, name="adult"),
    path("mail/", mail.choose, name="mail"),
    path("mail/<str:token>/", mail.stop, name="stop_mail"),
    path("profile/former-id/", former.former_id, name="former_id"),
    path("qualifications/", qualifications.qualifications, name="qualifications"),
    path("qualifications/<slug:type_id>/", qualifications.qualification, name="qualification"),
    path("qualifications/<slug:type_id>/request/", qualifications.request_one, name="request"),
    path("qualifications/<slug:type_id>/give-up/", qualifications.give_up, name="give_up"),
    path("tests/<slug:request_id>/", qualifications.take_test, name="test"),
]
