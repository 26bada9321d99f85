"""Everybody at once: what a policy makes of a whole country, before it is published and after.

assumptions ─ what the people of the generator are like, each number with where it is from
synthetic   ─ make                     a seeded population that does not exist, as event tables in Parquet
events      ─ the rows of one chunk of it
"""
