"""The health code of a country: what people say, what their code is, who may set one by hand, and what is published.

declaring ─ declare, correct, streak        symptoms, temperature, trips: by oneself, by proxy or from paper
codes     ─ current, shown, issue_statuses  the code, what a passer-by sees of it, and a day's signed statuses
assigning ─ propose, approve                by hand: one person, two officials, a facility's signed record
tracing   ─ establish                       contacts and observations: two officials, and the case behind them
appeals   ─ open_appeal, decide             answered within 24 hours, or set aside
counting  ─ count, published                each day's colours by cause, small numbers hidden

Nothing here reads a venue, a number of a bank, or a court: there is no table of them.
"""
