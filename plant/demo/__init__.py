"""The demo plant: an invented maker of shafts, pinions and small drive units, with two weeks of work.

tables.py      the tables in data/*.toml, read and typed
axis.py        their days as instants: day 0 is the working day on which the demo is loaded
resources.py   calendars, cells, machines, people → rows
products.py    products and routings → rows
orders.py      the order book → orders and their operations
history.py     what the shop floor has finished and started by now
load.py        all of it, in one transaction

Nothing is drawn at random: the same moment gives the same plant.
"""
