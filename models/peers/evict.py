"""Makes the system forget what it has kept of files in memory: `python evict.py FILE...`.

Works on Linux, for files that have been written to the disk.
"""

import os
import sys


def evict(path: str) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        evict(path)
