"""How a list of operations becomes a schedule, one operation after another, each where it ends first.

clusters.py   what has to be placed in one go, and in which order that follows from the list
placing.py    a cluster among what stands already: lags, limits of cells, pins, by trying again later where it must
fitting.py    one operation in one mode: gaps, changeovers before and after it, open time, people
crewing.py    whom to send
partial.py    the schedule so far, with steps back; timelines.py: what is busy when
worth.py      the objective of a whole one

And for those who vary lists (`solver.local_search`): blame.py, why something is not earlier; moves.py, lists that still respect
precedence; rerun.py, decoding what two lists do not have in common.
"""
