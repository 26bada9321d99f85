"""Entry permits: applications as people write them, an office's decisions, and the permits that it signs.

    written ─ apply ─► code of the applicant ─ standing ─► granted: the permit's scan; refused, or more: why
                  └──► waiting ─ read by an officer ─ decide ─► signed, or withdrawn

What is decided, `pratique.permits` says; here it is kept. Whoever applies is in no register of ours.
"""
