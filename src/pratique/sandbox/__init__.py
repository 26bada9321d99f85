"""Rehearsals: fictional states and a fictional traveller, with real keys and real signatures.

traveller ─ bundle, passport, brothers_passport   who the story is about
demo      ─ run                                   the story
"""
