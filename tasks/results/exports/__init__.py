"""Answers as data sets: Ground Truth's output manifest, COCO, Pascal VOC, YOLO and CoNLL.

source.py     what a HIT was about, as a manifest's line
labelled.py   HITs with the answers that count, read; what is left out, with why
classes.py    labels and their numbers
merged.py     the answers of one HIT made into one
manifest.py, coco.py, voc.py, yolo.py, conll.py   the formats
formats.py    which formats fit which elements
zipped.py     the zip file, streamed

Everything is read HIT by HIT and written as it comes: the size of a batch costs no memory.
"""
