"""An OCPP 1.6 central system of the PyPI package ocpp: accepts each charge point, and asks it to start charging."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action, RegistrationStatus
from port_file import tell_port
from websockets.asyncio.server import ServerConnection, serve


class CentralSystem(ChargePoint):
    """One charge point, as the central system sees it."""

    @on(Action.boot_notification)
    def accept(self, **_: Any) -> call_result.BootNotification:
        now = datetime.now(UTC).isoformat()
        return call_result.BootNotification(current_time=now, interval=10, status=RegistrationStatus.accepted)

    @on(Action.heartbeat)
    def tell_time(self) -> call_result.Heartbeat:
        return call_result.Heartbeat(current_time=datetime.now(UTC).isoformat())

    @on(Action.authorize)
    async def authorize(self, id_tag: str) -> call_result.Authorize:
        self._starting = asyncio.create_task(self.call(call.RemoteStartTransaction(id_tag=id_tag)))
        return call_result.Authorize(id_tag_info={"status": "Accepted"})


async def serve_charge_point(connection: ServerConnection) -> None:
    await CentralSystem(connection.request.path.strip("/"), connection).start()


async def main(port_file: str) -> None:
    async with serve(serve_charge_point, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:
        tell_port(server.sockets[0].getsockname()[1], port_file)
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
