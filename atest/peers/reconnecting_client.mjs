// A client that connects again by itself: the library's name, the URL, and the delays that it is told to keep.

import { createRequire } from 'node:module'

const require = createRequire(new URL('../../utest/peers/node/', import.meta.url))
const { WebSocket } = require('ws')

const [library, url, first, growth] = process.argv.slice(2)
const options = {
  WebSocket,
  minReconnectionDelay: Number(first),
  maxReconnectionDelay: 60_000,
  reconnectionDelayGrowFactor: Number(growth),
  minUptime: 1, // a connection that was open this long begins with the first delay again
}

if (library === 'reconnecting-websocket') {
  const ReconnectingWebSocket = require('reconnecting-websocket')
  new ReconnectingWebSocket(url, [], options)
} else if (library === 'partysocket') {
  const { default: PartyWebSocket } = require('partysocket/ws')
  new PartyWebSocket(url, [], options)
} else if (library === 'stompjs') {
  const { Client, ReconnectionTimeMode } = require('@stomp/stompjs')
  new Client({
    webSocketFactory: () => new WebSocket(url),
    reconnectDelay: Number(first),
    maxReconnectDelay: 60_000,
    reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
  }).activate()
}
