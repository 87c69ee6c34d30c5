"""The web process: HTTP and websockets. It never loads OR-Tools, not even indirectly."""

import gc

from scheduler_site import env

env.use_settings()
env.announce(TAKTLINE_DB_POOL="8")  # threads of the web process share a pool; everything else keeps one connection

import django  # noqa: E402 - settings must be named before

django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - models may be imported only after Django is set up
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - as above
from channels.security.websocket import OriginValidator  # noqa: E402 - as above
from django.conf import settings  # noqa: E402 - as above

from runs.routing import websocket_urlpatterns  # noqa: E402 - as above
from scheduler_site.serving import HttpApplication  # noqa: E402 - as above

application = ProtocolTypeRouter(
    {
        "http": HttpApplication(),
        # Full origins: a bare host would let any port and scheme of that host open sockets with the user's cookie.
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),  # type: ignore[arg-type] # the stubs want a pattern class of their own
            settings.ORIGINS,
        ),
    }
)

# What has been loaded stays. To look through it for garbage, as Python does while a plant is read, halts every thread for 50 ms.
gc.collect()
gc.freeze()
