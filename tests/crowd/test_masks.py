"""Segmentation: what is painted is in the PNG, pixel by pixel, in exactly the colours it names."""

import base64
import json
import struct
import zlib

from playwright.sync_api import expect

from tests.crowd.conftest import AMAZON, submit
from tests.crowd.test_shapes import Image

SCRIPT = f'<script src="{AMAZON}"></script>'


def pixels(png):
    """The (red, green, blue, alpha) of each pixel of a PNG with 8 bits a channel, by rows."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    data, at, width, height, channels = b"", 8, 0, 0, 0
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, color, _c, _f, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, interlaced) == (8, 0)
            channels = {6: 4, 2: 3}[color]
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    return _unfiltered(zlib.decompress(data), width, height, channels)


def _unfiltered(raw, width, height, channels):
    size = width * channels
    above, rows = bytearray(size), []
    for row in range(height):
        kind = raw[row * (size + 1)]
        line = bytearray(raw[row * (size + 1) + 1 : (row + 1) * (size + 1)])
        for at in range(size):
            left = line[at - channels] if at >= channels else 0
            corner = above[at - channels] if at >= channels else 0
            near = min(
                (left, above[at], corner), key=lambda one: abs(left + above[at] - corner - one)
            )
            line[at] = (line[at] + (0, left, above[at], (left + above[at]) // 2, near)[kind]) % 256
        rows.append([tuple(line[at : at + channels]) for at in range(0, size, channels)])
        above = line
    return rows


def rgb(color):
    """The (red, green, blue) of a colour like "#1f77b4"."""
    return tuple(bytes.fromhex(color[1:]))


def test_a_semantic_mask_painted_with_brush_polygon_eraser_and_keys(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-semantic-segmentation id="tool" name="mask"
        src="IMAGES/200x150.png" labels="['House', 'Meadow', 'Unused']" header="Paint">
        </crowd-semantic-segmentation></crowd-form>""")
    image = Image(page, 200)
    page.get_by_role("button", name="Submit", exact=True).click()
    assert site.submitted == []
    page.get_by_label("Size of the brush").fill("20")
    image.drag((40, 60), (40, 100))
    page.keyboard.press("g")
    page.keyboard.press("2")
    for point in ((100, 100), (180, 100), (180, 140), (100, 140)):
        image.click(*point)
    page.keyboard.press("Enter")
    page.keyboard.press("e")
    image.drag((140, 120), (141, 120))
    page.keyboard.press("b")
    page.keyboard.press("1")
    image.drag((150, 20), (160, 20))
    page.keyboard.press("Control+z")
    image.stage.focus()
    page.keyboard.press("Space")  # at the cross, in the middle
    page.keyboard.press("Space")
    submit(page)
    answer = site.answer()["mask"]
    assert answer.keys() == {"inputImageProperties", "labelMappings", "labeledImage"}
    assert answer["inputImageProperties"] == {"height": 150, "width": 200}
    assert answer["labelMappings"] == {
        "House": {"color": "#1f77b4"},
        "Meadow": {"color": "#ff7f0e"},
        "Unused": {"color": "#2ca02c"},
    }
    rows = pixels(base64.b64decode(answer["labeledImage"]["pngImageData"], validate=True))
    house, meadow, nothing = (*rgb("#1f77b4"), 255), (*rgb("#ff7f0e"), 255), (0, 0, 0, 0)
    assert (len(rows), len(rows[0])) == (150, 200)
    assert {pixel for row in rows for pixel in row} == {house, meadow, nothing}
    places = {(40, 80): house, (32, 80): house, (100, 75): house, (20, 80): nothing}
    places |= {(110, 105): meadow, (175, 135): meadow, (140, 120): nothing, (155, 20): nothing}
    assert {(x, y): rows[y][x] for x, y in places} == places


