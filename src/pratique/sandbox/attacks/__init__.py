"""Attacks on this system by itself: real ones of the past, against its own library, API and pages.

requirements ─ REQUIREMENTS       what they are about, and the ids
cases        ─ Case, tries, run   one attack, and all of them
yard         ─ Yard, Town         keys, lists, towns with a database and an API
forging      ─ MemorySigner       an attacker's tools
scans        ─ SCANS              scans that nobody may take: for any verifier (`exporting`)
`pratique selftest --attacks` tries all of them.
"""
