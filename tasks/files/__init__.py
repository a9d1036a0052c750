"""Files that people store: what they are, where their bytes lie, and under which address."""
