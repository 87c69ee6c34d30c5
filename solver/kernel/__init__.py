"""The compiled core: the decoder and the searches over its lists, on flat tables, without the interpreter's lock.

blocks.py     tables that compiled code reaches through one pointer
tables.py     the layout: which column of which table says what
numba_types.py  what numba has to know of blocks
compiling.py  how it is compiled
past.py       what history keeps busy
flatten.py    rows → the tables of a plant
states.py     schedules while they grow, and room to work
lanes.py      open time, and who is busy when: machines, people, rooms
clocks.py     when work that may pause is done, when several calendars have to agree
partial.py    putting operations in and taking them out
crews.py      whom to send to work that does not pause
pausing.py    whom to send to work that may
fitting.py    one operation in one mode: gaps, changeovers before and after it, open time, people
single.py     one operation: the best of its modes, and whether that is right among its neighbours
cells.py      visits of limited cells
placing.py    a cluster among what stands already, by trying again later where it must
lists.py      a list of operations → a whole state; its value
reasons.py    why an operation is not earlier
differences.py  what differs between two lists on the way
replay.py     a list that differs a little from another → a whole state
variations.py  how one list becomes another, and which kinds of moves pay
annealing.py  search over lists
urging.py     lists made anew from what hurts, to begin with
paths.py      sequences on machines: heads and tails
relocating.py one operation put elsewhere in them
moves.py      which moves would make the longest path shorter
tabu.py       search over sequences on machines, for plain shops
packing.py    rows → the tables of a project
project.py    a list of activities → their starts, where only capacities bind
breeding.py   search over such lists
loading.py    the machine code, made or found, for Python to call

Nothing is checked here: what is flattened has passed `diagnose`, and what comes out is looked at by `verify`.
"""
