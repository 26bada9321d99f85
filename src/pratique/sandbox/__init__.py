"""Rehearsals: fictional states and fictional people, with real keys, real signatures and a real matcher.

traveller ─ bundle, passport, brothers_passport   who the story is about
register  ─ write                                 XA's passports and records
states    ─ country, publish, entry_rules         XA's keys, XB's release
camera    ─ frames_for                            somebody who moves as asked, made from one portrait
demo      ─ prepare, run                          the story, printed
stage     ─ play                                  the story to take part in: the pages below, side by side
alliance  ─ found             three states in one network, with holders and borders
rehearsal ─ key_compromise    one of their keys is stolen: who is hurt, and for how long
ministry, office ─                                XA's process: sign-up, and a passport office for visitors
gate      ─                                       XB's process: a border without a network
"""
