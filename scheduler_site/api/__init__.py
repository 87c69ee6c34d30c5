"""The HTTP API at /api/v1/: the routers of `runs.api`, and what is the same for all of them.

mount.py           the API object: routers, errors, the OpenAPI document
boundary.py        middleware: who asks; nothing but problems leaves as an error
identification.py  tokens and sessions
throttling.py      how many requests a caller gets
reference.py       the reference page, made from the OpenAPI document
answering.py       problems as answers
"""
