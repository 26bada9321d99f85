"""Doors: what a mall, a taxi, a station and an event may ask, and how little of it is ever written down.

doors       ─ Mode, Door, DOORS, feel           what each kind of door does; the reading of a thermometer, kept nowhere
exposures   ─ Visit, digest, matches, sign      hours that were exposed, published for whoever was there to know
slips       ─ seal, hour_key, open_slip         paper for whoever has no telephone: one key a place and hour
registering ─ propose, take, declare, open_slips, purge   what registers: off until two officials turn it on

To show is the rule, and leaves nothing anywhere: no table, no request. To register is the exception, for a mall or an
event: a visit is kept on the visitor's own device and compared there. Transport only ever shows.
"""
