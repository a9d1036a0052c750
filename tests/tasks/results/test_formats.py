"""COCO, Pascal VOC, YOLO and CoNLL, read by others' readers; and which are offered."""

import io
import json
import zipfile

import numpy
import pytest
import yaml
from django.urls import reverse
from lxml import etree
from pycocotools.coco import COCO

from tests.tasks.results import answers as given
from tests.tasks.results.conftest import left_out

pytestmark = pytest.mark.django_db


def coco_of(files, folder):
    """As COCO's own reader reads it, and whose numbers are their own indexes."""
    path = folder / "annotations.json"
    path.write_bytes(files["annotations.json"])
    return COCO(str(path))


def test_boxes_in_every_format(answered, exported, tmp_path):
    batch = answered("crowd-bounding-box", given.ANSWERS["crowd-bounding-box"])

    coco = coco_of(exported(batch, "coco"), tmp_path)
    [image] = coco.loadImgs(coco.getImgIds())
    [box] = coco.loadAnns(coco.getAnnIds(catIds=coco.getCatIds(["dog"])))
    assert (image["file_name"], image["width"], image["height"]) == ("1.jpg", 40, 30)
    assert image["coco_url"] == "https://images.test/street/1.jpg"
    assert (box["bbox"], box["area"], box["image_id"]) == ([2, 3, 10, 8], 80, image["id"])
    assert [one["name"] for one in coco.loadCats(coco.getCatIds())] == ["cat", "dog"]

    voc = etree.fromstring(exported(batch, "voc")["Annotations/1.xml"])
    assert voc.findtext("filename") == "1.jpg"
    assert [voc.findtext(f"size/{name}") for name in ("width", "height")] == ["40", "30"]
    assert voc.findtext("object/name") == "dog"
    ends = [voc.findtext(f"object/bndbox/{name}") for name in ("xmin", "ymin", "xmax", "ymax")]
    assert ends == ["3", "4", "12", "11"]

    files = exported(batch, "yolo")
    assert files["labels/train/1.txt"] == b"1 0.175000 0.233333 0.250000 0.266667\n"
    assert yaml.safe_load(files["data.yaml"])["names"] == {0: "cat", 1: "dog"}
    assert files["images.tsv"] == b"images/train/1.jpg\thttps://images.test/street/1.jpg\n"


def test_polygons(answered, exported, tmp_path):
    batch = answered("crowd-polygon", *[given.ANSWERS["crowd-polygon"]] * 2)

    coco = coco_of(exported(batch, "coco"), tmp_path)
    [one] = coco.loadAnns(coco.getAnnIds())
    assert one["segmentation"] == [[2, 2, 12, 2, 12, 12, 2, 12]]
    assert (one["bbox"], one["area"], one["confidence"]) == ([2, 2, 10, 10], 100, 1.0)
    assert coco.annToMask(one).sum() == 100
    assert exported(batch, "yolo")["labels/train/1.txt"].startswith(b"1 0.050000 0.066667 0.3")


def test_keypoints(answered, exported, tmp_path):
    points = [("dog", 5, 6), ("cat", 9, 9), ("dog", 30, 20)]
    answer = {
        "keypoints": [{"label": label, "x": x, "y": y} for label, x, y in points],
        "inputImageProperties": given.SIZE,
    }
    near = json.loads(json.dumps(answer).replace('"x": 30', '"x": 31'))
    coco = coco_of(exported(answered("crowd-keypoint", answer, near), "coco"), tmp_path)
    first, second = coco.loadAnns(coco.getAnnIds())

    assert coco.loadCats(1)[0]["keypoints"] == ["cat", "dog"]
    assert first["keypoints"] == [9, 9, 2, 5, 6, 2]
    assert second["keypoints"] == [0, 0, 0, 30, 20, 2]
    assert [first["num_keypoints"], second["num_keypoints"]] == [2, 1]


