"""Between countries: releases of everything a verifier has to know, published and fetched by The Update Framework.

roles       who signs what, for how long, and what every signed file says besides
repository  ─ create, rotate, delegate, contribute, release   the publisher's half, over files in memory
ceremony    ─ sign, assembled                                 one file, signed by people apart, each with one key
merging     ─ merged, returned                                what the participants signed → the files of one `Bundle`
slicing     ─ based, extended                                 a long list as a base that stays, and what was added since
fetching    ─ Bounded                                         reads that end, however large or slow the other side is
stated      ─ what signed files say, for both halves
paged       ─ step                                            the verifier's half for a page, signatures by WebCrypto
client      ─ update, installed                               the verifier's half, in a folder of its own

A country signs its own keys, withdrawals and entry rules under a role of its own, and nobody else's count under it. The
network's root says which keys sign for whom. `tuf` does what it was built for; that a release can be used at all, in
this environment, with no distrusted key come back, is checked here, by both halves.
"""
