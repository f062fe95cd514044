"""The three standard streams, which a shell may have closed (``>&-``).

The next file to be opened would get the number of a closed stream, and whatever is written to that stream, by any
library, would end up in the file. So the numbers are taken before anything else is opened.
"""

from __future__ import annotations

import os
import sys


def take_closed_streams() -> None:
    """Put something in the place of closed standard streams.

    Messages for a closed standard error go nowhere. Standard output, where results belong, becomes a stream that cannot
    be written, so that the attempt is an error; standard input remains None.
    """
    for number, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
