"""The other side by the package websockets: websockets_server.py PORT. What the paths do is in README.md."""

import asyncio
import json
import re
import sys
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

MOST = 64 * 1024 * 1024

# By id: what has arrived on which connection, and how connections were closed.
BOOKS = defaultdict(lambda: {"connections": 0, "messages": [], "closes": []})


async def carried_out(connection, text):
    """`close CODE REASON…` and `abort …`; whether it was one of them."""
    if close := re.fullmatch(r"close (\d+) ?(.*)", text, re.DOTALL):
        await connection.close(int(close[1]), close[2])
    elif text.startswith("abort"):
        connection.transport.abort()
    else:
        return False
    return True


async def handle(connection):
    url = urlsplit(connection.request.path)
    _, what, *rest = url.path.split("/")
    book = BOOKS[rest[0]] if rest else None
    if what == "seen":
        await connection.send(json.dumps(book))
        return
    ends_after = int(parse_qs(url.query).get("close_after", ["0"])[0])
    if what == "ledger":
        number = book["connections"]
        book["connections"] += 1
    count = 0
    try:
        async for message in connection:
            if what == "control" and isinstance(message, str) and await carried_out(connection, message):
                continue
            if what == "ledger":
                book["messages"].append([number, message])
            count += 1
            await connection.send(message)
            if count == ends_after:
                connection.transport.abort()
                break
    except ConnectionClosed:
        pass
    if what == "ledger":
        book["closes"].append([connection.close_code, connection.close_reason])


def refuse(connection, request):
    url = urlsplit(request.path)
    if url.path == "/refuse":
        return connection.respond(int(parse_qs(url.query)["status"][0]), "refused\n")
    return None


def choose(_connection, offered):
    return "chat.v1" if "chat.v1" in offered else None


async def main():
    server = await serve(
        handle,
        "127.0.0.1",
        int(sys.argv[1]),
        max_size=MOST,
        process_request=refuse,
        select_subprotocol=choose,
    )
    await server.wait_closed()


asyncio.run(main())
