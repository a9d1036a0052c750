"""The questions and answers of Mechanical Turk's API: their XML, read, checked, graded and shown.

Pure functions over text; no table and no request. Structures: the API reference's articles on
ExternalQuestion, HTMLQuestion, QuestionForm, AnswerKey and QuestionFormAnswers.
"""
