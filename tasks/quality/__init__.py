"""Judging answers: against what is known, and against each other. Pure functions."""
