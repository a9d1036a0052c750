"""Ground Truth's output manifest: its shapes, what several workers come to, what is left out."""

import io
import json

import pytest
from PIL import Image

from tests import world
from tests.tasks.results import answers as given
from tests.tasks.results.conftest import left_out

pytestmark = pytest.mark.django_db


def lines_of(files):
    return [json.loads(line) for line in files["output.manifest"].decode().splitlines()]


def line_of(exported, batch, **query):
    """The only line, without what is the same in every one's metadata."""
    [line] = lines_of(exported(batch, "manifest", **query))
    name = query.get("label", "seen")
    metadata = line[f"{name}-metadata"]
    assert metadata.pop("human-annotated") == "yes"
    assert metadata.pop("job-name").startswith("labeling-job/entailment")
    assert len(metadata.pop("creation-date")) == len("2018-10-18T22:18:13.527256")
    return line


def test_one_class(answered, exported):
    labels = ["dog", "dog", "cat"]
    batch = answered("crowd-image-classifier", *({"label": label} for label in labels))

    assert line_of(exported, batch, label="animal") == {
        "source-ref": "https://images.test/street/1.jpg",
        "image": "1.jpg",
        "text": given.ROW["text"],
        "animal": 1,
        "animal-metadata": {
            "class-name": "dog",
            "confidence": 0.6667,
            "type": "groundtruth/image-classification",
        },
    }


def test_one_worker_has_no_confidence(answered, exported):
    """As in Ground Truth, where one worker's is 0.00."""
    batch = answered("crowd-classifier", {"label": "cat"})
    line = line_of(exported, batch)

    assert line["source"] == given.ROW["text"]
    assert "text" not in line
    assert line["seen-metadata"] == {
        "class-name": "cat",
        "confidence": 0.0,
        "type": "groundtruth/text-classification",
    }


def test_several_classes_are_all_that_anybody_chose(answered, exported):
    batch = answered(
        "crowd-classifier-multi-select",
        {"labels": ["dog", "cat"]},
        {"labels": ["dog"]},
        {"labels": []},
    )
    line = line_of(exported, batch)

    assert line["seen"] == [1, 0]
    assert line["seen-metadata"] == {
        "class-map": {"1": "dog", "0": "cat"},
        "confidence-map": {"1": 0.6667, "0": 0.3333},
        "type": "groundtruth/text-classification-multilabel",
    }


def test_a_clip_is_a_video(answered, exported):
    layout = given.element("crowd-classifier", given.CLIP, **given.CATEGORIES)
    batch = answered("crowd-classifier", {"label": "cat"}, layout=layout)
    line = line_of(exported, batch)

    assert line["source-ref"] == "1.jpg"
    assert line["seen-metadata"]["type"] == "groundtruth/video-classification"


def box(label="dog", **changes):
    return given.BOX | {"label": label} | changes


def drawn(*boxes):
    return {"boundingBoxes": list(boxes), "inputImageProperties": given.SIZE}


def test_boxes_of_most_workers(answered, exported):
    batch = answered(
        "crowd-bounding-box",
        drawn(box(), box("cat", left=25)),
        drawn(box(left=3, top=4)),
        drawn(box(left=4, width=11), box("cat")),  # a cat where the others have a dog
    )
    line = line_of(exported, batch)

    assert line["seen"] == {
        "image_size": [{"width": 40, "height": 30, "depth": 3}],
        "annotations": [{"class_id": 1, "left": 3, "top": 3, "width": 10, "height": 8}],
    }
    assert line["seen-metadata"] == {
        "objects": [{"confidence": 1.0}],
        "class-map": {"1": "dog"},
        "type": "groundtruth/object-detection",
    }


def test_entities_of_most_workers(answered, exported):
    def marked(*spans):
        entities = [{"startOffset": s, "endOffset": e, "label": name} for s, e, name in spans]
        return {"entities": entities}

    batch = answered(
        "crowd-entity-annotation",
        marked((0, 3, "dog"), (19, 22, "cat")),
        marked((0, 3, "dog")),
        marked((0, 4, "dog"), (8, 11, "dog")),
    )
    line = line_of(exported, batch)

    assert line["source"] == given.ROW["text"]
    assert line["seen"] == {
        "annotations": {
            "entities": [{"endOffset": 3, "startOffset": 0, "label": "dog"}],
            "labels": [{"label": "cat"}, {"label": "dog"}],
        }
    }
    assert line["seen-metadata"] == {
        "entities": [{"confidence": 1.0}],
        "type": "groundtruth/text-span",
    }


def painted(*rectangles):
    colors = {"cat": {"color": "#1f77b4"}, "dog": {"color": "#ff7f0e"}}
    return {
        "labelMappings": colors,
        "labeledImage": {"pngImageData": given.png(40, 30, *rectangles)},
        "inputImageProperties": given.SIZE,
    }


def test_a_mask_is_what_most_painted(answered, exported):
    dog = ("#ff7f0e", 0, 0, 20, 30)
    batch = answered(
        "crowd-semantic-segmentation",
        painted(dog),
        painted(dog),
        painted(("#1f77b4", 0, 0, 40, 30)),
    )
    files = exported(batch, "manifest", label="street")
    [line] = lines_of(files)
    name = line["street-ref"]
    mask = Image.open(io.BytesIO(files[name]))

    assert (mask.mode, mask.size) == ("P", (40, 30))
    assert [mask.getpixel((at, 5)) for at in (0, 19, 20, 39)] == [2, 2, 0, 0]
    assert mask.convert("RGB").getpixel((0, 0)) == (0xFF, 0x7F, 0x0E)
    assert mask.convert("RGB").getpixel((39, 0)) == (255, 255, 255)
    assert line["street-ref-metadata"]["internal-color-map"] == {
        "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff", "confidence": 0.6667},
        "2": {"class-name": "dog", "hex-color": "#ff7f0e", "confidence": 0.6667},
    }
    assert line["street-ref-metadata"]["type"] == "groundtruth/semantic-segmentation"


