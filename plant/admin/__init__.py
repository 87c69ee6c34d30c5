"""The plant's pages for admins, one module per subject.

pages.py      what all pages have in common, and why a row cannot be deleted, in a sentence
formsets.py   rows that must not overlap, checked before the database does
widgets.py    how numbers and times are shown
"""

from plant.admin import calendars, operations, orders, people, products, resources, setups, site

__all__ = ["calendars", "operations", "orders", "people", "products", "resources", "setups", "site"]
