"""The demo's projects and the rows of its batches: sentences of our own, from no dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAYOUTS = Path(__file__).parent / "layouts"
DAY = 86_400
Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A project: what create_project takes, and how long its work takes people."""

    values: Mapping[str, Any]
    seconds: int


def layout(name: str) -> str:
    """A whole layout: the demo's style, and the task."""
    style = (LAYOUTS / "style.css").read_text(encoding="utf-8")
    body = (LAYOUTS / f"{name}.html").read_text(encoding="utf-8")
    return f"<style>\n{style}</style>\n{body}"


def _work(page: str, seconds: int, /, **values: Any) -> Work:
    return Work(
        seconds=seconds,
        values={
            "layout": layout(page),
            "assignment_seconds": 20 * 60,
            # Long, so that what waits for review still waits when somebody looks at the demo.
            "auto_approve_seconds": 14 * DAY,
            "lifetime_seconds": 30 * DAY,
            "requirements": [],
            **values,
        },
    )


FOLLOWS = _work(
    "follows",
    28,
    name="Does it follow?",
    title="Does the second sentence follow from the first?",
    description="Read two short sentences and say whether the second must be true.",
    keywords="text, sentences, logic, quick",
    reward_cents=12,
    max_assignments=3,
)
SENTIMENT = _work(
    "sentiment",
    22,
    name="Tone of reviews",
    title="Is the writer of this review happy?",
    description="Read a review of a few lines and judge how its writer felt.",
    keywords="text, reviews, sentiment, quick",
    reward_cents=9,
    max_assignments=3,
)
SURVEY = _work(
    "survey",
    310,
    name="Workplace survey",
    title="Survey: the place where you work (6 questions)",
    description="Six questions about the room you work in. About five minutes.",
    keywords="survey, opinion, workplace",
    reward_cents=150,
    max_assignments=40,
    assignment_seconds=3600,
)
TRANSCRIBE = _work(
    "transcribe",
    55,
    name="Harbour ledgers",
    title="Copy one handwritten line from a harbour ledger",
    description="Type what a clerk wrote by hand. One line, exactly as it stands.",
    keywords="transcription, handwriting, history",
    reward_cents=20,
    max_assignments=2,
)


def harder_hands(qualification: str) -> Work:
    """Pages for those who passed the test on old handwriting."""
    asked = {
        "QualificationTypeId": qualification,
        "Comparator": "GreaterThanOrEqualTo",
        "IntegerValues": [60],
    }
    harder = {
        "name": "Harbour ledgers, the harder pages",
        "title": "Copy one line of an old hand from a harbour ledger",
        "reward_cents": 30,
        "requirements": [asked],
    }
    return Work(seconds=TRANSCRIBE.seconds, values={**TRANSCRIBE.values, **harder})


SORT = _work(
    "sort",
    15,
    name="Sort messages (trial)",
    title="Which desk should answer this message?",
    description="A trial in the sandbox: sort a customer's message by what it is about.",
    keywords="text, sorting, customer service",
    reward_cents=6,
    max_assignments=3,
)


def _rows(columns: Sequence[str], *cells: Sequence[str]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in cells]


