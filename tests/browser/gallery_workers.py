"""How a worker fills in each template of the gallery, with mouse and keys, and what must arrive.

Each function does the first sample row, and returns what is certain of the stored answer: whole
values, or a function that says whether a value will do. The shape is compared besides.
"""

import base64
import io
import json

from PIL import Image as Pixels
from playwright.sync_api import expect


def near(number, wanted, by=4):
    """A screen has fewer pixels than a picture, or other ones."""
    return abs(float(number) - wanted) <= by


class Image:
    """The picture of an image tool, told in its own pixels."""

    def __init__(self, page):
        self.page = page
        page.wait_for_function(
            "document.querySelector('[name=annotatedResult]')?.stage?.image.naturalWidth === 1200"
        )
        page.locator(".pan img").first.scroll_into_view_if_needed()

    def at(self, x, y):
        box = self.page.locator(".pan img").first.bounding_box()
        return box["x"] + x * box["width"] / 1200, box["y"] + y * box["width"] / 1200

    def click(self, x, y):
        self.page.mouse.click(*self.at(x, y))

    def drag(self, start, end):
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        self.page.mouse.move(*self.at(*end))
        self.page.mouse.up()


def survey(page):
    page.get_by_label("Your age").select_option("25-34")
    page.get_by_role("radio", name="Every day").focus()
    page.keyboard.press("2")
    page.get_by_role("radio", name="5", exact=True).check()
    page.get_by_role("checkbox", name="The price").check()
    page.get_by_label("The people").check()
    page.get_by_role("radio", name="Agree", exact=True).check()
    page.get_by_label("What should we know").fill("Grüße\nfrom me")
    return {
        "age": "25-34",
        "often": "weekly",
        "satisfied": "5",
        "matters": ["price", "people"],
        "read_carefully": "agree",
        "more": lambda text: text.split() == ["Grüße", "from", "me"],
    }


def survey_link(page):
    link = page.get_by_role("link", name="Open the survey")
    expect(link).to_have_attribute("data-own-tab", "")
    expect(link).to_have_attribute("href", "https://survey.example.com/habits?source=workers")
    code = page.get_by_label("Completion code")
    code.fill("wrong")
    code.press("Tab")
    page.get_by_text("This doesn't look like a code").wait_for()
    assert not code.evaluate("node => node.checkValidity()")
    code.fill("  K7QM-42XD ")
    code.press("Tab")
    page.get_by_text("that has the form of a code").wait_for()
    return {"code": "K7QM-42XD", "remark": ""}


def data_collection(page):
    page.get_by_role("radio", name="No", exact=True).check()
    expect(page.get_by_label("Website")).to_be_hidden()
    page.keyboard.press("1")
    for label, text in {
        "Website": "https://example.org",
        "E-mail": "info@example.org",
        "Telephone": "+1 555 0100",
        "Postal address": "1 Market Square",
        "Page where you found it": "https://example.org/contact",
    }.items():
        page.get_by_label(label).fill(text)
    return {"found": "yes", "website": "https://example.org", "phone": "+1 555 0100"}


def sentiment(page):
    page.keyboard.press("1")
    return {"sentiment.label": "Positive"}


def text_classification(page):
    page.get_by_text("Delivery", exact=True).last.click()
    return {"topic.label": "Delivery"}


def text_labels(page):
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.get_by_text("Cleanliness", exact=True).click()
    return {"about.labels": '["Room","Staff","Cleanliness"]'}


def entity_spans(page):
    page.locator(".passage").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    return {"found.entities": '[{"endOffset":9,"label":"person","startOffset":0}]'}


def translation(page):
    page.get_by_label("Your translation").fill("Wo ist der nächste Bahnhof?")
    page.get_by_role("radio", name="Sure", exact=True).check()
    return {"translation": "Wo ist der nächste Bahnhof?", "sure": "sure", "remark": ""}


def moderation(page):
    page.keyboard.press("3")
    rule = page.get_by_label("Spam")
    message = page.get_by_label("Insult or threat").evaluate("node => node.validationMessage")
    assert message == "Tick at least one rule."
    rule.check()
    page.get_by_label("Private data").check()
    page.get_by_label("The words that break it").fill("BUY FOLLOWERS NOW")
    page.get_by_role("radio", name="5", exact=True).check()
    return {"decision": "remove", "rules": ["spam", "private"], "sure": "5"}


def search_relevance(page):
    page.keyboard.press("2")
    page.get_by_label("Spam").check()
    page.get_by_label("Not for children").check()
    page.get_by_label("Why?").fill("Another size")
    return {"relevance": "2", "wrong": ["adult", "spam"], "reason": "Another size"}


def image_transcription(page):
    page.locator("#picture img").wait_for()
    page.wait_for_function("document.querySelector('#picture img').naturalWidth === 1200")
    page.get_by_role("radio", name="Nothing, or there is").check()
    expect(page.get_by_label("The text", exact=True)).to_be_hidden()
    page.keyboard.press("1")
    page.get_by_label("The text", exact=True).fill("CORNER SHOP\nBread, rye 3.40")
    return {"readable": "all", "text": lambda text: text.splitlines()[0] == "CORNER SHOP"}


def image_classification(page):
    page.keyboard.press("1")
    return {"shown.label": "Apple"}


def boxes(page):
    image = Image(page)
    image.drag((132, 556), (350, 652))
    page.keyboard.press("2")
    image.drag((222, 370), (286, 548))

    def marks(text):
        car, person = json.loads(text)
        assert (car["label"], person["label"]) == ("Car", "Person")
        assert near(car["left"], 132)
        assert near(car["width"], 218)
        return near(person["top"], 370)

    size = "annotatedResult.inputImageProperties"
    return {
        "annotatedResult.boundingBoxes": marks,
        f"{size}.height": "800",
        f"{size}.width": "1200",
    }


