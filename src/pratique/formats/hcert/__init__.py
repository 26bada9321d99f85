"""HCERT: signed CBOR under `HC1:`, with its profiles."""
