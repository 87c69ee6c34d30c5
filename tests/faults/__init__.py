"""Faults injected into a real stack: whatever is killed, frozen, emptied or cut off, the promises of docs/reliability.md hold.

Each test carries its number of the table: `@pytest.mark.fault("F01", "kill_celery_child", limit=10.0)`. It counts its tries with
the fixture `tally`, which looks at what the test leaves behind. `bin/test` runs a few tries of each, `bin/test --faults` all of
them.
"""