ROOF = [(150, 170), (427, 209), (404, 377), (126, 338)]


def polygons(page):
    image = Image(page)
    for corner in [*ROOF, ROOF[0]]:
        image.click(*corner)

    def marks(text):
        (roof,) = json.loads(text)
        found = [(point["x"], point["y"]) for point in roof["vertices"]]
        assert len(found) == 4
        return all(near(x, u) and near(y, v) for (x, y), (u, v) in zip(found, ROOF, strict=True))

    return {"annotatedResult.polygons": marks}


def keypoints(page):
    image = Image(page)
    image.click(600, 168)
    page.keyboard.press("2")
    image.click(705, 285)

    def marks(text):
        nose, shoulder = json.loads(text)
        assert (nose["label"], shoulder["label"]) == ("Nose", "Left shoulder")
        return near(nose["x"], 600) and near(shoulder["y"], 285)

    return {"annotatedResult.keypoints": marks}


def segmentation(page):
    image = Image(page)
    page.keyboard.press("g")
    for corner in ((40, 560), (420, 560), (420, 660), (40, 660)):
        image.click(*corner)
    page.keyboard.press("Enter")

    def mask(text):
        pixels = Pixels.open(io.BytesIO(base64.b64decode(text, validate=True))).convert("RGBA")
        assert pixels.size == (1200, 800)
        assert pixels.getpixel((230, 610)) == (0x1F, 0x77, 0xB4, 255)
        return pixels.getpixel((800, 100))[3] == 0

    return {
        "annotatedResult.labeledImage.pngImageData": mask,
        "annotatedResult.labelMappings.Water.color": "#1f77b4",
    }


def audio_transcription(page):
    page.wait_for_function("document.getElementById('audio').duration > 5")
    page.get_by_role("button", name="Slower").click()
    assert page.evaluate("document.getElementById('audio').playbackRate") == 0.75
    page.get_by_role("radio", name="Clearly").check()
    page.get_by_label("The words").fill("Hello, this is Anna from the library.")
    page.keyboard.press("Control+Space")
    page.wait_for_function("!document.getElementById('audio').paused")
    page.keyboard.press("Control+Space")
    page.wait_for_function("document.getElementById('audio').paused")
    return {"quality": "clear", "text": "Hello, this is Anna from the library.", "remark": ""}


def video_labels(page):
    page.wait_for_function("document.querySelector('[name=seen]')?.duration > 7")
    assert page.evaluate("document.querySelector('[name=seen]').problem()").startswith("Mark what")
    page.locator("body").click(position={"x": 2, "y": 2})
    keys = ["ArrowRight", "ArrowRight", "ArrowRight", "i", ".", "ArrowRight", "ArrowRight", "o"]
    keys += ["2", "ArrowLeft", "ArrowLeft", "ArrowLeft", "i", "ArrowRight", "ArrowRight", "o"]
    for key in keys:
        page.keyboard.press(key)
    page.get_by_label("Light is red: to, in seconds").fill("5.5")
    page.keyboard.press("Tab")
    seen = [
        {"end": 5.5, "label": "Light is red", "start": 2.1},
        {"end": 5.1, "label": "Car in view", "start": 3},
    ]
    return {
        "seen.segments": lambda text: json.loads(text) == seen,
        "seen.duration": lambda text: near(text, 8, by=0.2),
    }


def pairwise(page):
    page.keyboard.press("1")
    problem = page.evaluate("document.querySelector('[name=comparison]').problem()")
    assert problem == "Say in a few words why."
    page.get_by_label("Why?").fill("It gives the year.")
    return {
        "comparison.preferred": lambda text: text in "01",
        "comparison.strength": "much better",
        "comparison.reason": "It gives the year.",
    }


def ranking(page):
    for dimension, ranks in {"Helpful": (1, 2, 3), "Truthful": (1, 1, 3)}.items():
        for response, rank in enumerate(ranks, 1):
            label = f"{dimension}: rank of response {response}: {rank}"
            page.get_by_label(label, exact=True).focus()
            page.keyboard.press("Space")
    problem = page.evaluate("document.querySelector('[name=ranked]').problem()")
    assert problem == "Say in a few words why."
    page.get_by_label("Why?").fill("The third kills it.")
    return {
        "ranked.rankings.Helpful": "[1,2,3]",
        "ranked.rankings.Truthful": "[1,1,3]",
        "ranked.reason": "The third kills it.",
    }


def rubric(page):
    for key in "1211":  # each goes to the first criterion without a grade
        page.locator("h1").click()
        page.keyboard.press(key)
        page.evaluate("document.activeElement.blur()")
    remark = page.get_by_label("What cost it points?")
    assert remark.evaluate("node => node.required")
    remark.fill("Leaves out sunset.")
    return {"correct": "4", "complete": "3", "clear": "4", "safe": "yes"}


def fact_check(page):
    page.keyboard.press("1")
    first = page.get_by_role("group", name="First source")
    first.get_by_label("Address").fill("https://example.org/rivers")
    first.get_by_label("The words").fill("The Danube flows through ten countries.")
    page.get_by_label("In a sentence").fill("The source counts them.")
    return {"verdict": "true", "source_1": "https://example.org/rivers", "source_2": ""}


FILLED_IN = {
    function.__name__.replace("_", "-"): function
    for function in (
        *(survey, survey_link, data_collection, sentiment, text_classification, text_labels),
        *(entity_spans, translation, moderation, search_relevance, image_transcription),
        *(image_classification, boxes, polygons, keypoints, segmentation, audio_transcription),
        *(video_labels, pairwise, ranking, rubric, fact_check),
    )
}
