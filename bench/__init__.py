"""The benchmark: every budget of the house as a ratio inside one run. See `bench/README.md`."""
