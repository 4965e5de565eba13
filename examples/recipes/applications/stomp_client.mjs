// A client of npm's @stomp/stompjs that subscribes to prices, and sends back what it gets.

import { createRequire } from 'node:module'

const require = createRequire(new URL('../node/', import.meta.url))
const { Client } = require('@stomp/stompjs')
globalThis.WebSocket = require('ws').WebSocket

const client = new Client({ brokerURL: process.argv[2], reconnectDelay: 0 })
client.onConnect = () =>
  client.subscribe('/prices', (message) => client.publish({ destination: '/seen', body: message.body }))
client.activate()
