"""A qualification of the demo: a short test on reading old handwriting, graded by its key."""

from marketplace.questionform.xml import ANSWER_KEY, FORM

_QUESTIONS = [
    ("long_s", "What looks like an f in “houſe” and “paſſage”?",
     [("s", "A long s"), ("f", "An f"), ("l", "An l")], "s"),
    ("ye", "How is “ye” in “ye ſhip” to be read?",
     [("the", "the"), ("you", "you"), ("yes", "yes")], "the"),
    ("ditto", "What does “do.” in a column of goods stand for?",
     [("same", "The same as above"), ("dozen", "A dozen"), ("done", "Paid")], "same"),
]  # fmt: skip


def _selection(key: str, words: str) -> str:
    return (
        f"<Selection><SelectionIdentifier>{key}</SelectionIdentifier>"
        f"<Text>{words}</Text></Selection>"
    )


TEST = (
    f'<QuestionForm xmlns="{FORM}">'
    + "".join(
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier><IsRequired>true</IsRequired>"
        f"<QuestionContent><Text>{asked}</Text></QuestionContent><AnswerSpecification>"
        "<SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion>"
        f"<Selections>{''.join(_selection(*choice) for choice in choices)}</Selections>"
        "</SelectionAnswer></AnswerSpecification></Question>"
        for name, asked, choices, _right in _QUESTIONS
    )
    + "</QuestionForm>"
)
KEY = (
    f'<AnswerKey xmlns="{ANSWER_KEY}">'
    + "".join(
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier><AnswerOption>"
        f"<SelectionIdentifier>{right}</SelectionIdentifier><AnswerScore>1</AnswerScore>"
        "</AnswerOption></Question>"
        for name, _asked, _choices, right in _QUESTIONS
    )
    + "<QualificationValueMapping><PercentageMapping><MaximumSummedScore>"
    f"{len(_QUESTIONS)}</MaximumSummedScore></PercentageMapping></QualificationValueMapping>"
    "</AnswerKey>"
)
RIGHT = {name: [right] for name, _asked, _choices, right in _QUESTIONS}
VALUES = {
    "name": "Reads old hands",
    "description": "Three questions on how clerks wrote around 1800. With 60 or more you can copy "
    "the harder pages, which pay better.",
    "keywords": "handwriting, history",
    "test": TEST,
    "answer_key": KEY,
    "test_seconds": 15 * 60,
    "retry_delay_seconds": 3600,
}
