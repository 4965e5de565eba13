// An MQTT broker of the npm package aedes, over the WebSocket server of ws.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tellPort } from './port_file.mjs'

const require = createRequire(new URL('../node/', import.meta.url))
const { createWebSocketStream, WebSocketServer } = require('ws')
const { Aedes } = await import(require.resolve('aedes'))

const broker = await Aedes.createBroker()
const http = createServer()
const server = new WebSocketServer({ server: http, handleProtocols: () => 'mqtt' })
server.on('connection', (socket, request) => broker.handle(createWebSocketStream(socket), request))
http.listen(0, '127.0.0.1', () => tellPort(http.address().port, process.argv[2]))
