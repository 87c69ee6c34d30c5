"""Breaking a product on purpose: a whole one of its own in a temporary folder, which nobody else uses.

    stack.py      the product as real processes that can be killed, frozen and started again
    desk.py       asks that product for runs, stops and cancellations (`manage.py desk` on the other side)
    faults.py     what can be broken, chosen by a seed
    soak.py       work and faults at the same time, then a count (`manage.py soak`)

tests/faults stands on the first two.
"""
