"""What a task showed its workers stands beside their answers: a form's media, an overlay."""

import json

import pytest

from marketplace.questionform.form import parse
from tasks.results.shown.parts import Page, parts_of
from tests.questionform import samples
from tests.tasks.results.reading import IMAGE, legend


def test_a_questionform_shows_what_it_showed():
    def binary(kind, url, alt):
        return (
            f"<Binary><MimeType><Type>{kind}</Type></MimeType><DataURL>{url}</DataURL>"
            f"<AltText>{alt}</AltText></Binary>"
        )

    image = "<p><img src='https://a.test/3.png' alt='Three'/></p>"
    text = f"<FormattedContent><![CDATA[{image}]]></FormattedContent>"
    logo = binary("image", "https://a.test/4.png", "Four")
    option = f"<Selection><SelectionIdentifier>a</SelectionIdentifier>{logo}</Selection>"
    options = option + option.replace(">a<", ">b<")
    pick = f"<SelectionAnswer><Selections>{options}</Selections></SelectionAnswer>"
    form = samples.form(
        f"<Overview>{binary('image', 'https://a.test/1.png', 'One')}</Overview>",
        samples.question(
            "pick", pick, content=binary("audio", "https://a.test/2.mp3", "Two") + text
        ),
        samples.question("why", samples.free()),
    )
    pick, why = parts_of(Page(form=parse(form)), {"pick": "a", "why": "so"})
    assert [(each.media, each.source, each.text) for each in (pick.element, *pick.others)] == [
        ("img", "https://a.test/1.png", "One"),
        ("audio", "https://a.test/2.mp3", "Two"),
        ("img", "https://a.test/3.png", "Three"),
        *[("img", "https://a.test/4.png", "Four")] * 2,
    ]
    assert pick.media == "img"
    assert (why.media, why.others) == ("", ())


VERIFIED = """<crowd-form><crowd-image-classifier name="seen" src="${image}" header="Right?"
 categories="['good', 'bad']" overlay='%s'></crowd-image-classifier></crowd-form>"""


@pytest.mark.parametrize(
    ("overlay", "drawn", "said"),
    [
        (
            {"boundingBox": {"labels": ["cat", "dog"], "value": [
                {"label": "dog", "left": 1, "top": 2, "width": 3, "height": 4}, {"left": "x"}]}},
            ["rect"], ["dog 1"],
        ),
        (
            {"polygon": {"labels": ["<b>"], "value": [
                {"label": "<b>", "vertices": [{"x": x, "y": x * x} for x in (1, 5, 9)]}]}},
            ["polygon"], ["<b> 1"],
        ),
        (
            {"semanticSegmentation": {"src": "https://images.test/mask.png",
                                      "labelMappings": {"road": {"color": "#112233"}, "x": 7}}},
            ["mask"], ["road"],
        ),
        ({"boundingBox": 7, "polygon": {"value": "x"}}, [], None),
        ([], [], None),
    ],
    ids=["boxes", "polygons", "mask", "none to read", "a list"],
)  # fmt: skip
def test_what_a_task_laid_over_its_image_is_drawn_there(answered, frame, overlay, drawn, said):
    layout = VERIFIED % json.dumps(overlay)
    batch = answered("", {"label": "bad"}, layout=layout, rows=[{"image": IMAGE}])
    response, page = frame(batch, "seen")
    [stage] = page.find_class("over") or [None]
    if said is None:
        assert stage is None
        assert page.find_class("plain")[0].get("src") == IMAGE
        return
    assert [image.get("href") for image in stage.iter("image")][:1] == [IMAGE]
    assert [
        node.get("class") if node.tag == "image" else node.tag
        for node in stage.iter("rect", "polygon", "image")
        if node.get("href") != IMAGE
    ] == drawn
    assert legend(page) == said
    assert "<b>" not in response.text
