"""What workers' answers say: read from any JSON that a worker may have sent, and consolidated.

loose.py        JSON as people write it into templates
elements.py     the crowd elements that a page has, with their labels
given.py        an answer's fields as {element's name: its answer}, however they were sent
kinds.py        each element's answer, read and checked
masks.py        masks: PNG to labels and back, run lengths
consolidate.py  several workers' answers into one, with how sure it is

Knows no database and no web. Raises Unfit, with why, for an answer that isn't what its element
gives: it may come from anywhere.
"""
