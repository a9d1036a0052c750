"""Answers as their requesters see them: what each means, in place of its JSON.

parts.py       an answer as parts, one for each element, field or question
media.py       what a QuestionForm shows beside its questions
passages.py    a text with its spans
pictures.py    what is drawn over an image: shapes, masks
trees.py       JSON that nobody knows, line by line
agreement.py   how far several answers to one HIT say the same

Everything in an answer is a stranger's: templates escape it, masks are painted anew. Nothing here
raises for what an answer holds; what can't be read says why, beside the raw answer.
"""
