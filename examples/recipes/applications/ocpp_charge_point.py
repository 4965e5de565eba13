"""An OCPP 1.6 charge point of the PyPI package ocpp: boots, and charges when it is asked to."""

import asyncio
import sys

from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action, ChargePointStatus, RemoteStartStopStatus
from websockets.asyncio.client import connect


class Charger(ChargePoint):
    """A charge point with one connector."""

    @on(Action.remote_start_transaction)
    def start_charging(self, **_: str) -> call_result.RemoteStartTransaction:
        return call_result.RemoteStartTransaction(status=RemoteStartStopStatus.accepted)

    @after(Action.remote_start_transaction)
    async def tell_status(self, **_: str) -> None:
        status = call.StatusNotification(connector_id=1, error_code="NoError", status=ChargePointStatus.charging)
        await self.call(status)


async def main(url: str) -> None:
    async with connect(url, subprotocols=["ocpp1.6"]) as connection:
        charger = Charger("CP-1", connection)
        listening = asyncio.create_task(charger.start())
        await charger.call(call.BootNotification(charge_point_model="Model", charge_point_vendor="Vendor"))
        await listening


asyncio.run(main(*sys.argv[1:]))
