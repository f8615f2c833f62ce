"""The form of a chapter: how its source is read, run, made into a notebook, and checked."""
