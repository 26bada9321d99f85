"""Rehearsals: fictional states and fictional people, with real keys, real signatures and a real matcher.

traveller ─ bundle, passport, brothers_passport   who the story is about
register  ─ write                                 the population register and the records of XA
border    ─ bundle_files, published, rules        the entry rules of both states, and a release of them
states    ─ country, publish                      keys, and the release on a disk
camera    ─ frames_for, altered                   somebody who moves as asked, made from one portrait
crossing  ─ run                                   four people sign up, and one is who she says
demo      ─ prepare, run                          the first crossing, printed
attempts  ─ attempts                              her certificate tampered with, and with too little in it
stage     ─ play                                  the same to take part in: two pages side by side, each a process
ministry  ─ main                                  XA's process: sign-up, with the passport office beside it
office    ─ Office                                passports for visitors, in memory
gate      ─ main                                  XB's process: a border that refuses to reach out
alliance  ─ found                                 three states in one network, with holders and borders
rehearsal ─ key_compromise                        one of their keys is stolen: who is hurt, and for how long
"""
