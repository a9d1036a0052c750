"""Files saved from Mechanical Turk, read row by row.

rows.py       what both kinds of file have in common: the first line, problems, single cells
results.py    results of a batch
workers.py    workers, with their qualification scores
"""
