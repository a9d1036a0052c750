"""Files in a real browser: a requester's pictures are stored and shown, a worker's come back."""

import re

import pytest
from playwright.sync_api import expect

from marketplace import clock
from marketplace.questionform.xml import FORM_2005
from tasks.actions.accept import accept_hit
from tests import world
from tests.browser.visiting import looked_at, nothing_sticks_out, picture, sign_in
from tests.questionform import samples as forms
from tests.tasks.files import samples

# A canvas may read the picture though the page is of no origin.
LAYOUT = """<img id="cat" src="${text}" alt="a cat" width="80">
<p id="colour"></p><script>
const cat = new Image(); cat.crossOrigin = 'anonymous'; cat.onload = () => {
  const place = document.createElement('canvas').getContext('2d');
  place.drawImage(cat, 0, 0);
  colour.textContent = 'colour ' + [...place.getImageData(0, 0, 1, 1).data].join(' ');
}; cat.src = '${text}';</script>
<p><label>Note <input name="note"></label></p>
<p><label>Photo <input type="file" name="photo" multiple></label></p>"""
FORM = forms.form(
    forms.question(
        "photo",
        "<FileUploadAnswer><MaxFileSizeInBytes>20000</MaxFileSizeInBytes>"
        "<MinFileSizeInBytes>60</MinFileSizeInBytes></FileUploadAnswer>",
        required="<DisplayName>Your photo</DisplayName>" + forms.REQUIRED,
        content="<Text>Of a cat.</Text>",
    ),
    forms.question("note", forms.free(), required="<DisplayName>A note</DisplayName>"),
    namespace=FORM_2005,
)
CAT = samples.picture(size=(640, 480))
DROP = """([name, hex]) => {
  const bytes = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  for (const kind of ['dragover', 'drop']) {
    document.querySelector('h1').dispatchEvent(
      new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


def a_file(name, content, kind="image/png"):
    return {"name": name, "mimeType": kind, "buffer": content}


def width_of(image):
    """In pixels, once it is there."""
    return image.evaluate("(image) => image.decode().then(() => image.naturalWidth)")


def store(page, project):
    """Chosen, dropped, refused, copied, deleted."""
    # The preview has a sample in the picture's place; a refused file is answered with a 400.
    page.expected_errors = re.compile(r"\[text\]|ERR_FAILED|400")
    page.goto(f"/requester/projects/{project.public_id}/")
    page.get_by_role("link", name="Files of the project").click()
    page.get_by_text("No files yet").wait_for()
    looked_at(page, "f01-none")
    page.get_by_label("Add images, audio or video").set_input_files(
        [
            a_file("cat.png", CAT),
            a_file("page.jpg", samples.HTML, "image/jpeg"),
            a_file("clip.mp4", samples.MP4, "video/mp4"),
        ]
    )
    page.get_by_text("“page.jpg” is a web page").wait_for()
    page.get_by_text("file:clip.mp4").wait_for()
    page.get_by_text("cat.png: stored").wait_for()
    small = page.locator("#files img.thumb")
    small.scroll_into_view_if_needed()
    assert width_of(small) == 320
    looked_at(page, "f02-stored")
    page.evaluate(DROP, ["dropped.gif", samples.picture("GIF").hex()])
    page.get_by_text("file:dropped.gif").wait_for()
    row = page.get_by_role("row").filter(has_text="dropped.gif")
    row.get_by_text("Delete…").click()
    looked_at(page, "f03-delete")
    row.get_by_role("button", name="Delete the file").click()
    page.get_by_text("“dropped.gif” is deleted.").wait_for()
    expect(page.get_by_text("file:dropped.gif")).to_have_count(0)


def do_the_work(page, assignment_id):
    """A refused photo says why and loses nothing; two others are sent."""
    page.goto(f"/work/task/{assignment_id}/")
    task = page.frame_locator("iframe")
    task.get_by_text("colour 0 128 128 255").wait_for()
    task.get_by_label("Note").fill("kept")
    task.get_by_label("Photo").set_input_files(a_file("page.jpg", samples.HTML))
    page.expected_errors = re.compile("400")
    task.get_by_role("button", name="Submit").click()
    task.get_by_role("alert").get_by_text("“page.jpg” is a web page").wait_for()
    nothing_sticks_out(page)
    picture(page, "f04-refused")
    expect(task.get_by_label("Note")).to_have_value("kept")
    task.get_by_label("Photo").set_input_files([a_file("a.png", CAT), a_file("b.png", CAT)])
    task.get_by_role("button", name="Submit").click()
    page.wait_for_selector("iframe.task", state="detached")
    page.get_by_text("Your answer", exact=True).click()
    page.get_by_text("a.png, b.png").wait_for()


def do_the_form(page, hit, worker, live_app):
    """A QuestionForm's limits hold beside its field."""
    with live_app.orm():
        taken = accept_hit(worker=worker, hit_id=hit, at=clock.now())
    page.goto(f"/work/task/{taken.assignment_id}/")
    task = page.frame_locator("iframe")
    task.get_by_label("Your photo").set_input_files(a_file("a.txt", b"tiny"))
    task.get_by_label("A note").fill("hello")
    task.get_by_role("button", name="Submit").click()
    task.get_by_role("alert").get_by_text("“a.txt”: The file has").wait_for()
    picture(page, "f05-form")
    task.get_by_label("Your photo").set_input_files(a_file("cat.png", CAT))
    task.get_by_role("button", name="Submit").click()
    page.wait_for_selector("iframe.task", state="detached")
    page.get_by_text("Your answer", exact=True).click()
    page.get_by_text("cat.png").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_files_go_out_with_work_and_come_back_with_answers(live_app, new_page, width):
    with live_app.orm():
        lab = world.a_lab(f"Vision Lab {width}")
        worker = world.a_worker(f"wanda{width}")
        project = world.a_project(lab, layout=LAYOUT, max_assignments=1)
    page, theirs = new_page(width=width, accept_downloads=True), new_page(width=width)
    sign_in(page, live_app, lab.user.email)
    sign_in(theirs, live_app, worker.user.email)
    store(page, project)
    with live_app.orm():
        batch = world.published(lab, project, ["file:cat.png"])
        assignment_id = world.accepted(worker, batch).public_id
        form = world.a_hit(
            lab, FORM
        ).public_id  # of the same group: accepted, it might be the other
    do_the_work(theirs, assignment_id)
    do_the_form(theirs, form, worker, live_app)
    page.goto(f"/requester/batches/{batch.pk}/answers/{assignment_id}/")
    assert width_of(page.locator(".attached img").first) == 640
    looked_at(page, "f06-answer")
    with page.expect_download() as download:
        page.get_by_role("link", name="a.png").click()
    assert download.value.suggested_filename == "a.png"
    page.goto(f"/requester/batches/{batch.pk}/")
    page.get_by_text("More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="All files that came with answers").click()
    assert download.value.suggested_filename == f"Batch_{batch.pk}_files.zip"
    page.goto(f"/requester/projects/{project.public_id}/files/")
    page.get_by_text("in use").wait_for()
    looked_at(page, "f07-in-use")
