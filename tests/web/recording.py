"""A server that remembers every request as it arrived, whole: what a page sends is what it finds here."""

from typing import Any

Request = tuple[str, str, str, tuple[tuple[str, str], ...]]
"""Method, path with its query, body, and headers in order."""


class Recorder:
    """An application before another one."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.seen: list[Request] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""

        async def noted() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        headers = tuple(sorted((name.decode(), value.decode()) for name, value in scope["headers"]))
        path = f"{scope['path']}?{scope['query_string'].decode()}"
        await self._app(scope, noted, send)
        self.seen.append((scope["method"], path, body.decode(), headers))

    def told(self, address: str) -> list[Request]:
        """What arrived at `address`, in an order of its own, without the port: two sessions can be compared."""
        port = address.rpartition(":")[2]
        return sorted(
            (method, path, body, tuple((name, value.replace(port, "PORT")) for name, value in headers))
            for method, path, body, headers in self.seen
        )
