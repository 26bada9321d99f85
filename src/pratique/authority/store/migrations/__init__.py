"""How the tables came to be what they are: one file a step in `versions`, only ever forwards."""
