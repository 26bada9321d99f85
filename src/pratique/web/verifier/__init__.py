"""The verifier's page: a border, an airline's counter or a door in a browser, which works with the network off.

site   ─ site          every file of it, a release of lists included: for any server, or none after the first visit
engine ─ Desk          what Python does there: this library, unchanged, under Pyodide

    page (verifier.js) ─ form ─► worker (engine.mjs) ─► Desk ─ questions ─► WebCrypto ─ answers ─► Desk ─ HTML ─► page

The pages are those of `web.border`, from the same templates by the same functions. A service worker keeps all files of
one build, so that page, library and lists are always of one release.
"""
