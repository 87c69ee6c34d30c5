"""What one run may ask for, whoever asks: a person, a program or a schedule.

A slip of the finger is refused at the field instead of keeping a machine busy for weeks.
"""

from __future__ import annotations

LEAST_SECONDS = 1  # of search
MOST_SECONDS = 86_400
MOST_ITERATIONS = 1_000_000_000  # of local search, where they are counted
MOST_DAYS = 120  # planned from now on
MOST_THREADS = 64
MOST_MEMORY_MB = 262_144
MOST_GAP_PERCENT = 50
LONGEST_REASON = 500  # signs, of what people say when they ask for something
