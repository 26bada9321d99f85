"""The formats of scans: each recognises, opens, reads, and builds one kind."""
