"""The cases behind the files of tests/vectors: each module yields `(path, vector)` pairs.

What is expected is written down here by hand from the standards, never computed by the code under test.
"""
