"""What one run may ask for at most. A slip of the finger is refused at the field instead of keeping a machine busy for weeks."""

from __future__ import annotations

MOST_SECONDS = 86_400  # of search
MOST_DAYS = 120  # planned from now on
MOST_THREADS = 64
MOST_MEMORY_MB = 262_144
