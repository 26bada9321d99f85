"""Everybody at once: what a policy makes of a whole country, before it is published and after.

assumptions              what the people of the generator are like, each number with where it is from
synthetic   ─ make       people who do not exist, as event tables in Parquet (people, events, claims: their columns)
engines     ─ duckdb, spark    where statements run
wide, reading            the facts as one row a person, and what rules read of them
assessing   ─ assess     everybody's colour, as one statement
effect      ─ effect     who gets through by which way, and who is shut out
tables, chart            the same for people to read
"""
