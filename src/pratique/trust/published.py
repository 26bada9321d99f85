"""Keys whose private half is public, by the first 16 octets of the SHA-256 of their SubjectPublicKeyInfo.

They are in standards, in examples, and in this repository's own tests. Real verifiers have trusted such keys, since an
example's certificate looks like any other. Outside rehearsals nothing is signed with them, no network lists them, and
the command line takes no list or bundle of production that has one; of a bare key that is named by hand it says so.
"""

import hashlib
from collections.abc import Iterable
from types import MappingProxyType

_OCTETS = 16


def _from(source: str, prints: str) -> dict[bytes, str]:
    return {bytes.fromhex(each): source for each in prints.split()}


_STANDARDS = {
    **_from("RFC 7515, appendix A.3 (2015-05)", "2bd1bb0c44a897c30a7aa0991cde38d8"),
    **_from(
        "RFC 7517, appendix A.2, and the example of NZCP section 6.2 (2015-05)", "51b944cdfa544d4c3273aa6bf350625a"
    ),
    **_from("SMART Health Cards, example issuer (2021-02)", "55b16df4e7b1b071f938941140538a4c"),
}
_OURS = _from(
    "test vectors of this repository (2026-11)",
    """
    0050def1c2e70cb199e7453a339729c5 01db767cd94729f4c459af7b741bc8f8 1b62f854c521c25dc529b07c51d1ac8c
    2c6b2088d5a771b58c1ee6cfa4820650 342a516fdb8d09856a6c3d5316cfe783 3503d2c132109fd6c3d9ecb4189bcd16
    37bd83e04878af31c351acd33364b012 3b3180d1d60d859b52cc52a9a7abdb3d 427ceb1cf6a43c0167a6e69678c739f9
    44f2386d2e455ef7f195b41fdb06120f 4570635a9e642d8491dac0df2324eefb 457fc7a0f1bbbe545dad48b8bfab9070
    4660550ad5cf505c771dd708f3abf4f7 48f19c4880a42cf1c381a7aabed2a784 53cf2cc3d65e1df7c3fb6381ba830c4d
    55022ede47d7c5ae134496820419361c 59d08edcec2c1626d889d70ad56211c1 72a5d82d9bf042fed44c3022dfd9bc50
    7a38bf2172207e13067acc3f5380a85e 9e0e915a517e91a78fee08e2a0f4a133 a70ea0fd9d3d6d5e0756d4871f5a2276
    a95ee952b1ab2c108c1370403013c466 aae90f75d480fc6b18aa7eb2486ea3e8 d728c2efaa4a8e8a29bff022810696cb
    d96feffdece95306da955e92f68da991 f41b1289393e5048e0af820892d6d40b fd3bb4d58fe036aab9b86ea53de7fbc6
    """,
)
_NETWORK = _from(
    "tests of the network of this repository (2026-11)",
    """
    090587b6ea6f32373c56b6d3c5086991 171cb17a827f0650cbfa92bcc69657c9 17b35984a6020fd4008680bb1d035484
    21a50894944a06d2ea93f6c4f58c3421 4db0216cc54ed5311860a8202984218a 50c215715650ba5a389b642ead7fec24
    c8d854b17705ddfc1dd1df9199061d0f e2b7624ad88695541b431fef490ee330
    """,
)

PUBLISHED = MappingProxyType({**_STANDARDS, **_OURS, **_NETWORK})
"""Where each of them is published, and since when."""


def published(spki: bytes) -> str | None:
    """Where the private half of a key is published; None for every other key."""
    return PUBLISHED.get(hashlib.sha256(spki).digest()[:_OCTETS])


def any_published(keys: Iterable[bytes]) -> bool:
    """Whether one of these keys (SubjectPublicKeyInfo) is in everybody's hands."""
    return any(published(spki) is not None for spki in keys)
