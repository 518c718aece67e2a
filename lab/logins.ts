/**
 * A Python program for a slot of the lab's app. About ten times a second it logs in to the database as the app does, and
 * prints a line: ok, or the reason of the failure.
 */
export const logins = `
import asyncio, os
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
async def main():
    url = make_url(os.environ["DATABASE_URL"])
    # An app may have more than one database.
    engines = [create_async_engine(each, poolclass=NullPool) for each in (url, url.set(database="postgres"))]
    while True:
        try:
            for engine in engines:
                async with engine.connect() as connection:
                    await connection.execute(text("SELECT 1"))
            print("ok", flush=True)
        except Exception as error:
            print("failed", repr(error)[:200], flush=True)
        await asyncio.sleep(0.1)
asyncio.run(main())`
