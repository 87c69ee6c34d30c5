"""How the processes are put together: environment, settings, servers, supervision. The domain lives in the other packages."""
