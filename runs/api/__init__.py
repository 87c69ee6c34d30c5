"""The HTTP API of runs. The site mounts it and says who is asking (`scheduler_site.api`).

operations.py   the router with everything on it
routing.py      the router with nothing on it yet
reading.py      runs, their events and plans
asking.py       new runs, stopping, cancelling, asking again
many.py         stopping and cancelling those that a filter means
how_it_goes.py  figures and health
callers.py      what each operation needs of who asks
problems.py     what can go wrong (RFC 9457)
answers.py      JSON with versions
headers.py      what goes along with bodies, and how the OpenAPI document tells of it
cursors.py      places in the list
schemas.py, figure_schemas.py   every shape, checked on the way in, described on the way out
shapes.py, plan_shape.py   rows → these shapes
instants.py     points in time that the database can keep
"""