def test_instances_have_colours_of_their_own_and_an_earlier_answer_is_gone_on_with(crowd, site):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-instance-segmentation id="tool" name="mask"
        src="IMAGES/200x150.png" labels="['Cat', 'Dog']"></crowd-instance-segmentation>
        </crowd-form>""")
    image = Image(page, 200)
    image.drag((40, 40), (60, 40))
    page.keyboard.press("a")
    image.drag((40, 100), (60, 100))
    page.keyboard.press("2")
    image.drag((140, 100), (150, 100))
    submit(page)
    first = site.answer()["mask"]
    assert first.keys() == {"inputImageProperties", "instances", "labeledImage"}
    assert [one["label"] for one in first["instances"]] == ["Cat", "Cat", "Dog"]
    colors = [rgb(one["color"]) for one in first["instances"]]
    assert len(set(colors)) == 3
    rows = pixels(base64.b64decode(first["labeledImage"]["pngImageData"]))
    assert [rows[y][x][:3] for x, y in ((50, 40), (50, 100), (145, 100))] == colors

    src = f"data:image/png;base64,{first['labeledImage']['pngImageData']}"
    earlier = json.dumps({"instances": first["instances"], "src": src})
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-instance-segmentation id="tool" name="mask"
        src="IMAGES/200x150.png" labels="['Cat', 'Dog']" initial-value='{earlier}'>
        </crowd-instance-segmentation></crowd-form>""")
    Image(page, 200)
    page.wait_for_function("document.getElementById('tool').isMarked")
    assert page.evaluate("tool.value.initialValueModified") is False
    page.get_by_role("button", name="Rub out Cat 2").click()
    submit(page)
    second = site.answer()["mask"]
    assert second["initialValueModified"] is True
    assert second["instances"] == [first["instances"][0], first["instances"][2]]
    kept = pixels(base64.b64decode(second["labeledImage"]["pngImageData"]))
    assert [kept[y][x][3] for x, y in ((50, 40), (50, 100), (145, 100))] == [255, 0, 255]


def test_labels_may_be_made_by_the_worker_as_amazons_sample_does(crowd):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-instance-segmentation id="tool" name="myTexts"
        src="IMAGES/200x150.png" labels="['placeholder']"><short-instructions>
        <crowd-input name="_customLabel" id="customLabel" label="New label"></crowd-input>
        <crowd-button id="addLabel">Add</crowd-button></short-instructions>
        </crowd-instance-segmentation></crowd-form><script>
        document.addEventListener('all-crowd-elements-ready', () => (tool.labels = []));
        addLabel.onclick = () => {{
          tool.labels = tool.labels.concat([customLabel.value]);
          customLabel.value = null;
        }};</script>""")
    image = Image(page, 200)
    page.get_by_label("New label").fill("Roof")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("New label")).to_have_value("")
    image.drag((40, 40), (60, 40))
    labels = [one["label"] for one in page.evaluate("tool.value.instances")]
    assert labels == ["Roof"]


def test_a_stroke_on_a_large_image_is_quick(crowd):
    page = crowd(f"""{SCRIPT}<crowd-form><crowd-semantic-segmentation id="tool" name="mask"
        src="IMAGES/4000x3000.png" labels="['House']"></crowd-semantic-segmentation>
        </crowd-form>""")
    Image(page, 4000)
    page.wait_for_function("Boolean(document.getElementById('tool').raster)", timeout=15_000)
    stroke, encoding, clearing = page.evaluate("""() => {
      const time = (act) => {
        const start = performance.now();
        act();
        return performance.now() - start;
      };
      const paint = (x) => time(() => {
        tool.down({ x, y: 1000 });
        tool.move({ x: x + 60, y: 1030 }, true);
        tool.up();
      });
      const stroke = Math.min(...[500, 1000, 1500, 2000].map(paint));
      return [stroke, time(() => tool.value), time(() => tool.raster.clear(1))];
    }""")
    assert stroke < 100
    assert encoding < 3000
    assert clearing < 1500
