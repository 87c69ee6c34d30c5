"""How the property tests of the solver run."""

from hypothesis import HealthCheck, settings

# A plant takes some 200 draws. On a busy machine that is slow, which says nothing about the test.
settings.register_profile("plants", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plants")
