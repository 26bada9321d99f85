"""The keys of a country: how they are made, kept, and used to sign.

certificates ─ make_csca, make_dsc, key_info     X.509 in and out, no file touched
pkcs8        ─ encrypt, decrypt                  a private key under a passphrase
counter      ─ Counter, CountedSigner            every signature has a number, and no number two
keyfiles     ─ write_key, read_key, new_country  what lies on the disk, whole or not at all
file         ─ FileSigner                        the `Signer` that uses it
unsealer     ─ FileUnsealer                      the `Unsealer` that opens sealed certificates
pkcs11       ─ HardwareSigner, make_key          the `Signer` whose key never leaves a hardware module
places       ─ Place, place, is_hardware         a key's name in a setting: a file, or a module's (RFC 7512)
opening      ─ open_signer                       either signer from that name
"""
