"""Rehearsals: fictional states and a fictional traveller, with real keys and real signatures.

traveller ─ bundle, passport, brothers_passport   who the story is about
demo      ─ run                                   the story
register  ─ write                                 the population register and the records of XA
camera    ─ frames_for, altered                   somebody who moves as asked, made from one portrait
crossing  ─ run                                   four people sign up, and one is who she says
"""
