"""A question put to an ASGI app without any server between."""

import asyncio

from starlette.datastructures import Headers


def ask(  # noqa: PLR0913 - a request has many parts
    app,
    path="/",
    *,
    kind="http",
    headers=(),
    query=b"",
    scheme="http",
    client="127.0.0.1",
    method="GET",
):
    """Return the first message that an app answers with, and its headers and body."""
    scope = {
        "type": kind, "method": method, "path": path, "raw_path": path.encode(),
        "query_string": query, "scheme": scheme, "http_version": "1.1", "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "server": ("127.0.0.1", 8501), "client": (client, 40000), "subprotocols": [],
    }  # fmt: skip
    if kind == "http":
        scope.pop("subprotocols")
    sent = []

    async def receive():
        opening = {"http": "http.request", "websocket": "websocket.connect"}[kind]
        return {"type": opening, "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    body = b"".join(one.get("body", b"") for one in sent)
    return sent[0], Headers(raw=sent[0].get("headers", [])), body.decode("utf-8")


async def behind(scope, receive, send):
    """Stand for the app: sets a cookie, as Streamlit does, and says yes."""
    cookie = [(b"set-cookie", b"_streamlit_xsrf=2|x; Path=/")]
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": cookie})
        await send({"type": "http.response.body", "body": b"yes"})
