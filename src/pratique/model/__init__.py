"""The vocabulary of the house: pure, frozen values with no input or output.

Everything here is level 0: it imports the standard library and `msgspec`, reads no clock, no file and no
socket, and knows nothing of signatures or formats.
"""