@pytest.mark.parametrize("tag", ["crowd-semantic-segmentation", "crowd-instance-segmentation"])
def test_masks(answered, exported, tmp_path, tag):
    coco = coco_of(exported(answered(tag, given.ANSWERS[tag]), "coco"), tmp_path)
    first, second = coco.loadAnns(coco.getAnnIds())
    expected = numpy.zeros((30, 40), dtype="uint8")
    expected[10:25, 20:30] = 1

    assert (coco.annToMask(second) == expected).all()
    assert (second["bbox"], second["area"]) == ([20, 10, 10, 15], 150)
    assert first["area"] == 100


def test_a_mask_that_is_no_picture_is_left_out(answered, exported):
    answer = given.ANSWERS["crowd-semantic-segmentation"]
    bad = [
        {**answer, "labeledImage": {"pngImageData": given.png(9, 9)}},
        {**answer, "labeledImage": {"pngImageData": "aGVsbG8="}},
        {**answer, "labeledImage": {"pngImageData": given.MASK[:120]}},
    ]
    files = exported(answered("crowd-semantic-segmentation", answer, *bad), "coco")

    assert len(json.loads(files["annotations.json"])["annotations"]) == 2
    assert left_out(files) == [
        "The mask is not as large as the image.",
        *["The mask is not a PNG picture."] * 2,
    ]


def test_words_with_their_tags(answered, exported):
    spans = [(0, 7, "dog"), (4, 7, "cat"), (19, 22, "cat")]
    entities = [{"startOffset": s, "endOffset": e, "label": name} for s, e, name in spans]
    files = exported(answered("crowd-entity-annotation", {"entities": entities}), "conll")

    assert files["entities.conll"].decode() == (
        "-DOCSTART- -X- _ O\n\n"
        "Rex -X- _ B-dog\nthe -X- _ I-dog\ndog -X- _ O\n, -X- _ O\n"
        "and -X- _ O\na -X- _ O\ncat -X- _ B-cat\n\n"
    )
    assert left_out(files) == [
        "The entity “the” (cat) overlaps a longer one; CoNLL has one tag a word."
    ]


def test_only_what_fits_is_offered(owner, answered):
    def offered(batch):
        form = owner.get(reverse("requester:exports", args=[batch.pk])).context["form"]
        return [key for key, _words in form.fields["format"].choices]

    assert offered(answered("crowd-polyline")) == ["manifest"]
    assert offered(answered("crowd-bounding-box")) == ["manifest", "coco", "voc", "yolo"]
    assert offered(answered("crowd-entity-annotation")) == ["manifest", "conll"]
    page = owner.get(reverse("requester:exports", args=[answered("", layout="<p>${text}").pk]))
    assert "No data set can be made of this task" in page.content.decode()


@pytest.mark.parametrize(
    ("tag", "label", "refused"),
    [
        ("crowd-polygon", "boxes-ref", True),
        ("crowd-polygon", "a-metadata-b", True),
        ("crowd-polygon", "späße", True),
        ("crowd-semantic-segmentation", "streets", False),
    ],
)
def test_the_labels_name_keeps_ground_truths_rules(tag, label, refused):
    from tasks.annotations.elements import elements_in
    from tasks.web.requester.exports import ExportForm

    data = {"format": "manifest", "element": "seen", "count": "all", "label": label}
    form = ExportForm(data, found=elements_in(given.LAYOUTS[tag]))

    assert form.is_valid() is not refused
    assert ("label" in form.errors) is refused


def test_a_project_is_exported_whole_and_names_stay_apart(owner, answered):
    from tasks.models import HIT

    rows = [given.ROW, given.ROW | {"image": "other/1.jpg"}]
    box = given.ANSWERS["crowd-bounding-box"]
    batch = answered("crowd-bounding-box", box, box, rows=rows, max_assignments=1)
    query = {"format": "yolo", "element": "seen", "count": "all"}
    response = owner.get(
        reverse("requester:project_exports", args=[batch.project.public_id]), query
    )
    names = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).namelist()
    second = HIT.objects.order_by("pk")[1].public_id

    assert names[:2] == ["labels/train/1.txt", f"labels/train/1-{second}.txt"]
