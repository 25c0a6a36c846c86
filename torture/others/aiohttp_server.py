"""The other side by the package aiohttp: aiohttp_server.py PORT. What the paths do is in README.md."""

import json
import re
import sys
import weakref
from collections import defaultdict

from aiohttp import WSCloseCode, WSMsgType, web

MOST = 64 * 1024 * 1024

# By id: what has arrived on which connection, and how connections were closed.
BOOKS = defaultdict(lambda: {"connections": 0, "messages": [], "closes": []})

OPEN = weakref.WeakSet()


async def carried_out(request, socket, text):
    """`close CODE REASON…` and `abort …`; whether it was one of them."""
    if close := re.fullmatch(r"close (\d+) ?(.*)", text, re.DOTALL):
        await socket.close(code=int(close[1]), message=close[2].encode())
    elif text.startswith("abort"):
        request.transport.abort()
    else:
        return False
    return True


async def upgrade(request):
    # It may choose none of what a client has offered.
    socket = web.WebSocketResponse(protocols=["chat.v1"], max_msg_size=MOST)
    await socket.prepare(request)
    OPEN.add(socket)
    return socket


async def end_all(_app):
    """The end of the server waits for its connections: so they are told."""
    for socket in set(OPEN):
        await socket.close(code=WSCloseCode.GOING_AWAY)


async def echo(request):
    socket = await upgrade(request)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def control(request):
    socket = await upgrade(request)
    async for message in socket:
        if not await carried_out(request, socket, message.data):
            await socket.send_str(message.data)
    return socket


async def ledger(request):
    socket = await upgrade(request)
    book = BOOKS[request.match_info["id"]]
    number = book["connections"]
    book["connections"] += 1
    ends_after = int(request.query.get("close_after", "0"))
    count = 0
    while (message := await socket.receive()).type == WSMsgType.TEXT:
        book["messages"].append([number, message.data])
        count += 1
        await socket.send_str(message.data)
        if count == ends_after:
            request.transport.abort()
            break
    is_close = message.type == WSMsgType.CLOSE
    book["closes"].append([message.data, message.extra] if is_close else [1006, ""])
    return socket


async def seen(request):
    socket = await upgrade(request)
    await socket.send_str(json.dumps(BOOKS[request.match_info["id"]]))
    await socket.close()
    return socket


async def refuse(request):
    return web.Response(status=int(request.query["status"]))


app = web.Application()
app.add_routes(
    [
        web.get("/control", control),
        web.get("/ledger/{id}", ledger),
        web.get("/seen/{id}", seen),
        web.get("/refuse", refuse),
        web.get("/{any}", echo),
    ]
)
app.on_shutdown.append(end_all)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
