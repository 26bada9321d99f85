"""The cases behind the files of tests/vectors: each module yields `(path, vector)` pairs.

What is expected is written down here by hand from the standards, not computed by the code under test; only the ITHC
certificates are told in the shape that `pratique.model.dcc` writes, and MRZ lines get their check digits from `mrz`.
"""
