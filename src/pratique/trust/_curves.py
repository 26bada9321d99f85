"""Elliptic curves that certificates spell out instead of naming, as passport authorities do (ICAO Doc 9303-12, 4.1).

A curve counts as the one it looks like only if every parameter agrees: with a generator of one's own choosing, anybody
can make a key that fits somebody else's signature (CVE-2020-0601).
"""

from collections.abc import Mapping
from typing import Any

SPELLED_OUT: dict[str, tuple[str, str, str, str, str]] = {
    "secp256r1": (
        "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ),
    "secp384r1": (
        "03aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    "secp521r1": (
        "0200c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2"
        "ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "ffffffffffffffffffffffffffffffffffff",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "fffffffffffffffffffffffffffffffffffc",
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1"
        "bf073573df883d2c34f1ef451fd46b503f00",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709"
        "a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
    "brainpoolp256r1": (
        "038bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
        "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
        "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
        "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
    ),
    "brainpoolp384r1": (
        "031d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
        "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
        "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
    ),
    "brainpoolp512r1": (
        "0281aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d"
        "5f7c6d5047406a5e688b352209bcb9f822",
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e6"
        "2881ff2f2d82c68528aa6056583a48f3",
        "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b5"
        "7f1117a72bf2c7b9e7c1ac4d77fc94ca",
        "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67"
        "984050b75ebae5dd2809bd638016f723",
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac1047"
        "1db1d381085ddaddb58796829ca90069",
    ),
}
"""Of each curve the generator (compressed), then p, a, b and order (FIPS 186-4 D.1.2, RFC 5639 section 3)."""


def named(stated: Mapping[str, Any]) -> str | None:
    """The name of a curve, as `asn1crypto` reads a SpecifiedECDomain (SEC 1, C.2); None where it has none here."""
    numbers = (
        stated["field_id"]["parameters"],
        *(int.from_bytes(stated["curve"][name]) for name in "ab"),
        stated["order"],
    )
    if stated["cofactor"] not in (None, 1):
        return None
    generator = _compressed(stated["base"])
    for name, (point, *parameters) in SPELLED_OUT.items():
        if bytes.fromhex(point) == generator and numbers == tuple(int(number, 16) for number in parameters):
            return name
    return None


def _compressed(point: bytes) -> bytes:
    """A point with the sign of y instead of y (SEC 1, 2.3.3), whichever way it was written."""
    if point[:1] != b"\x04":
        return point
    half = (len(point) - 1) // 2
    return bytes([2 + (point[-1] & 1)]) + point[1 : 1 + half]
