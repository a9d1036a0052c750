"""Requests that are right, to be changed into ones that aren't."""

from typing import Any

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
EXTERNAL = (
    f'<ExternalQuestion xmlns="{SCHEMAS}2006-07-14/ExternalQuestion.xsd">'
    "<ExternalURL>https://lab.example/task?item=1&amp;v=2</ExternalURL>"
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)
HTML = (
    f'<HTMLQuestion xmlns="{SCHEMAS}2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "<!DOCTYPE html><html><body><form name='mturk_form' method='post' id='mturk_form'"
    " action='https://www.mturk.com/mturk/externalSubmit'>"
    "<input type='hidden' name='assignmentId' id='assignmentId' value=''>"
    "<input name='label'></form></body></html>"
    "]]></HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"
)
FORM = (
    f'<QuestionForm xmlns="{SCHEMAS}2017-11-06/QuestionForm.xsd">'
    "<Overview><Title>A short test</Title></Overview>"
    "<Question><QuestionIdentifier>sky</QuestionIdentifier><IsRequired>true</IsRequired>"
    "<QuestionContent><Text>What colour is the sky by day?</Text></QuestionContent>"
    "<AnswerSpecification><SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion>"
    "<Selections><Selection><SelectionIdentifier>blue</SelectionIdentifier><Text>Blue</Text>"
    "</Selection><Selection><SelectionIdentifier>green</SelectionIdentifier><Text>Green</Text>"
    "</Selection></Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"
)
FILE_FORM = (
    f'<QuestionForm xmlns="{SCHEMAS}2005-10-01/QuestionForm.xsd">'
    "<Question><QuestionIdentifier>photo</QuestionIdentifier><IsRequired>true</IsRequired>"
    "<QuestionContent><Text>Send a picture.</Text></QuestionContent><AnswerSpecification>"
    "<FileUploadAnswer><MaxFileSizeInBytes>100000</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>10</MinFileSizeInBytes></FileUploadAnswer>"
    "</AnswerSpecification></Question></QuestionForm>"
)
ANSWER_KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}2005-10-01/AnswerKey.xsd"><Question>'
    "<QuestionIdentifier>sky</QuestionIdentifier><AnswerOption>"
    "<SelectionIdentifier>blue</SelectionIdentifier><AnswerScore>10</AnswerScore></AnswerOption>"
    "</Question><QualificationValueMapping><PercentageMapping><MaximumSummedScore>10"
    "</MaximumSummedScore></PercentageMapping></QualificationValueMapping></AnswerKey>"
)

TERMS: dict[str, Any] = {
    "AutoApprovalDelayInSeconds": 259_200,
    "AssignmentDurationInSeconds": 600,
    "Reward": "0.25",
    "Title": "Label a picture",
    "Keywords": "picture, label",
    "Description": "Say what the picture shows.",
}
HIT: dict[str, Any] = {
    **TERMS,
    "MaxAssignments": 2,
    "LifetimeInSeconds": 86_400,
    "Question": EXTERNAL,
    "RequesterAnnotation": "item 1",
}
LOCALE = "00000000000000000071"
PERCENT = "000000000000000000L0"
REQUIREMENTS: list[dict[str, Any]] = [
    {
        "QualificationTypeId": LOCALE,
        "Comparator": "In",
        "LocaleValues": [{"Country": "US", "Subdivision": "PA"}, {"Country": "DE"}],
        "ActionsGuarded": "DiscoverPreviewAndAccept",
    },
    {
        "QualificationTypeId": PERCENT,
        "Comparator": "GreaterThanOrEqualTo",
        "IntegerValues": [90],
        "RequiredToPreview": True,
    },
]
KNOWN_ANSWERS: dict[str, Any] = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "label", "Values": ["cat"]}]},
        {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
        {"Key": "ApproveReason", "Values": ["Right."]},
        {"Key": "RejectIfKnownAnswerScoreIsLessThan", "Values": ["1"]},
        {"Key": "RejectReason", "Values": ["The known question was wrong."]},
    ],
}
PLURALITY: dict[str, Any] = {
    "PolicyName": "SimplePlurality/2011-09-01",
    "Parameters": [
        {"Key": "QuestionIds", "Values": ["label"]},
        {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
        {"Key": "ExtendIfHITAgreementScoreIsLessThan", "Values": ["50"]},
        {"Key": "ExtendMaximumAssignments", "Values": ["3"]},
        {"Key": "ExtendMinimumTimeInSeconds", "Values": ["3600"]},
    ],
}
