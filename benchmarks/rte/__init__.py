"""Replaying 8,000 real answers: the data, the people, their browsers, and the proof."""
