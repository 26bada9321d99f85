"""Every decoder and parser fed with what nobody meant: `make fuzz`, or `python -m fuzz --help`."""
