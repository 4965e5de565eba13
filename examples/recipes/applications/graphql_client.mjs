// A client of npm's graphql-ws with two subscriptions at once. It says on the console what comes.

import { createRequire } from 'node:module'

const require = createRequire(new URL('../node/', import.meta.url))
const { createClient } = require('graphql-ws')

const client = createClient({
  url: process.argv[2],
  webSocketImpl: require('ws').WebSocket,
  retryAttempts: 0,
  lazy: false,
  onNonLazyError: (event) => console.log(`refused with ${event.code} ${event.reason}`),
})
for (const symbol of ['ACME', 'XYZ']) {
  client.subscribe(
    { query: `subscription { price(symbol: "${symbol}") }` },
    {
      next: ({ data }) => console.log(`${symbol} ${data.price}`),
      error: (event) => console.log(`${symbol} failed with ${event.code ?? event}`),
      complete: () => console.log(`${symbol} complete`),
    },
  )
}