def test_labels_that_were_judged_are_a_verification(answered, exported):
    layout = given.element(
        "crowd-image-classifier",
        src=given.IMAGE,
        categories="['good', 'bad']",
        overlay="{'boundingBox': {'labels': ['dog'], 'value': []}}",
    )
    said = [{"label": "bad", "workerComment": "Too wide."}, {"label": "bad"}, {"label": "good"}]
    batch = answered("crowd-image-classifier", *said, layout=layout)
    line = line_of(exported, batch, label="verify-box")

    assert line["verify-box"] == "1"
    assert line["verify-box-metadata"] == {
        "class-name": "bad",
        "confidence": 0.6667,
        "type": "groundtruth/label-verification",
        "worker-feedback": [{"comment": "Too wide."}],
    }


SPAN = {"startOffset": 0, "endOffset": 3, "label": "dog"}


@pytest.mark.parametrize(
    ("tag", "initial", "changed", "unchanged"),
    [
        (
            "crowd-bounding-box",
            "[{'label': 'dog', 'left': 2, 'top': 3, 'width': 9, 'height': 8}]",
            {**given.ANSWERS["crowd-bounding-box"], "initialValueModified": True},
            {**given.ANSWERS["crowd-bounding-box"], "initialValueModified": False},
        ),
        (
            "crowd-semantic-segmentation",
            "{'src': 'https://images.test/mask.png'}",
            {**given.ANSWERS["crowd-semantic-segmentation"], "initialValueModified": True},
            {**given.ANSWERS["crowd-semantic-segmentation"], "initialValueModified": False},
        ),
        (
            "crowd-entity-annotation",
            "[{'startOffset': 0, 'endOffset': 3, 'label': 'dog'}]",
            {"entities": [SPAN, SPAN | {"startOffset": 8, "endOffset": 11}]},
            {"entities": [SPAN]},
        ),
    ],
)
def test_labels_that_were_given_are_adjusted_if_anybody_changed_them(
    answered, exported, tag, initial, changed, unchanged
):
    layout = given.LAYOUTS[tag].replace("name=", f'initial-value="{initial}" name=')
    name = "seen-ref" if tag == "crowd-semantic-segmentation" else "seen"

    def status(batch):
        [line] = lines_of(exported(batch, "manifest"))
        return line[f"{name}-metadata"]["adjustment-status"]

    batch = answered(tag, unchanged, layout=layout)
    assert status(batch) == "unadjusted"
    world.submitted(world.a_worker("adjuster"), batch, given.sent(changed))
    assert status(batch) == "adjusted"


@pytest.mark.parametrize("tag", ["crowd-polygon", "crowd-text-ranking"])
def test_other_tasks_have_every_workers_answer(answered, exported, tag):
    batch = answered(tag, given.ANSWERS[tag], given.ANSWERS[tag])
    line = line_of(exported, batch)
    everybody = line["seen"]["annotationsFromAllWorkers"]

    assert len({one["workerId"] for one in everybody}) == 2
    assert [json.loads(one["annotationData"]["content"]) for one in everybody] == [
        {"seen": given.ANSWERS[tag]}
    ] * 2
    assert line["seen-metadata"] == {"type": "groundtruth/custom"}


def test_only_approved_answers_where_asked_for(answered, exported, lab):
    from marketplace import clock
    from tasks.actions.decide import approve_assignments, reject_assignments
    from tasks.models import Assignment

    batch = answered("crowd-classifier", *({"label": one} for one in ("cat", "dog", "dog")))
    cat, dog, other = (a.public_id for a in Assignment.objects.order_by("pk"))
    approve_assignments(by=lab.by, assignment_ids=[cat], at=clock.now())
    reject_assignments(by=lab.by, assignment_ids=[dog], at=clock.now(), feedback="no")

    assert line_of(exported, batch, count="approved")["seen"] == 0
    both = line_of(exported, batch)["seen-metadata"]
    assert (both["class-name"], both["confidence"]) == ("cat", 0.5)  # of equals the first in order


def test_a_manifests_line_stays_to_the_letter():
    from tasks.results.exports.manifest import added

    line = '{"source":"a",  "n": 1.50, "nested": {"x":[1e3]} }'

    assert added(line, {"seen": 1}) == line[:-2] + ', "seen": 1}'
    assert added("{}", {"seen": 1}) == '{"seen": 1}'
    assert json.loads(added('{"seen": 0, "a": 1}', {"seen": 1})) == {"seen": 1, "a": 1}


def test_what_isnt_an_answer_is_left_out_with_why(answered, exported):
    fields = [{"taskAnswers": text} for text in ("[", "[" * 100_000, '[{"seen": NaN}]')]
    box = {"boundingBoxes": [given.BOX | {"left": 39}], "inputImageProperties": given.SIZE}
    files = exported(answered("crowd-bounding-box", *fields, box), "manifest")

    assert files["output.manifest"] == b""
    assert left_out(files) == [
        *["The answer has nothing of this name."] * 3,
        "A box goes beyond the image.",
    ]
