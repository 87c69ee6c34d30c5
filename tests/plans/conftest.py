"""Problems are large examples: making one may take longer than hypothesis would like. The same profile as in tests/solver."""

from hypothesis import HealthCheck, settings

settings.register_profile("plants", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plants")
