// A shop that logs users in over HTTP, and lets nobody into its WebSocket (npm's ws) without the cookie of the session.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tellPort } from './port_file.mjs'

const { WebSocketServer } = createRequire(new URL('../node/', import.meta.url))('ws')

const http = createServer((request, response) => {
  let form = ''
  request.on('data', (piece) => { form += piece })
  request.on('end', () => {
    const known = request.url === '/login' && form === 'user=Ann&password=secret'
    response.writeHead(known ? 204 : 403, known ? { 'Set-Cookie': 'session=abc; Path=/; HttpOnly' } : {}).end()
  })
})
const server = new WebSocketServer({ noServer: true })
http.on('upgrade', (request, socket, head) => {
  if (request.headers.cookie !== 'session=abc') return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
  server.handleUpgrade(request, socket, head, (peer) => peer.send('welcome Ann'))
})
http.listen(0, '127.0.0.1', () => tellPort(http.address().port, process.argv[2]))
