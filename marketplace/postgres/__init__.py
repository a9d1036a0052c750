"""PostgreSQL as Django speaks to it, with what the hot path needs beside: base.py, prepared.py."""
