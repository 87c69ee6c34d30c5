"""The plant's pages for admins, one module per subject.

protection.py   why a row cannot be deleted, in a sentence
formsets.py     rows that must not overlap, checked before the database does
"""

from plant.admin import calendars, operations, orders, people, products, resources, setups, site

__all__ = ["calendars", "operations", "orders", "people", "products", "resources", "setups", "site"]
