"""The pages: sign-up at the issuer's, and the border's; two programs that share nothing but how they look.

issuing ─ app    from a passport number and a look into the camera to a certificate
border  ─ app    three answers about a code, with no network

Both are ASGI applications of Litestar. A page is HTML before any script runs; `static/` holds one style sheet and the
scripts of single pages; every word is in `texts/web.*.json`. Needs the extra `[server]`.
"""
