"""Runs to look at, profiles and schedules to keep, and what Celery's clock fires, within limits."""

from runs.admin import clock, records, schedules

__all__ = ["clock", "records", "schedules"]
