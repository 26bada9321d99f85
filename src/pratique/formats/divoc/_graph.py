"""The statements of a credential: written in the one form that is signed (URDNA2015), and read from that form alone.

What a reader believes is read from exactly the octets that the signature covers. In the JSON beside them a signer's
words and a forger's cannot be told apart: terms that no context defines are not signed, and neither is which of several
fields with one meaning a value stood in.
"""

import re
from collections import Counter
from typing import Any

from pratique.formats.divoc._contexts import CONTEXTS
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

MAX_NODES = 16
"""Nodes without a name of their own; a credential has seven."""
MAX_ALIKE = 2
"""Of them, how many may look the same from outside: telling n such apart takes n! trials (URDNA2015, 4.8). An empty
address of the holder and one of the facility look the same."""

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_NODE = r"<[^\x00-\x20<>\"{}|^`\\]*>|_:c14n[0-9]+"
_LITERAL = r'"((?:[^"\\\n\r]|\\.)*)"(?:\^\^<[^<>\s]*>|@[a-zA-Z0-9-]+)?'
_QUAD = re.compile(rf'({_NODE}) <([^\x00-\x20<>"{{}}|^`\\]*)> (?:({_NODE})|{_LITERAL}) \.')
_ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", '\\"': '"', "\\\\": "\\"}
_ESCAPE = re.compile(r"\\.")


def canonical(document: dict[str, Any]) -> bytes:
    """The canonical N-Quads of a JSON-LD document.

    Raises `MalformedCertificate`: FORMAT_NOT_SUPPORTED where the library for it is absent, JSON_BROKEN for what is no
    JSON-LD, CONTENT_FIELD_LENGTH for statements that would take too long to put in order.
    """
    try:
        from pyld import jsonld
        from pyld.canon import URDNA2015
        from pyld.context_resolver import ContextResolver
    except ImportError:
        raise MalformedCertificate(Reason.FORMAT_NOT_SUPPORTED, detail="JSON-LD needs the extra [divoc]") from None
    options = {
        "base": "",
        "documentLoader": _load,
        "contextResolver": ContextResolver(_RESOLVED, _load),
        "produceGeneralizedRdf": False,
    }
    try:
        dataset = jsonld.to_rdf(document, options)
    except jsonld.JsonLdError:
        raise MalformedCertificate(Reason.JSON_BROKEN, detail="JSON-LD") from None
    _bound(dataset)
    written: str = URDNA2015().main(dataset, {"format": "application/n-quads"})
    return written.encode()


_RESOLVED: dict[str, Any] = {}
"""The contexts that were read; as many as there are in our tables, since a document may bring none of its own."""


def _load(address: str, _options: object) -> dict[str, Any]:
    """What JSON-LD asks for by an address. Raises `MalformedCertificate` (PROFILE_UNKNOWN) for all that is not here."""
    if address not in CONTEXTS:
        raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="a context that is not shipped")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": address,
        "document": {"@context": CONTEXTS[address]},
    }


def _bound(dataset: dict[str, list[dict[str, dict[str, str]]]]) -> None:
    """Refuse what no credential is and canonicalization would spend its life on."""
    if set(dataset) - {"@default"}:
        raise MalformedCertificate(Reason.CONTENT_FIELD_VALUE, detail="statements in a graph of their own")
    around: dict[str, list[tuple[str, ...]]] = {}
    for quad in dataset.get("@default", []):
        for part in ("subject", "object"):
            if quad[part]["type"] == "blank node":
                named = quad[part]["value"]
                around.setdefault(named, []).append(_seen_from(named, quad))
    alike = Counter(tuple(sorted(quads)) for quads in around.values())
    if len(around) > MAX_NODES or max(alike.values(), default=0) > MAX_ALIKE:
        raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail="too many nodes, or too many alike")


def _seen_from(node: str, quad: dict[str, dict[str, str]]) -> tuple[str, ...]:
    """A statement as the first step of canonicalization sees it: nodes without a name are this one or others."""
    seen = []
    for part in ("subject", "predicate", "object"):
        value = quad[part]["value"]
        blank = quad[part]["type"] == "blank node"
        seen += [("_:a" if value == node else "_:z") if blank else value, quad[part].get("datatype", "")]
    return tuple(seen)


class Graph:
    """Statements by the node that they are about. Nodes are `<iri>` or `_:c14n0`; literals are texts."""

    def __init__(self, canonical: bytes) -> None:
        """Raises `MalformedCertificate` (CONTENT_FIELD_VALUE) for what is not canonical N-Quads."""
        self._literals: dict[tuple[str, str], list[str]] = {}
        self._nodes: dict[tuple[str, str], list[str]] = {}
        for line in canonical.decode().split("\n")[:-1]:
            quad = _QUAD.fullmatch(line)
            if quad is None:
                raise MalformedCertificate(Reason.CONTENT_FIELD_VALUE, detail="a statement that is none")
            about, predicate, node, literal = quad.groups()
            if node is not None:
                self._nodes.setdefault((about, predicate), []).append(node)
            else:
                text = _ESCAPE.sub(lambda match: _ESCAPES.get(match[0], match[0]), literal)
                self._literals.setdefault((about, predicate), []).append(text)

    def nodes(self, about: str, predicate: str) -> list[str]:
        return self._nodes.get((about, predicate), [])

    def literals(self, about: str, predicate: str) -> list[str]:
        return self._literals.get((about, predicate), [])

    def of_type(self, iri: str) -> list[str]:
        """The nodes of a type."""
        return [about for (about, predicate), types in self._nodes.items() if predicate == TYPE and f"<{iri}>" in types]
