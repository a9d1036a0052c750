"""The results of a batch as a CSV file, in Mechanical Turk's columns, and the way back.

pages.py      the elements on a HIT's page, which its answers are read by
exports/      answers as data sets: manifests, COCO and others
cells.py      one cell: dates, money, rates, and what keeps a spreadsheet from running it
writing.py    the file, streamed
decisions.py  the file that comes back with Approve and Reject filled in
"""
