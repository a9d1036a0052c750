"""Tests that qualification types ask, as QuestionForm and AnswerKey."""

_BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"

TEST = f"""<QuestionForm xmlns="{_BASE}/2017-11-06/QuestionForm.xsd">
  <Overview><Title>The sky</Title><Text>Look up, then answer.</Text></Overview>
  <Question>
    <QuestionIdentifier>sky</QuestionIdentifier>
    <IsRequired>true</IsRequired>
    <QuestionContent><Text>What colour is the sky on a clear day?</Text></QuestionContent>
    <AnswerSpecification><SelectionAnswer>
      <StyleSuggestion>radiobutton</StyleSuggestion>
      <Selections>
        <Selection><SelectionIdentifier>blue</SelectionIdentifier><Text>Blue</Text></Selection>
        <Selection><SelectionIdentifier>green</SelectionIdentifier><Text>Green</Text></Selection>
      </Selections>
    </SelectionAnswer></AnswerSpecification>
  </Question>
</QuestionForm>"""

KEY = f"""<AnswerKey xmlns="{_BASE}/2005-10-01/AnswerKey.xsd">
  <Question>
    <QuestionIdentifier>sky</QuestionIdentifier>
    <AnswerOption>
      <SelectionIdentifier>blue</SelectionIdentifier><AnswerScore>10</AnswerScore>
    </AnswerOption>
  </Question>
  <QualificationValueMapping>
    <PercentageMapping><MaximumSummedScore>10</MaximumSummedScore></PercentageMapping>
  </QualificationValueMapping>
</AnswerKey>"""

OPEN_TEST = f"""<QuestionForm xmlns="{_BASE}/2017-11-06/QuestionForm.xsd">
  <Question>
    <QuestionIdentifier>why</QuestionIdentifier>
    <IsRequired>true</IsRequired>
    <QuestionContent><Text>Why is the sky blue?</Text></QuestionContent>
    <AnswerSpecification><FreeTextAnswer/></AnswerSpecification>
  </Question>
</QuestionForm>"""
