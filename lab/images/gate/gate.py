"""Small apps for the gate: Starlette's own middleware where it has one, and a way of listening by FAULT, several with commas."""

import os
import socket
import time

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

FAULTS = set(filter(None, os.environ.get("FAULT", "").split(",")))
HOSTS = os.environ.get("ALLOWED_HOSTS", "shop.example.org").split(",")
STATUS = next((int(fault) for fault in FAULTS if fault.isdigit()), 200)


async def health(request):
    if "redirects-health" in FAULTS:
        return RedirectResponse("/health/", 308)
    if "hangs" in FAULTS:
        time.sleep(60)
    if STATUS == 500:
        return PlainTextResponse("\x1b[31mdatabase is locked\x1b[0m\nTraceback\n", 500)
    return JSONResponse({"said": STATUS}, STATUS)


async def upload(request):
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return JSONResponse({"bytes": size})


async def echo(request):
    names = ("host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port")
    return JSONResponse({"path": request.scope["raw_path"].decode(), **{name: request.headers.get(name) for name in names}})


app = Starlette(routes=[Route("/health", health), Route("/upload", upload, methods=["POST"]), Route("/{rest:path}", echo)])
# The last one added is the first that a request meets.
if "validates-host" in FAULTS:
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
if "redirects-https" in FAULTS:
    app.add_middleware(HTTPSRedirectMiddleware)

if "silent" in FAULTS:
    time.sleep(3600)
if "no-http" in FAULTS:
    server = socket.create_server(("0.0.0.0", 8000))
    while True:
        peer, _ = server.accept()
        peer.sendall(b"+PONG\r\n")
        peer.close()

host = "127.0.0.1" if "listens-loopback" in FAULTS else "::1" if "listens-loopback6" in FAULTS else "0.0.0.0"
port = 3000 if "listens-3000" in FAULTS else 8000
tls = {"ssl_keyfile": "key.pem", "ssl_certfile": "cert.pem"} if "speaks-tls" in FAULTS else {}
uvicorn.run(app, host=host, port=port, forwarded_allow_ips="*", access_log=False, timeout_graceful_shutdown=5, **tls)
