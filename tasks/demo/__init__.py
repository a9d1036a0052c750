"""The demo marketplace: a cast, their projects and some days of history, all of our own writing."""
