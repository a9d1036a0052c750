"""Boxes, polygons, lines and points: drawn by mouse, keys and fingers, told in image pixels."""

import pytest

from tests.crowd.conftest import AMAZON, submit

SCRIPT = f'<script src="{AMAZON}"></script>'
SIZE = {"height": 533, "width": 800}


def tool(kind, more="", *, src="IMAGES/800x533.png", labels="['House', 'Dog']"):
    """A form with one tool in it."""
    return f"""{SCRIPT}<crowd-form><crowd-{kind} id="tool" name="annotatedResult" src="{src}"
        header="Mark them" labels="{labels}" {more}><short-instructions>Tight.</short-instructions>
        </crowd-{kind}></crowd-form>"""


class Image:
    """The image on the screen: where one of its own pixels is, at any zoom."""

    def __init__(self, page, width=800):
        self.page = page
        self.width = width
        self.stage = page.locator("#tool .stage")
        page.wait_for_function("document.getElementById('tool').stage.scale !== 1")
        page.wait_for_timeout(60)

    def at(self, x, y):
        box = self.page.locator("#tool .pan img").first.bounding_box()
        scale = box["width"] / self.width
        return box["x"] + x * scale, box["y"] + y * scale

    def click(self, x, y):
        self.page.mouse.click(*self.at(x, y))

    def drag(self, start, end):
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        self.page.mouse.move(*self.at(*end))
        self.page.mouse.up()


def value(page):
    return page.evaluate("document.getElementById('tool').value")


def near(found, wanted, by=2):
    """Each number within so many image pixels: a screen has fewer than the image, or other ones."""
    assert found.keys() == wanted.keys()
    for key, number in wanted.items():
        if isinstance(number, str):
            assert found[key] == number
        else:
            assert abs(found[key] - number) <= by, (key, found[key], number)
    return True


@pytest.mark.parametrize(
    ("width", "ratio", "by"), [(1280, 1, 1), (1280, 2, 1), (390, 3, 2)], ids=["", "2x", "phone"]
)
def test_a_box_is_told_in_pixels_of_the_image_on_any_screen(crowd, site, width, ratio, by):
    page = crowd(tool("bounding-box"), width=width, device_scale_factor=ratio)
    image = Image(page)
    image.drag((124, 186), (278, 400))
    page.keyboard.press("2")  # for the next
    image.drag((640, 426), (480, 240))  # from the bottom right
    submit(page)
    answer = site.answer()["annotatedResult"]
    assert answer.keys() == {"boundingBoxes", "inputImageProperties"}
    assert answer["inputImageProperties"] == SIZE
    first, second = answer["boundingBoxes"]
    near(first, {"label": "House", "left": 124, "top": 186, "width": 154, "height": 214}, by)
    near(second, {"label": "Dog", "left": 480, "top": 240, "width": 160, "height": 186}, by)
    assert all(
        isinstance(number, int) for box in (first, second) for number in list(box.values())[2:]
    )


def test_boxes_by_keys_alone_with_undo_nudge_size_relabel_and_delete(crowd, site):
    page = crowd(tool("bounding-box"))
    image = Image(page)
    button = page.get_by_role("button", name="Submit", exact=True)
    button.click()
    assert site.submitted == []  # nothing marked, and nobody said that there is nothing
    image.stage.focus()
    press = page.keyboard.press
    press("Space")  # the cross stands in the middle: 400, 267
    for _press in range(5):
        press("Shift+ArrowRight")
        press("Shift+ArrowDown")
    press("Space")
    box = {"height": 5, "label": "House", "left": 400, "top": 267, "width": 5}
    assert value(page)["boundingBoxes"] == [box]
    press("ArrowLeft")
    press("Shift+ArrowUp")
    press("Alt+ArrowRight")
    moved = box | {"left": 399, "top": 257, "width": 6}
    assert value(page)["boundingBoxes"] == [moved]
    press("Escape")
    press("n")
    press("2")
    assert value(page)["boundingBoxes"] == [moved | {"label": "Dog"}]
    press("Control+z")
    press("Control+z")
    assert value(page)["boundingBoxes"] == [moved | {"width": 5}]
    press("Control+Shift+z")
    assert value(page)["boundingBoxes"] == [moved]
    press("n")
    press("Delete")
    assert value(page)["boundingBoxes"] == []
    page.get_by_label("Nothing to label").check()
    submit(page)
    assert site.answer() == {"annotatedResult": {"boundingBoxes": [], "inputImageProperties": SIZE}}


