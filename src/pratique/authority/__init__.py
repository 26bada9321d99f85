"""The national services: what a ministry runs, above the library that anyone can embed.

This is level 3: here, and not below, files, clocks and secrets are touched.
"""
