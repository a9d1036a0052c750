"""A project's own files: added, named by rows, used by published work, deleted."""

import pytest
from django.urls import reverse

from marketplace import clock
from marketplace.accounts.models import Role
from marketplace.errors import InvalidInput, LimitReached, NotAllowed, NotFound, WrongState
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.actions.delete_project_file import delete_project_file
from tasks.actions.publish_batch import cost_of, publish_batch
from tasks.files import store
from tasks.files.references import names_in, with_addresses
from tasks.models import BatchFile, ProjectFile
from tasks.queries.files import files_of
from tasks.questions.layout import question_for
from tests import world
from tests.tasks.files.samples import HTML, MP4, picture, upload

NOW = clock.now


def publish(lab, batch):
    publish_batch(
        by=lab.by, batch=batch, confirmed_cents=sum(cost_of(batch, batch.project)), at=NOW()
    )


def test_a_file_is_kept_with_what_it_is(add, project, folder):
    file = add("My cat.PNG", picture(size=(40, 30)))
    assert list(files_of(project)) == [file]
    assert (file.name, file.media_type, file.width, file.height) == (
        *("My cat.PNG", "image/png", 40, 30),
    )
    assert (folder / file.path).read_bytes() == picture(size=(40, 30))
    assert (folder / file.small_path).read_bytes()[8:12] == b"WEBP"
    assert b"".join(store.blocks(file.path, start=1, length=3)) == b"PNG"


def test_the_same_file_again_changes_nothing_and_another_of_its_name_is_refused(add, project):
    first = add()
    assert add() == first
    with pytest.raises(InvalidInput, match=r"another file called “cat\.png”"):
        add(content=picture(colour="red"))
    assert ProjectFile.objects.count() == 1


def test_limits_are_kept_to_the_byte(add, settings, project):
    body = picture()
    settings.MANYHANDS_MAX_FILE_BYTES = len(body)
    settings.MANYHANDS_PROJECT_BYTES = 2 * len(body)
    add("a.png")
    add("b.png")
    with pytest.raises(LimitReached, match=r"“c\.png” doesn't fit"):
        add("c.png")
    settings.MANYHANDS_MAX_FILE_BYTES = len(body) - 1
    with pytest.raises(InvalidInput, match="a file may have"):
        add("d.png")
    with pytest.raises(InvalidInput, match=r"“e\.png” is empty"):
        add("e.png", b"")
    assert ProjectFile.objects.count() == 2


def test_who_may_add(add, lab, project):
    reviewer = world.a_member(lab.requester, world.a_user("r@lab.test"), Role.REVIEWER)
    with pytest.raises(NotAllowed):
        add(by=reviewer)
    with pytest.raises(NotFound):
        add(by=world.a_lab("Other Lab", cents=0).by)


def test_a_page_is_not_taken(add, folder):
    with pytest.raises(InvalidInput, match="web page"):
        add("cat.jpg", HTML)
    assert not list(folder.rglob("*/media/*"))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("file:cat.png", {"cat.png"}),
        (" file:my cat.png\n", {"my cat.png"}),
        ('["file:a.png", "file:b.png"]', {"a.png", "b.png"}),
        ('<img src="file:a.png">', {"a.png"}),
        ({"source-ref": "file:a.mp4", "n": 1, "more": [{"x": "file:b"}]}, {"a.mp4", "b"}),
        ("file:e\u0301.png", {"é.png"}),
        ("see file:cat.png", set()),
        ("file: see below", set()),
        ("file:///etc/passwd", set()),
        ('<a href="file:///etc/passwd">', set()),
    ],
)
def test_how_files_are_named(value, names):
    assert names_in(value) == names


def test_names_become_addresses_where_the_file_is(add, project, settings):
    file = add("my cat.png")
    here = "https://here.test"
    shown = with_addresses({"a": "file:my cat.png", "b": "file:dog.png"}, project.pk, here=here)
    assert shown == {"a": f"{here}/files/{file.key}/my%20cat.png", "b": "file:dog.png"}
    settings.MANYHANDS_USERCONTENT_ORIGIN = "https://content.test"
    shown = with_addresses('"file:my cat.png"', project.pk, here=here)
    assert shown == f'"https://content.test/files/{file.key}/my%20cat.png"'


def test_rows_that_name_files_that_are_not_there_are_found(add, lab, project):
    add("a.png")
    batch = world.an_upload(lab, project, ["file:a.png", "file:b.png", "file: words"])
    assert [(each["row"], each["column"]) for each in batch.problems] == [(3, "text")]
    assert "no file called “b.png”" in batch.problems[0]["message"]