def test_zoomed_and_panned_a_box_is_drawn_to_the_pixel_and_stays_inside(crowd, site):
    boxes = (
        "[{label: 'Dog', left: 10, top: 20, width: 30, height: 40},"
        "{label: 'nobody', left: 1, top: 1, width: 1, height: 1},]"
    )
    page = crowd(tool("bounding-box", f'initial-value="{boxes}"'))
    image = Image(page)
    assert value(page)["initialValueModified"] is False
    page.mouse.move(*image.at(400, 267))
    for _turn in range(5):
        page.keyboard.down("Control")
        page.mouse.wheel(0, -300)
        page.keyboard.up("Control")
    page.wait_for_timeout(100)
    assert page.evaluate("document.getElementById('tool').stage.scale") > 8
    image.drag((382, 251), (420, 272))
    found = value(page)
    assert found["initialValueModified"] is True
    box = {"height": 21, "label": "House", "left": 382, "top": 251, "width": 38}
    assert found["boundingBoxes"][1] == box
    page.keyboard.press("f")
    page.wait_for_timeout(100)
    image.drag((700, 500), (900, 700))  # beyond the image
    box = value(page)["boundingBoxes"][2]
    assert (box["left"] + box["width"], box["top"] + box["height"]) == (800, 533)
    before = value(page)
    page.get_by_role("button", name="Move the image").click()
    image.drag((100, 100), (300, 300))
    assert value(page) == before


