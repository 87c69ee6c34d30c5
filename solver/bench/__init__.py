"""Measuring the search: `python -m solver bench SET`, ours and a peer in turns on the same machine.

sets.py       the instances of each set, and what is known to be best
plants.py     plants of any size, features switched on one by one
contest.py    one run of one contestant, in a process of its own, by the same clock for all
memory.py     how much memory that took
turn.py       what a contestant is told, and how its schedules are judged
peer.py       PyJobShop as a contestant
rules.py      the best priority rule as another
report.py     the table
first.py      how soon there is a first plan
halt.py       how soon a search ends when it shall
alone.py      in a process of its own, as are all
repairs.py    a published plan after a change: what moves, and what that is worth
"""
