// Node's ws as the other end, in a process of its own: a server or a client. See websockets_peer.py.

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createRequire } from 'node:module'

const { WebSocket, WebSocketServer } = createRequire(new URL('../../utest/peers/node/', import.meta.url))('ws')

const SUBPROTOCOL = 'Chat.V2'
const watchers = []

function converse(peer) {
  peer.on('message', (data, isBinary) => {
    const [please, verb, argument, ...reason] = isBinary ? [] : data.toString().split(' ')
    if (please !== 'please') {
      peer.send(data, { binary: isBinary })
    } else if (verb === 'ping') {
      peer.once('pong', (body) => peer.send(`pong ${body}`))
      peer.ping(argument)
    } else if (verb === 'close') {
      peer.close(Number(argument), reason.join(' '))
    } else if (verb === 'tell') {
      peer.send(`subprotocol ${peer.protocol}`)
    } else if (verb === 'fragment') {
      peer.send(argument, { fin: false })
      peer.send(reason[0], { fin: true })
    } else if (verb === 'watch') {
      watchers.push(peer)
      peer.send('watching')
    }
  })
  peer.on('close', (code, reason) => tell(`closed ${code} ${reason}`))
}

function tell(news) {
  console.log(news) // the client's suite reads it
  watchers.splice(0).forEach((watcher) => watcher.send(news))
}

function serve(portFile, certificate) {
  const pem = certificate && readFileSync(certificate)
  const server = pem ? createSecureServer({ cert: pem, key: pem }) : createServer()
  const handleProtocols = (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL
  new WebSocketServer({ server, handleProtocols, perMessageDeflate: true }).on('connection', converse)
  server.listen(0, '127.0.0.1', () => {
    writeFileSync(`${portFile}.unfinished`, String(server.address().port))
    renameSync(`${portFile}.unfinished`, portFile)
  })
}

function connect(url, authority) {
  converse(new WebSocket(url, SUBPROTOCOL, authority ? { ca: readFileSync(authority) } : {}))
}

const [role, where, trust] = process.argv.slice(2)
role === 'serve' ? serve(where, trust) : connect(where, trust)