def test_a_polygon_by_mouse_and_keys_that_may_not_cross_itself(crowd, site):
    page = crowd(tool("polygon"))
    image = Image(page)
    for point in ((120, 186), (280, 186), (280, 400)):
        image.click(*point)
    image.click(200, 100)  # would cross
    page.get_by_text("may not cross").wait_for()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    image.click(120, 400)
    image.click(121, 187)  # the first again
    page.keyboard.press("2")
    image.stage.focus()
    for key in ("Space", "Shift+ArrowRight", "Shift+ArrowRight", "Space", "Shift+ArrowDown"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Submit", exact=True).click()
    assert site.submitted == []  # one is being drawn
    image.stage.focus()
    for key in ("ArrowDown", "Space", "Enter"):
        page.keyboard.press(key)
    submit(page)
    answer = site.answer()["annotatedResult"]
    assert answer.keys() == {"polygons", "inputImageProperties"}
    house, dog = answer["polygons"]
    assert (house["label"], dog["label"]) == ("House", "Dog")
    corners = ((120, 186), (280, 186), (280, 400), (120, 400))
    for point, (x, y) in zip(house["vertices"], corners, strict=True):
        near(point, {"x": x, "y": y}, 1)
    assert dog["vertices"][:2] == [{"x": 400, "y": 267}, {"x": 402, "y": 267}]
    assert len(dog["vertices"]) == 3


def test_lines_polylines_and_keypoints(crowd, site):
    start = (
        "initial-value=\"{lines: [{label: 'b', vertices: [{x: 84, y: 110}, {x: 60, y: 100}]}]}\""
    )
    page = crowd(tool("line", start, labels="['a', 'b']") + """
        <crowd-form><crowd-polyline id="poly" name="crowdPolyline" src="IMAGES/800x533.png"
        labels="['side', 'yard']" label-colors="['#ff0000', '#00ff00']"></crowd-polyline>
        <crowd-keypoint id="points" name="crowdKeypoint" src="IMAGES/800x533.png"
        labels="['Left eye', 'Beak']"></crowd-keypoint></crowd-form>""")  # fmt: skip
    line = Image(page)
    line.drag((100, 200), (300, 250))
    line.click(500, 100)
    line.click(600, 150)
    assert value(page)["initialValueModified"] is True
    ends = [[(p["x"], p["y"]) for p in one["vertices"]] for one in value(page)["lines"]]
    assert ends[0] == [(84, 110), (60, 100)]
    drawn = [[(100, 200), (300, 250)], [(500, 100), (600, 150)]]
    for found, wanted in zip(ends[1:], drawn, strict=True):
        for (x, y), (left, top) in zip(found, wanted, strict=True):
            assert abs(x - left) <= 1
            assert abs(y - top) <= 1
    page.evaluate("document.getElementById('tool').id = ''; poly.id = 'tool'")
    poly = Image(page)
    poly.stage.scroll_into_view_if_needed()
    for point in ((50, 50), (150, 90), (250, 60)):
        poly.click(*point)
    page.keyboard.press("Enter")
    page.evaluate("document.getElementById('tool').id = ''; points.id = 'tool'")
    points = Image(page)
    points.stage.scroll_into_view_if_needed()
    points.click(300, 120)
    page.keyboard.press("2")
    points.click(320, 140)
    points.drag((320, 140), (330, 150))
    page.get_by_role("button", name="Submit", exact=True).last.click()
    page.get_by_text("Taken").wait_for()
    answer = site.answer()
    assert answer["crowdPolyline"]["inputImageProperties"] == SIZE
    (drawn,) = answer["crowdPolyline"]["polylines"]
    assert drawn["label"] == "side"
    assert len(drawn["vertices"]) == 3
    eye, beak = answer["crowdKeypoint"]["keypoints"]
    near(eye, {"label": "Left eye", "x": 300, "y": 120}, 1)
    near(beak, {"label": "Beak", "x": 330, "y": 150}, 1)


def test_a_finger_draws_and_two_zoom(crowd):
    page = crowd(tool("bounding-box"), width=390, has_touch=True, is_mobile=True)
    image = Image(page)
    send = page.context.new_cdp_session(page).send

    def touch(kind, *places):
        points = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(places)]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", image.at(100, 100))
    touch("touchMove", image.at(200, 200))
    touch("touchMove", image.at(300, 250))
    touch("touchEnd")
    (box,) = value(page)["boundingBoxes"]
    near(box, {"height": 150, "label": "House", "left": 100, "top": 100, "width": 200}, 3)
    scale = page.evaluate("document.getElementById('tool').stage.scale")
    left, right = image.at(300, 300), image.at(420, 300)
    touch("touchStart", left)
    touch("touchStart", left, right)
    touch("touchMove", (left[0] - 40, left[1]), (right[0] + 40, right[1]))
    touch("touchEnd")
    page.wait_for_timeout(100)
    assert page.evaluate("document.getElementById('tool').stage.scale") > scale * 1.5
    assert len(value(page)["boundingBoxes"]) == 1


def test_200_boxes_on_a_large_image_stay_responsive(crowd):
    boxes = ",".join(
        f"{{label: 'House', left: {200 * (n % 18)}, top: {250 * (n // 18)}, width: 150, "
        "height: 180}"
        for n in range(200)
    )
    more = f'initial-value="[{boxes}]"'
    page = crowd(tool("bounding-box", more, src="IMAGES/4000x3000.png"))
    page.wait_for_function("document.getElementById('tool').shapes.length === 200", timeout=15_000)
    took = page.evaluate("""async () => {
      const tool = document.getElementById('tool');
      const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const times = [];
      const measure = async (name, act) => {
        const start = performance.now();
        act();
        times.push([name, performance.now() - start]);
        await frame();
      };
      await measure('select', () => tool.select(tool.shapes[100].id));
      await measure('move', () => tool.replace(tool.moved(tool.shape, 5, 5)));
      await measure('commit', () => tool.commit());
      await measure('zoom', () => { tool.stage.zoom(1.4); tool.handler().drawn(); });
      await measure('undo', () => tool.back(-1));
      return times;
    }""")
    assert all(milliseconds < 100 for _name, milliseconds in took), took


def test_labels_can_be_changed_by_a_script_and_a_missing_image_is_said(crowd):
    page = crowd(tool("polygon", src="IMAGES/../nothing", labels="['placeholder']"))
    page.get_by_text("The image can't be loaded").wait_for()
    page.evaluate("tool.labels = []; tool.labels = tool.labels.concat(['Roof'])")
    assert page.evaluate("tool.labels") == ["Roof"]
    page.get_by_role("radio", name="Roof").wait_for(state="attached")
