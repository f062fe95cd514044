"""Speed and memory, measured beside rivals in one run: ``make bench``. See README.md in this folder."""
