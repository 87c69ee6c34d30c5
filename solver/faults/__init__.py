"""What is wrong with a problem before anybody searches, in two steps.

    rows · operations · links (each row by itself and what it refers to; cycles)
      → sound (the part of the problem that is free of those)
        → room · heads · dates (what certainly cannot be planned in it)

Leaving rows out only makes a problem easier, so what the second step finds in the sound part is true of the whole.
Every fault is certain. Those of `fault.PROOFS` are found only where there is no schedule; the others are in rows that break the
format (unknown ids, windows out of order, a due date before the release), whatever could be planned without them.
"""
