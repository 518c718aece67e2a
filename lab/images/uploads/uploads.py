"""Keeps uploads in /data/uploads, and shows files of its container. `uploads.py migrate` is what a migration may do."""

import os
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

VERSION = os.environ["APP_VERSION"]
UPLOADS = Path("/data/uploads")

if sys.argv[1:] == ["migrate"]:
    (UPLOADS / f"migrated-by-{VERSION}").write_text(Path("/app/config.txt").read_text())
    sys.exit()
if VERSION == "broken":
    sys.exit("this release ends at start")


async def health(request):
    return JSONResponse({})


async def who(request):
    return JSONResponse({"version": VERSION, "uid": os.getuid(), "argv": sys.argv[1:]})


async def put(request):
    """Written beside its place and renamed into it: the other slot reads the folder too."""
    name = request.path_params["name"]
    beside = UPLOADS / f".{name}.{os.environ['CUTOVER_SLOT']}"
    beside.write_bytes(await request.body())
    beside.rename(UPLOADS / name)
    return JSONResponse({"kept": name, "by": VERSION}, 201)


async def listing(request):
    return JSONResponse(sorted(path.name for path in UPLOADS.iterdir() if not path.name.startswith(".")))


async def show(request):
    try:
        return PlainTextResponse(Path(request.query_params["path"]).read_text())
    except OSError as error:
        return PlainTextResponse(type(error).__name__, 404)


routes = [
    Route("/", who),
    Route("/health", health),
    Route("/uploads", listing),
    Route("/uploads/{name}", put, methods=["PUT"]),
    Route("/show", show),
]
uvicorn.run(Starlette(routes=routes), host="0.0.0.0", port=8000, access_log=False, timeout_graceful_shutdown=5)
