"""The other side of part 2: other people's COSE, in an environment of its own, asked block by block over a pipe.

It imports nothing of ours. Lines of JSON come in and go out; octets are in hexadecimal. The first line is the material,
each further one names a peer and a block of messages, and is answered with µs for one raw check and for one message.
"""

import json
import sys
from collections.abc import Callable
from time import thread_time_ns

import cwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pycose.keys import EC2Key
from pycose.messages import Sign1Message

material = json.loads(sys.stdin.readline())
messages = [bytes.fromhex(message) for message in material["messages"]]
payloads = [bytes.fromhex(payload) for payload in material["payloads"]]
questions = [(bytes.fromhex(signature), bytes.fromhex(signed)) for signature, signed in material["questions"]]
public_keys = [load_der_public_key(bytes.fromhex(spki)) for spki in material["keys"]]
signer = public_keys[-1]
assert isinstance(signer, ec.EllipticCurvePublicKey), "the key that signed comes last, and is of P-256"
kids = [bytes.fromhex(kid) for kid in material["kids"]]
ecdsa = ec.ECDSA(hashes.SHA256())
numbers = signer.public_numbers()

cose = cwt.COSE.new()
cwt_keys = [
    cwt.COSEKey.from_pem(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), kid=kid, alg="ES256")
    for key, kid in zip(public_keys, kids, strict=True)
]
pycose_key = EC2Key(crv="P_256", x=numbers.x.to_bytes(32), y=numbers.y.to_bytes(32))


def by_cwt(message: bytes) -> object:
    return cose.decode(message, cwt_keys[-1])


def by_cwt_from_list(message: bytes) -> object:
    return cose.decode(message, cwt_keys)


def by_pycose(message: bytes) -> object:
    decoded = Sign1Message.decode(message)
    decoded.key = pycose_key
    return decoded.payload if decoded.verify_signature() else None


PEERS = {"cwt": by_cwt, "cwt, from the list": by_cwt_from_list, "pycose": by_pycose}


def refuses(peer: Callable[[bytes], object], message: bytes) -> bool:
    try:
        return peer(message) is None
    except cwt.VerifyError:
        return True


flipped = messages[0][:-1] + bytes([messages[0][-1] ^ 1])
assert all(refuses(peer, flipped) for peer in PEERS.values()), "a flipped bit was not refused"
print("ready", flush=True)

for line in sys.stdin:
    name, start, stop = json.loads(line)
    peer = PEERS[name]
    began = thread_time_ns()
    for signature, signed in questions[start:stop]:
        signer.verify(signature, signed, ecdsa)
    between = thread_time_ns()
    results = [peer(message) for message in messages[start:stop]]
    ended = thread_time_ns()
    assert results == payloads[start:stop], "a message was not verified"
    each = 1000 * (stop - start)
    print(json.dumps([(between - began) / each, (ended - between) / each]), flush=True)
