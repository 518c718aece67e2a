"""The app that paxx made, with what the lab asks of it: who answers, slow requests, orders, and faults on demand.

FAULT comes with the image: each broken release of the lab is one.
"""

import asyncio
import os
import sys
import time

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse

FAULT = os.environ.get("FAULT", "")
WHO = {"version": os.environ.get("APP_VERSION", "unknown"), "slot": os.environ.get("CUTOVER_SLOT", "none")}
STARTED = time.monotonic()

if FAULT == "crash":
    sys.exit("FAULT=crash: this release ends at start")
if FAULT == "slow-start":
    time.sleep(12)

from features.orders.routes import router as orders  # noqa: E402
from main import app as application  # noqa: E402

application.include_router(orders)


@application.get("/")
async def who() -> dict[str, str]:
    return WHO


@application.get("/slow")
async def slow(seconds: float = 1) -> dict[str, str]:
    await asyncio.sleep(min(seconds, 60))
    return WHO


def failing(path: str) -> int | None:
    """The status with which this request is to fail, if its image is a broken release."""
    health = path == "/health"
    if FAULT == "never-healthy" and health:
        return 503
    if FAULT == "sours" and time.monotonic() - STARTED > 10:
        return 503
    if FAULT == "errors" and not health:
        return 500
    return None


async def app(scope, receive, send):
    """ASGI: every answer names the release that gave it."""
    if scope["type"] != "http":
        return await application(scope, receive, send)

    async def named(message):
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-App-Version"] = WHO["version"]
            headers["X-App-Slot"] = WHO["slot"]
        await send(message)

    if FAULT == "laggard" and scope["path"] != "/health":
        await asyncio.sleep(0.5)
    status = failing(scope["path"])
    if status:
        return await JSONResponse({"fault": FAULT}, status)(scope, receive, named)
    return await application(scope, receive, named)