PAIRS = _rows(
    ("premise", "hypothesis", "expected"),
    ("The ferry sails every hour except on Sundays.", "There is a ferry on Mondays.", "yes"),
    ("Nadia sold her bicycle to Piet last spring.", "Piet owns a bicycle today.", "no"),
    ("All the lamps in the hall were replaced.", "The hall has new lamps.", "yes"),
    ("The bakery opens before the school does.", "The bakery opens at six.", "no"),
    ("Only two of the nine maps survived the flood.", "Seven maps were lost in the flood.", "yes"),
    ("The choir cancelled its May concert.", "The choir never sings in May.", "no"),
    ("Rosa is taller than both of her brothers.", "Rosa has brothers.", "yes"),
    ("The bridge will be closed if the river rises.", "The bridge is closed.", "no"),
    ("Nobody on the night shift drinks coffee.", "The night shift drinks tea.", "no"),
    ("The parcel arrived a week after the letter.", "The letter arrived first.", "yes"),
)
MORE_PAIRS = _rows(
    ("premise", "hypothesis", "expected"),
    ("Every seat in the front row was taken.", "The hall was full.", "no"),
    ("The gardener planted tulips and no roses.", "The gardener planted flowers.", "yes"),
    ("Imre finished the race in under an hour.", "Imre finished the race.", "yes"),
    ("The museum lends paintings to schools.", "The museum sells paintings.", "no"),
    ("Half of the village keeps bees.", "Somebody in the village keeps bees.", "yes"),
    ("The train was late because of snow.", "It snowed.", "yes"),
    ("Petra hopes to open a shop next year.", "Petra will open a shop next year.", "no"),
    ("The recipe needs three eggs or one banana.", "The recipe can't be made without eggs.", "no"),
    ("The lighthouse has stood since 1811.", "The lighthouse is over 100 years old.", "yes"),
    ("The twins were born on different days.", "The twins aren't related.", "no"),
    ("No key but the red one opens the cellar.", "The blue key opens the cellar.", "no"),
    ("Yusuf reads only what his sister has read.", "Yusuf's sister reads.", "no"),
)
REVIEWS = _rows(
    ("product", "review", "expected"),
    ("Kettle, 1.7 litres", "Boils fast and quietly. I'd buy it again tomorrow.", "happy"),
    ("Rain jacket", "Dry for ten minutes, then I might as well have worn a towel.", "unhappy"),
    ("Desk lamp", "Lovely light, wobbly foot. It stays, with a book under it.", "mixed"),
    ("Board game", "We meant to play one round and went to bed at two.", "happy"),
    ("Headphones", "The left side gave up in week three, support never wrote back.", "unhappy"),
    ("Garden chair", "It's a chair. It holds me.", "mixed"),
    ("Bread knife", "Went through the crust, the loaf and nearly the board. Superb.", "happy"),
    ("Suitcase", "A wheel came off at the first kerb of the first trip.", "unhappy"),
)
MORE_REVIEWS = _rows(
    ("product", "review"),
    ("Alarm clock", "Wakes me, and the neighbours, and their dog."),
    ("Wool socks", "Third winter and still no hole."),
    ("Travel mug", "Keeps tea hot until noon, but the lid drips on every shirt."),
    ("Puzzle, 1,000 pieces", "999 pieces. Guess which one is missing."),
    ("Bicycle bell", "Clear and friendly. People step aside with a smile."),
    ("Umbrella", "Turned inside out by what the forecast called a breeze."),
)
ROOMS = _rows(("day",), ("today",))
MESSAGES = _rows(
    ("message", "expected"),
    (
        "My parcel was to come on Tuesday. It's Friday now, and my mother's gift is in it.",
        "delivery",
    ),
    ("How do I set the timer so that it starts at six?", "help"),
    ("You charged my card twice for order 8812.", "money"),
    ("Do you have a shop in Trieste?", "other"),
    ("The courier left the box with a neighbour I don't have.", "delivery"),
    ("The lid won't come off. Is there a trick to it?", "help"),
    ("I sent the shoes back three weeks ago and have not seen a cent.", "money"),
    ("Your new catalogue made my whole office laugh. Well done.", "other"),
)
LINES = (
    "Rec'd of Capt. Hale, 14 casks of herring",
    "Paid for rope & tarr, two pounds six",
    "The brig Margaret, from Bergen, in ballast",
    "One chest of tea, wetted, sold at half",
    "Wharfage due from the Widow Penrose",
    "Forty bushels salt, short by three",
    "Mended the great crane, nine shillings",
    "Bt. of J. Trelawny, candles for the light",
)


def written(line: str, number: int) -> Row:
    """A row that draws `line` as by hand: each letter tilted and raised a little."""
    tilts, waves, height = [], [], 0
    for place, letter in enumerate(line):
        tilts.append(str((place * 7 + ord(letter) + number) % 11 - 6))
        wanted = (place * 5 + ord(letter)) % 5 - 2
        waves.append(str(wanted - height))
        height = wanted
    return {
        "line": line.replace("&", "&amp;"),
        "size": "30" if len(line) < 38 else "27",
        "tilt": " ".join(tilts),
        "wave": " ".join(waves),
    }


HANDWRITING = [written(line, number) for number, line in enumerate(LINES)]

SURVEY_ANSWERS: Sequence[Mapping[str, str | list[str]]] = (
    {
        "place": "desk",
        "sounds": ["street", "music"],
        "screens": "2",
        "hours": "1.5",
        "change": "The chair. It was a dining chair once and it wants to be one again.",
        "keep": "The window to the left of me.",
    },
    {
        "place": "table",
        "sounds": ["people"],
        "screens": "1",
        "hours": "2",
        "change": "A door that closes.",
        "keep": "The kettle within reach.",
    },
    {
        "place": "soft",
        "sounds": ["nothing"],
        "screens": "1",
        "hours": "3",
        "change": "My back says: a real desk.",
        "keep": "The quiet in the mornings.",
    },
    {
        "place": "desk",
        "sounds": ["street", "people"],
        "screens": "3 or more",
        "hours": "1",
        "change": "Fewer cables, or at least shorter ones.",
        "keep": "The plants. They've outlived two monitors.",
    },
)