def test_a_hit_shows_the_address_and_its_results_the_name(add, lab, project, client):
    file = add("a.png")
    batch = world.published(lab, project, ["file:a.png"])
    assignment = world.accepted(world.a_worker(), batch)
    page = client.get(f"/work/frame/{assignment.public_id}/").text
    assert f"http://testserver/files/{file.key}/a.png" in page
    assert assignment.hit.inputs == {"text": "file:a.png"}


def test_a_layout_s_preview_shows_files_before_it_is_saved(add, lab, project, client):
    file = add("logo.png")
    client.force_login(lab.user)
    drafted = {"layout": '<img src="file:logo.png">', "files_of": project.public_id}
    there = f"http://testserver/files/{file.key}/logo.png"
    address = reverse("requester:draft_frame")
    assert there in client.post(address, drafted).text
    client.force_login(world.a_lab("Other Lab", cents=0).user)
    assert there not in client.post(address, drafted).text


def test_a_file_that_published_work_shows_stays(add, lab, project):
    named, by_address, free = add("a.png"), add("b.png"), add("c.png")
    batch = world.an_upload(lab, project, ["file:a.png", f"https://x/files/{by_address.key}/b.png"])
    assert BatchFile.objects.filter(batch=batch).count() == 2
    publish(lab, batch)
    for file in (named, by_address):
        with pytest.raises(WrongState, match="published work shows it"):
            delete_project_file(by=lab.by, key=file.key, at=NOW())
    delete_project_file(by=lab.by, key=free.key, at=NOW())
    assert {file.name for file in files_of(project)} == {"a.png", "b.png"}


def test_a_batch_whose_file_was_deleted_is_not_published(add, lab, project):
    file = add("a.png")
    batch = world.an_upload(lab, project, ["file:a.png"])
    delete_project_file(by=lab.by, key=file.key, at=NOW())
    with pytest.raises(WrongState, match="was deleted since"):
        publish(lab, batch)
    add("a.png")
    publish(lab, world.an_upload(lab, project, ["file:a.png"]))


def test_one_hit_and_a_layout_use_files_too(add, lab):
    project = world.a_project(lab, layout='<img src="file:logo.png"> ${text}')

    def make(text):
        return create_hit(
            by=lab.by,
            hit_type=hit_type_for(
                requester=lab.requester, is_sandbox=False, terms=world.TERMS, at=NOW()
            ),
            question=question_for(project.layout),
            inputs={"text": text},
            max_assignments=1,
            lifetime_seconds=3600,
            layout=project,
            at=NOW(),
        )

    with pytest.raises(InvalidInput, match=r"no file called “logo\.png”"):
        make("x")
    logo, cat = add("logo.png", to=project), add("cat.png", to=project)
    make("file:cat.png")
    for file in (logo, cat):
        with pytest.raises(WrongState):
            delete_project_file(by=lab.by, key=file.key, at=NOW())


def test_deleting_takes_the_bytes_away(add, lab, project, folder):
    file = add("film.mp4", MP4)
    with pytest.raises(NotFound):
        delete_project_file(by=world.a_lab("Other", cents=0).by, key=file.key, at=NOW())
    delete_project_file(by=lab.by, key=file.key, at=NOW())
    assert not (folder / file.path).exists()
    assert not ProjectFile.objects.exists()


def test_the_page_without_a_script(lab, project, client, add):
    client.force_login(lab.user)
    address = reverse("requester:project_files", args=[project.public_id])
    sent = {"file": [upload(name="a.png"), upload(HTML, "b.jpg"), upload(MP4, "c.mp4")]}
    page = client.post(f"{address}add/", sent, follow=True).text
    assert "2 files are stored." in page
    assert "“b.jpg” is a web page" in page
    assert "file:c.mp4" in page
    assert "file:c.mp4" not in client.get(address, {"q": "A."}).text
    assert "No file has such a name" in client.get(address, {"q": "dog"}).text
    key = files_of(project).get(name="a.png").key
    page = client.post(f"{address}{key}/delete/", follow=True).text
    assert "“a.png” is deleted." in page
    assert "Choose at least one file" in client.post(f"{address}add/", follow=True).text


def test_pictures_come_from_the_other_domain_where_there_is_one(
    lab, project, client, add, settings
):
    settings.MANYHANDS_USERCONTENT_ORIGIN = "https://content.test"
    add()
    client.force_login(lab.user)
    page = client.get(reverse("requester:project_files", args=[project.public_id]))
    assert 'src="https://content.test/files/small/' in page.text
    assert "img-src 'self' data: https://content.test" in page["Content-Security-Policy"]
